/** docs/open-questions.md: template.md with the figures of our own runs in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { measure } from './figures.js';
import { ProgramRuns } from '../../program-runs.js';

/** Where the document is committed. */
export const DOCUMENT = join(fileURLToPath(new URL('../../../', import.meta.url)), 'docs', 'open-questions.md');

const TEMPLATE = fileURLToPath(new URL('template.md', import.meta.url));

/** Runs the programs. @throws for a name in the template that is no figure's, and for a program that does not end as it should */
export async function openQuestions(): Promise<string> {
  using runs = new ProgramRuns('docs/open-questions');
  const figures = await measure(runs);
  const text = readFileSync(TEMPLATE, 'utf8').replaceAll(/\{\{([\w.]+)\}\}/g, (_, name: string) => {
    const figure = figures.get(name);
    if (figure === undefined) throw new Error(`template.md wants a figure '${name}', which nobody measures`);
    return figure;
  });
  return await format(text, { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' });
}
