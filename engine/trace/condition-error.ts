/**
 * What is wrong with a condition, for the person who wrote it: one sentence that names the place, what was found there
 * and what is possible instead.
 */

export class ConditionError extends Error {
  override readonly name = 'ConditionError';

  /**
   * @param position of the first character that is wrong, counted from 0
   * @param problem the sentence, without the place and without its full stop
   */
  constructor(
    readonly position: number,
    problem: string,
  ) {
    super(`Condition, character ${position + 1}: ${problem}.`);
  }
}

/** ` (did you mean 'page'?)` where a slip of the finger explains the word, else nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    // A long word is like nothing that we know, and comparing it would take long.
    if (Math.abs(word.length - candidate.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === null ? '' : ` (did you mean '${best}'?)`;
}

/** A piece of the user's text as an error shows it. */
export function quote(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return `'${shown.replace(/\s+/g, ' ')}'`;
}

const MAX_SHOWN = 40;

/** Insertions, deletions and substitutions (Levenshtein). */
function editDistance(a: string, b: string): number {
  let current = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = current[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(current[j]! + 1, next[j - 1]! + 1, substitution));
    }
    current = next;
  }
  return current[b.length]!;
}
