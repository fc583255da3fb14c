/**
 * A directory of the host that the program may see, and the paths below it.
 *
 * Invariant: no path leads out. Components are walked one by one from the root, symbolic links are read and walked here and never
 * by the host, `..` at the root and a link that points elsewhere end with ENOTCAPABLE; so the result has no link in it (but a
 * last one that the caller wants itself), and nothing outside is even looked at. Other processes that exchange directories for
 * links at the same moment are not defended against.
 * Source: path resolution of WASI preview1 ("must not escape"), path_resolution(7) for everything else.
 */
import { type BigIntStats, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { Errno, WasiError, hostCall } from './errno.js';

/** Linux's limit of links in one resolution (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** Where a path leads. */
export interface Place {
  /** Names from the root of the preopen; empty for the root itself. */
  readonly components: readonly string[];
  /** The host's path. */
  readonly host: string;
  /** Undefined if nothing is there (but its directory exists). */
  readonly stat: BigIntStats | undefined;
  /** The path ended in a slash, so it names a directory or nothing. */
  readonly directoryNamed: boolean;
}

export class Preopen {
  /** Without links. */
  private readonly root: string;
  /** How an absolute link of the host may begin that leads into the directory. */
  private readonly prefixes: readonly string[];

  /**
   * @param host path of the directory; Node's error is thrown if it is not an existing directory
   * @param guest the name that wasi-libc compares the beginning of paths with
   */
  constructor(
    host: string,
    readonly guest: string,
    readonly readOnly: boolean,
  ) {
    this.root = realpathSync(host);
    if (!statSync(this.root).isDirectory()) throw new TypeError(`${host} is not a directory`);
    this.prefixes = [this.root, resolve(host)];
  }

  /** @param base components of the directory that a relative path starts from; `..` may leave it, but not the preopen */
  resolve(base: readonly string[], path: string, followLast: boolean): Place {
    if (path === '') throw new WasiError(Errno.NOENT);
    if (path.startsWith('/')) throw new WasiError(Errno.NOTCAPABLE);
    const directoryNamed = /(^|\/)\.{0,2}$/.test(path);
    const follow = followLast || directoryNamed;
    const pending = [...base, ...split(path, '/')].reverse();
    let place: string[] = [];
    let links = 0;
    while (pending.length > 0) {
      const name = pending.pop()!;
      if (name === '.') continue;
      if (name === '..') {
        if (place.pop() === undefined) throw new WasiError(Errno.NOTCAPABLE);
        continue;
      }
      const stat = this.stat([...place, name]);
      if (stat?.isSymbolicLink() && (pending.length > 0 || follow)) {
        if (++links > MAX_LINKS) throw new WasiError(Errno.LOOP);
        const target = this.linkTarget([...place, name]);
        if (target.absolute) place = [];
        pending.push(...target.components.reverse());
        continue;
      }
      place.push(name);
      if (pending.length > 0 && !stat?.isDirectory()) throw new WasiError(stat ? Errno.NOTDIR : Errno.NOENT);
    }
    const stat = this.stat(place);
    if (directoryNamed && stat && !stat.isDirectory()) throw new WasiError(Errno.NOTDIR);
    return { components: place, host: this.hostPath(place), stat, directoryNamed };
  }

  hostPath(components: readonly string[]): string {
    return join(this.root, ...components);
  }

  private stat(components: readonly string[]): BigIntStats | undefined {
    return hostCall(() => lstatSync(this.hostPath(components), { bigint: true, throwIfNoEntry: false }));
  }

  /** A link's target; an absolute one is a path of the host and counts from the root if it leads there. */
  private linkTarget(components: readonly string[]): { absolute: boolean; components: string[] } {
    const target = hostCall(() => readlinkSync(this.hostPath(components)));
    if (isAbsolute(target)) {
      for (const prefix of this.prefixes) {
        if (target === prefix || target.startsWith(prefix.endsWith(sep) ? prefix : prefix + sep)) {
          return { absolute: true, components: split(target.slice(prefix.length), sep) };
        }
      }
      throw new WasiError(Errno.NOTCAPABLE);
    }
    return { absolute: false, components: split(target, sep) };
  }
}

function split(path: string, separator: string): string[] {
  const names = path.split(separator).filter((name) => name !== '');
  for (const name of names) {
    // What would be a separator or a drive to the host must not hide in a name.
    if (name.includes('\0') || (sep === '\\' && /[\\/:]/.test(name))) throw new WasiError(Errno.INVAL);
  }
  return names;
}
