/** The host's files as far as the command needs them: an interface, so that its logic is tested without a disk. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export interface Files {
  /** Relative paths start here. */
  readonly cwd: string;
  kind(path: string): 'file' | 'directory' | 'missing';
  /** Names in a directory; empty if it cannot be read. */
  entries(directory: string): readonly string[];
  /** Throws what the host throws. */
  read(path: string): Uint8Array;
}

export function hostFiles(cwd: string): Files {
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(cwd, path));
  return {
    cwd,
    kind(path) {
      try {
        return statSync(absolute(path)).isDirectory() ? 'directory' : 'file';
      } catch {
        // Not there, or behind a directory that may not be entered: to the user both are a path that names nothing.
        return 'missing';
      }
    },
    entries(directory) {
      try {
        return readdirSync(absolute(directory));
      } catch {
        // Only suggestions and a project's default sources come from here; what is missing is told when it is opened.
        return [];
      }
    },
    read: (path) => readFileSync(absolute(path)),
  };
}
