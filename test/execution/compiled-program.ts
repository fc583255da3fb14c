/** Compiled programs run in this thread, to their end. */
import { createDriver } from '../../engine/drivers/registry.js';
import { Debuggee } from '../../engine/execution/debuggee.js';
import type { DebuggeeOptions, Ending } from '../../engine/execution/debuggee-options.js';
import type { ExecutableProgram } from '../../engine/execution/program.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import { loadMachine } from '../../engine/machine/machine.js';
import type { MemoryEvent } from '../../engine/memory/event.js';
import { prepare } from '../../engine/prepare.js';
import { SourceMap } from '../../engine/source-map.js';
import type { BuildRequest } from '../../engine/toolchain/build.js';
import { testCache, type CompiledPrograms } from '../toolchain/compiled.js';

export interface PreparedProgram {
  readonly program: ExecutableProgram;
  /** The user's line of the innermost of these offsets that has one. */
  readonly lineOf: (offsets: readonly number[]) => Promise<number | undefined>;
}

export async function prepared(
  programs: CompiledPrograms,
  files: Readonly<Record<string, string>>,
  options: Partial<BuildRequest> = {},
): Promise<PreparedProgram> {
  const image = await programs.image(files, options);
  const sources = new SourceMap((args, given) => programs.compiler.run(args, given), image, testCache());
  return {
    program: await prepare(image, sources, programs.compiler, testCache()),
    lineOf: async (offsets) => {
      await sources.resolve(offsets);
      return offsets.map((offset) => sources.at(offset)).find((at) => at && !at.file.startsWith('/'))?.line;
    },
  };
}

export interface ProgramRun {
  readonly ending: Ending;
  readonly output: string;
  readonly events: readonly MemoryEvent[];
  readonly simulatedNs: number;
}

export interface RunOptions extends Partial<DebuggeeOptions> {
  readonly seed?: number;
  readonly stdin?: string;
  /** Before it runs. */
  readonly prepare?: (debuggee: Debuggee) => void;
}

export function run({ program }: PreparedProgram, args: readonly string[], options: RunOptions = {}): ProgramRun {
  const clock = new VirtualClock();
  const events: MemoryEvent[] = [];
  let output = '';
  let input: string | null = options.stdin ?? null;
  using debuggee = new Debuggee({
    program,
    machine: loadMachine('p100-pcie3', {}),
    driver: createDriver('hmm'),
    clock,
    createSink: () => ({ record: (event) => events.push({ ...event }) - 1 }),
    observer: { allocated: () => undefined, freed: () => undefined, named: () => undefined, launched: () => undefined },
    memoryLimitBytes: 2 ** 30,
    wasi: {
      args: ['program', ...args],
      env: {},
      preopens: [],
      stdin: () => {
        const chunk = input;
        input = null;
        return chunk === null ? null : new TextEncoder().encode(chunk);
      },
      stdout: (chunk) => void (output += Buffer.from(chunk).toString()),
      stderr: (chunk) => void (output += Buffer.from(chunk).toString()),
      seed: options.seed ?? 1,
    },
    ...options,
  });
  options.prepare?.(debuggee);
  const ending = debuggee.run();
  return { ending, output, events, simulatedNs: clock.nowNs };
}
