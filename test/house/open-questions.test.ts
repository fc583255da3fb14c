/** The committed docs/open-questions.md says what the programs do today. `npm run questions` writes it anew. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DOCUMENT, openQuestions } from './open-questions/document.js';

it('docs/open-questions.md has the figures of the programs beside it', { timeout: 300_000 }, async () => {
  const generated = await openQuestions();
  expect(readFileSync(DOCUMENT, 'utf8'), 'after a change that is meant: npm run questions').toBe(generated);
});
