/**
 * What was compiled once, by content: key → bytes, in files under one folder. A damaged or vanished entry is a miss; two
 * processes may write the same entry at once (write aside, then rename).
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Oldest entries go when the folder holds more than this. */
const MOST_BYTES = 512 * 1024 * 1024;

export class ContentCache {
  /**
   * @param folder where entries lie; undefined keeps nothing
   * @param shipped entries that came with the product: read, never written
   */
  constructor(
    private readonly folder: string | undefined,
    private readonly shipped?: string,
  ) {}

  static key(...parts: readonly (string | Uint8Array)[]): string {
    const hash = createHash('sha256');
    for (const part of parts) {
      hash.update(`${String(part.length)}:`);
      hash.update(part);
    }
    return hash.digest('hex');
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    if (this.folder !== undefined) {
      const file = join(this.folder, key);
      const contents = await readEntry(file);
      if (contents) {
        // The oldest go first when there is too much; a read-only folder is no reason to fail.
        const now = new Date();
        await utimes(file, now, now).catch(() => undefined);
        return contents;
      }
    }
    return this.shipped === undefined ? undefined : readEntry(join(this.shipped, key));
  }

  async set(key: string, contents: Uint8Array): Promise<void> {
    if (this.folder === undefined) return;
    const aside = join(this.folder, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(aside, [createHash('sha256').update(contents).digest(), contents]);
      await rename(aside, join(this.folder, key));
      await this.prune();
    } catch {
      // A read-only or full disk costs time at the next run, nothing else.
      await rm(aside, { force: true }).catch(() => undefined);
    }
  }

  private async prune(): Promise<void> {
    if (this.folder === undefined) return;
    const folder = this.folder;
    const entries = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        const { size, mtimeMs } = await stat(join(folder, name));
        return { name, size, mtimeMs };
      }),
    );
    let total = entries.reduce((sum, entry) => sum + entry.size, 0);
    for (const entry of entries.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= MOST_BYTES) return;
      await rm(join(folder, entry.name), { force: true });
      total -= entry.size;
    }
  }
}

/** An entry's contents, or undefined if it is missing or torn: a checksum comes first in the file. */
async function readEntry(file: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(file);
    const contents = bytes.subarray(32);
    return createHash('sha256').update(contents).digest().equals(bytes.subarray(0, 32)) ? contents : undefined;
  } catch {
    return undefined;
  }
}

/** The user's cache folder by the platform's convention, e.g. `~/.cache/faultline`. `FAULTLINE_CACHE` overrides it. */
export function defaultCacheFolder(): string {
  const { FAULTLINE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (FAULTLINE_CACHE) return FAULTLINE_CACHE;
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'faultline', 'Cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'faultline');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'faultline');
}
