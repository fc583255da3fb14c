/** The texts that the host handed in with the page's HTML. Invariant: a text that is missing is shown in English. */
import { TEXTS, type TextKey } from '../texts.js';

export type Translate = (key: TextKey, ...values: readonly (string | number)[]) => string;

/** @param json the body's `data-texts` */
export function translator(json: string | undefined): Translate {
  const given = JSON.parse(json ?? '{}') as Partial<Record<TextKey, string>>;
  return (key, ...values) =>
    (given[key] ?? TEXTS[key]).replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
