/** The files that a command line names: sources to compile, or one directory that is a project, ours or another tool's. */
import { basename, dirname, extname, join } from 'node:path';
import { buildFileIn } from './build-files.js';
import type { Files } from './files.js';
import { HEADER_EXTENSIONS, isSourceName, PROJECT_FILE, SOURCE_EXTENSIONS } from './source-names.js';
import { didYouMean } from './suggest.js';
import { UsageError } from './usage-error.js';

export type ProgramFiles =
  | { readonly kind: 'sources'; readonly sources: readonly string[] }
  | { readonly kind: 'project'; readonly directory: string }
  /** A directory with a compile_commands.json or a Makefile. */
  | { readonly kind: 'build'; readonly directory: string; readonly buildFile: string };

/** Says which kind the arguments are, after making sure that every one of them can be read. */
export function findProgram(paths: readonly string[], files: Files): ProgramFiles {
  const first = paths[0];
  if (first === undefined) {
    throw new UsageError('No source file is named.', 'Write for example: faultline run add.cu');
  }
  for (const path of paths) {
    const kind = files.kind(path);
    if (kind === 'missing') throw missing(path, files);
    if (basename(path) === PROJECT_FILE) {
      if (paths.length === 1) return { kind: 'project', directory: dirname(path) };
      throw notAlone(path);
    }
    if (kind === 'directory') {
      if (paths.length > 1) throw notAlone(path);
      if (files.kind(join(path, PROJECT_FILE)) !== 'file') {
        const buildFile = buildFileIn(path, files);
        if (buildFile !== undefined) return { kind: 'build', directory: path, buildFile };
        throw new UsageError(
          `The directory '${path}' holds no ${PROJECT_FILE}, compile_commands.json or Makefile.`,
          `Name its source files, or write a ${PROJECT_FILE} such as { "sources": ["main.cu"] }.`,
        );
      }
      return { kind: 'project', directory: path };
    }
    checkSource(path);
  }
  return { kind: 'sources', sources: paths };
}

/** A source file must have the name of a language. */
export function checkSource(path: string): void {
  if (isSourceName(path)) return;
  if (HEADER_EXTENSIONS.has(extname(path))) {
    throw new UsageError(
      `'${path}' is a header and is not compiled by itself.`,
      'Name the source files that include it; headers next to them are found.',
    );
  }
  throw new UsageError(
    `'${path}' is not a source file.`,
    `Sources end in ${[...SOURCE_EXTENSIONS].join(', ')}; arguments for the program follow after --.`,
  );
}

/** There is no such file: perhaps one with a similar name is meant, perhaps an argument of the program. */
function missing(path: string, files: Files): UsageError {
  const siblings = files.entries(dirname(path)).filter((name) => isSourceName(name));
  const meant = didYouMean(basename(path), siblings);
  const hint = isSourceName(path)
    ? 'Check the path; it starts at the current directory.'
    : 'Arguments for the program follow after --.';
  return new UsageError(`There is no file '${path}'.`, meant + hint);
}

function notAlone(path: string): UsageError {
  return new UsageError(
    `'${path}' is a project and cannot be run together with other files.`,
    'Name either one project or source files.',
  );
}
