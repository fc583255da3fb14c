/** `npm run questions`: runs the programs of docs/open-questions and writes docs/open-questions.md from what they did. */
import { writeFileSync } from 'node:fs';
import { DOCUMENT, openQuestions } from './document.js';

writeFileSync(DOCUMENT, await openQuestions());
