/** Which names files of programs have. */
import { basename, extname } from 'node:path';

export const PROJECT_FILE = 'faultline.json';

export const SOURCE_EXTENSIONS: ReadonlySet<string> = new Set(['.c', '.cc', '.cpp', '.cxx', '.cu', '.hip']);
export const HEADER_EXTENSIONS: ReadonlySet<string> = new Set(['.h', '.hh', '.hpp', '.hxx', '.cuh', '.inl', '.inc']);

export function isSourceName(path: string): boolean {
  return SOURCE_EXTENSIONS.has(extname(path));
}

/** Whether a path has the name of a file that people write programs in; such a file is never overwritten. */
export function isProgramText(path: string): boolean {
  return isSourceName(path) || HEADER_EXTENSIONS.has(extname(path)) || basename(path) === PROJECT_FILE;
}

/** Whether the name of a driver is the path of a file. */
export function isDriverFile(name: string): boolean {
  return /\.[cm]?[jt]s$/i.test(name);
}
