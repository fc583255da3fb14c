import { testPrograms } from './every-program.js';

testPrograms((program) => program.startsWith('cuda/'));
