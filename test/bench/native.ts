/**
 * The same C source compiled by gcc, alone and under valgrind's tools. A program times its own repetitions, so neither the
 * start of valgrind nor its translation of code that runs once counts; the fastest repetition does.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Repetitions: native code is ready at once, and valgrind has translated every block after the first. */
const NATIVE = 20;
const EMULATED = 4;

export interface Native {
  readonly name: string;
  /** Fastest repetition, ms; null where the tool is missing. */
  readonly nativeMs: number;
  readonly memcheckMs: number | null;
  readonly cachegrindMs: number | null;
  readonly check: string;
}

export async function has(program: string): Promise<boolean> {
  try {
    await execute(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}

export async function measureNative(
  name: string,
  programs: string,
  scratch: string,
  valgrind: boolean,
): Promise<Native> {
  const build = async (repeats: number): Promise<string> => {
    const binary = join(scratch, `${name}-${repeats}`);
    await execute('gcc', ['-O0', `-DREPEATS=${repeats}`, join(programs, `${name}.c`), '-o', binary]);
    return binary;
  };
  const once = async (program: string, args: readonly string[]): Promise<{ ms: number; check: string }> => {
    const { stdout } = await execute(program, [...args], { maxBuffer: 2 ** 20 });
    const lines = stdout.trim().split('\n').slice(1);
    const times = lines.map((line) => Number(line.split(' ')[0]) / 1e6);
    return { ms: Math.min(...times), check: lines.at(-1)?.split(' ')[1] ?? '' };
  };
  const alone = await once(await build(NATIVE), []);
  if (!valgrind) return { name, nativeMs: alone.ms, memcheckMs: null, cachegrindMs: null, check: alone.check };
  const few = await build(EMULATED);
  const memcheck = await once('valgrind', ['--tool=memcheck', '--quiet', few]);
  const cachegrind = await once('valgrind', ['--tool=cachegrind', '--quiet', '--cachegrind-out-file=/dev/null', few]);
  return {
    name,
    nativeMs: alone.ms,
    memcheckMs: memcheck.ms,
    cachegrindMs: cachegrind.ms,
    check: alone.check,
  };
}
