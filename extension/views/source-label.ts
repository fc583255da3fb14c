/** Places in the source for people. */
import { basename } from 'node:path';

/** `add.cu:12` */
export function placeLabel(path: string, line: number): string {
  return `${basename(path)}:${line}`;
}
