/** Where code of a program comes from: offsets to positions in the user's files, with names as a person reads them. */
import { SourceFrames, type SourceFrame } from './source-frames.js';
import { demangle, isMangled, type RunTool } from './symbols/demangle.js';
import type { LineTable } from './symbols/line-table.js';
import type { ProgramImage } from './toolchain/build.js';
import { ContentCache } from './toolchain/cache.js';
import { isUserPath, userPath } from './toolchain/source-tree.js';

/** Offsets are as DWARF counts, paths relative to the project. */
export class SourceMap {
  private readonly frames: SourceFrames;
  private readonly known = new Map<number, SourceFrame | undefined>();
  /** By the linker's names. Read before anything else, kept for other runs of this image. */
  private names: Map<string, string> | undefined;
  private readonly key: string;

  constructor(
    private readonly run: RunTool,
    image: ProgramImage,
    private readonly cache: ContentCache,
  ) {
    this.frames = new SourceFrames(image);
    this.key = ContentCache.key('names-1', image.key);
  }

  get lines(): LineTable {
    return this.frames.lines;
  }

  /** Learns the readable names of all of these at once. To load a demangler takes longer than most programs run. */
  async resolve(offsets: Iterable<number>): Promise<void> {
    const names = (this.names ??= await this.keptNames());
    const missing = new Set<string>();
    for (const offset of new Set(offsets)) {
      const name = mangledIn(this.frameAt(offset)?.functionName ?? '');
      if (name !== undefined && !names.has(name)) missing.add(name);
    }
    if (missing.size === 0) return;
    const readable = await demangle(this.run, [...missing]);
    for (const [n, name] of [...missing].entries()) names.set(name, readable[n] ?? name);
    await this.cache.set(this.key, new TextEncoder().encode(JSON.stringify([...names])));
  }

  private async keptNames(): Promise<Map<string, string>> {
    const kept = await this.cache.get(this.key);
    return new Map(kept && (JSON.parse(new TextDecoder().decode(kept)) as [string, string][]));
  }

  /** The innermost frame in the user's own files, or the innermost of all. Its name is readable after {@link resolve}. */
  at(offset: number): SourceFrame | undefined {
    const frame = this.frameAt(offset);
    if (!frame) return undefined;
    const name = frame.functionName;
    const mangled = mangledIn(name ?? '');
    const readable = mangled === undefined ? undefined : this.names?.get(mangled);
    const functionName = readable === undefined ? name : (name?.replace(mangled ?? '', () => readable) ?? null);
    return { ...frame, functionName, file: userPath(frame.file) };
  }

  isUser(offset: number): boolean {
    const frame = this.frameAt(offset);
    return frame !== undefined && isUserPath(frame.file);
  }

  private frameAt(offset: number): SourceFrame | undefined {
    if (!this.known.has(offset)) {
      const frames = this.frames.at(offset);
      this.known.set(offset, frames.find(({ file }) => isUserPath(file)) ?? frames[0]);
    }
    return this.known.get(offset);
  }
}

/** The name itself, or that of the function around a target region in it: `__omp_offloading_<device>_<file>_<name>_l<line>`. */
function mangledIn(name: string): string | undefined {
  if (isMangled(name)) return name;
  const around = /^__omp_offloading_[0-9a-f]+_[0-9a-f]+_(_Z.+?)_l\d+/.exec(name)?.[1];
  return around !== undefined && isMangled(around) ? around : undefined;
}
