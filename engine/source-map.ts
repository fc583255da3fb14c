/** Where code of a program comes from: offsets to positions in the user's files, learned from the symbolizer and kept. */
import { demangle, symbolize, type RunTool, type SourceFrame } from './symbols/symbolizer.js';
import type { ProgramImage } from './toolchain/build.js';
import { isUserPath, userPath } from './toolchain/source-tree.js';
import { ContentCache } from './toolchain/cache.js';
import type { WasmModule } from './toolchain/instrument/wasm-module.js';

/** Offsets are as DWARF counts, paths relative to the project. */
export class SourceMap {
  private readonly known = new Map<number, readonly SourceFrame[]>();

  constructor(
    private readonly run: RunTool,
    private readonly image: ProgramImage,
    private readonly cache: ContentCache,
  ) {}

  /** Learns about all of these at once. */
  async resolve(offsets: Iterable<number>): Promise<void> {
    const missing = [...new Set(offsets)].filter((offset) => !this.known.has(offset)).sort((a, b) => a - b);
    if (missing.length === 0) return;
    const key = ContentCache.key('symbols-3', this.image.key, missing.join());
    const cached = await this.cache.get(key);
    const entries = cached
      ? (JSON.parse(new TextDecoder().decode(cached)) as [number, readonly SourceFrame[]][])
      : await this.ask(missing);
    if (!cached) await this.cache.set(key, new TextEncoder().encode(JSON.stringify(entries)));
    for (const offset of missing) this.known.set(offset, []);
    for (const [offset, frames] of entries) this.known.set(offset, frames);
  }

  private async ask(offsets: readonly number[]): Promise<[number, readonly SourceFrame[]][]> {
    const entries = [...(await symbolize(this.run, this.image.module.bytes, offsets))];
    const names = entries.map(([offset]) => functionAt(this.image.module, offset));
    const distinct = [...new Set(names.filter((name) => name !== undefined))];
    const readable = await demangle(this.run, distinct);
    const byName = new Map(distinct.map((name, n) => [name, readable[n] ?? name]));
    return entries.map(([offset, frames], n) => {
      const name = byName.get(names[n] ?? '');
      return [
        offset,
        frames.map((frame, depth) =>
          depth === frames.length - 1 && name !== undefined ? { ...frame, functionName: name } : frame,
        ),
      ];
    });
  }

  /** The innermost frame in the user's own files, or the innermost of all. Only after {@link resolve}. */
  at(offset: number): SourceFrame | undefined {
    const frames = this.known.get(offset) ?? [];
    const frame = frames.find(({ file }) => isUserPath(file)) ?? frames[0];
    return frame && { ...frame, file: userPath(frame.file) };
  }

  isUser(offset: number): boolean {
    return (this.known.get(offset) ?? []).some(({ file }) => isUserPath(file));
  }
}

/** Name of the function whose body holds a code offset. */
function functionAt(module: WasmModule, offset: number): string | undefined {
  const position = offset + module.codeStart;
  let low = 0;
  let high = module.bodies.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((module.bodies[middle]?.end ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  const body = module.bodies[low];
  return body && body.start <= position ? module.functionNames.get(body.functionIndex) : undefined;
}
