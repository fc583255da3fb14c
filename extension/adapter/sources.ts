/**
 * Sources as the client gets them: files by their path, with the checksum of what was compiled, and the texts that exist only here
 * (phases of a migration, which are the engine's own), by a number.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { FrameInfo, RunRequest } from '../../engine/index.js';
import { MIGRATION_NAME, MIGRATION_REFERENCE } from './migration-text.js';
import { quoted, RequestError } from './request-error.js';
import type { Client } from './client.js';

export class Sources {
  /** SHA-256 of the user's files as they were compiled; null for one that could not be read. */
  private checksums = new Map<string, string | null>();

  constructor(private readonly client: Client) {}

  /** The files of a program that has just been built. */
  async built(paths: readonly string[]): Promise<void> {
    this.checksums = new Map(await Promise.all(paths.map(async (path) => [path, await checksumOf(path)] as const)));
  }

  /** Whether a file is another one than was compiled. */
  async changed(): Promise<boolean> {
    const now = await Promise.all([...this.checksums].map(async ([path, then]) => (await checksumOf(path)) !== then));
    return now.includes(true);
  }

  /** A file. What is not the user's own is shown with less emphasis. */
  of(path: string, kind: FrameInfo['kind'] = 'user'): P.Source {
    const checksum = this.checksums.get(path);
    return {
      name: basename(path),
      path: this.client.pathTo(path),
      ...(kind === 'library' && { presentationHint: 'deemphasize' as const, origin: 'library' }),
      ...(typeof checksum === 'string' && { checksums: [{ algorithm: 'SHA256' as const, checksum }] }),
    };
  }

  /** The phases of a migration, which the engine's own frames stand in. */
  ofMigration(): P.Source {
    return {
      name: MIGRATION_NAME,
      sourceReference: MIGRATION_REFERENCE,
      origin: "the engine's own",
      presentationHint: 'emphasize',
    };
  }

  /** The text of a file of the program. @throws RequestError for any other file: the client has an editor for these */
  async text(path: string): Promise<string> {
    if (!this.checksums.has(path)) throw new RequestError(`${quoted(path)} is not a file of the program.`);
    try {
      return await readFile(path, 'utf8');
    } catch {
      throw new RequestError(`${quoted(path)} cannot be read any more.`);
    }
  }

  /** The file that the compiler means: its names start at the folder that all sources are in, or at a folder of headers. */
  locate(file: string, { sources, includeDirs, cwd }: RunRequest): string {
    if (isAbsolute(file)) return file;
    const project = commonFolder(sources.map((source) => dirname(resolve(cwd, source))));
    const folders = [project, ...includeDirs.map((folder) => resolve(cwd, folder))];
    const paths = folders.map((folder) => join(folder, file));
    return paths.find((path) => existsSync(path)) ?? paths[0]!;
  }
}

function commonFolder(folders: readonly string[]): string {
  const [first = sep, ...rest] = folders;
  let common = first;
  while (common !== dirname(common) && !rest.every((folder) => folder === common || folder.startsWith(common + sep)))
    common = dirname(common);
  return common;
}

async function checksumOf(path: string): Promise<string | null> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    // A file that has gone is one that has changed.
    return null;
  }
}
