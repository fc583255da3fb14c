/** docs/compatibility.md says what the runtime's headers say: written with `vitest -u`, compared without. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const include = `${root}engine/toolchain/runtime/include/`;
const read = (name: string): string => readFileSync(include + name, 'utf8');

interface Trial {
  readonly suite: string;
  readonly program: string;
  readonly result: string;
  readonly reason: string;
}

function functions(header: string, pattern: RegExp): string[] {
  return [...new Set([...expanded(read(header)).matchAll(pattern)].map(([, name = '']) => name))].toSorted();
}

/** With what macros of several lines declare, once for each type of element that they are used with: names put together with ##. */
function expanded(text: string): string {
  const macros = text.matchAll(/^#define (FAULTLINE_\w+)\((\w+(?:, \w+)*)\)[ \t]*\\\n((?:.*\\\n)*.*)/gm);
  return [...macros].reduce((all, [, macro = '', parameters = '', body = '']) => {
    const uses = [...text.matchAll(new RegExp(`^${macro}\\((\\w+(?:, \\w+)*)\\)$`, 'gm'))];
    return uses.reduce((more, [, given = '']) => {
      const values = given.split(', ');
      const pasted = parameters
        .split(', ')
        .reduce(
          (out, name, i) => out.replaceAll(new RegExp(`##${name}\\b|(?<=##)${name}\\b`, 'g'), values[i] ?? ''),
          body,
        );
      return more + pasted.replaceAll('##', '');
    }, all);
  }, text);
}

/** Functions of one type are one macro there, with the type's letter as its argument; those that only refuse do not name their parameters. */
function sparseFunctions(): string[] {
  return functions('cusparse.h', /\b(cusparse(?:[A-Z]|##X##)\w+)\((?:const )?c(?:usparse|sri)\w+ \*?\w/g).flatMap(
    (name) => (name.includes('##X##') ? ['S', 'D', 'C', 'Z'].map((type) => name.replace('##X##', type)) : name),
  );
}

function refusedNames(): [string, string][] {
  const text = read('cuda/refused.h')
    .replaceAll('FAULTLINE_TEXTURES', 'FAULTLINE_REFUSED("textures and surfaces")')
    .replaceAll('FAULTLINE_MODULES', 'FAULTLINE_REFUSED("modules and contexts of the driver API")');
  const names = [...text.matchAll(/FAULTLINE_REFUSED\("([^"]+)"\)\s*(?:cudaError_t\s+)?(\w+)/g)];
  const typedefs = [...text.matchAll(/typedef [\w ]+ (\w+) FAULTLINE_REFUSED\("([^"]+)"\)/g)];
  return [
    ...names.map(([, why = '', name = '']): [string, string] => [name, why]),
    ...typedefs.map(([, name = '', why = '']): [string, string] => [name, why]),
  ].filter(([name]) => /^(?:cuda|CU|texture$)/.test(name));
}

function refusedHeaders(): [string, string][] {
  return readdirSync(include, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(?:h|hpp|cuh)$/.test(path))
    .flatMap((path): [string, string][] => {
      const error = /^#error "(.*)"/.exec(read(path))?.[1];
      return error === undefined ? [] : [[path, error]];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function document(): string {
  const api = ['cuda/api.h', 'cuda/managed.h'].flatMap((header) => functions(header, /\b(cuda[A-Z]\w+)\(/g)).toSorted();
  const device = [
    ...functions('cuda/warp.h', /\b(__[a-z]\w+)\(/g).filter((name) => !/faultline|attribute|builtin|HIP/.test(name)),
    ...functions('cuda/intrinsics.h', /FAULTLINE_D [\w ]+?\*?(__\w+|clock64)\(/g),
  ];
  const libraries: [string, string[]][] = [
    [
      'Thrust',
      ['each', 'reduce', 'scan', 'sort'].flatMap((name) =>
        functions(`thrust/detail/${name}.h`, /^THRUST_ALGORITHM\((\w+)\)/gm).filter(
          (found) => !found.endsWith('_index'),
        ),
      ),
    ],
    [
      'CUB and hipCUB',
      ['block', 'device'].flatMap((name) =>
        functions(`cub/detail/${name}.h`, /\b(Device[A-Z]\w+) \{/g).concat(
          functions(`cub/detail/${name}.h`, /class ((?:Block|Warp)\w+)/g),
        ),
      ),
    ],
    [
      'cuBLAS, hipBLAS and rocBLAS',
      functions('cublas_v2.h', /\b(cublas[A-Z]\w+)(?=\(cublasHandle_t|, \(cublasHandle_t)/g),
    ],
    [
      'cuBLASXt',
      functions('cublasXt.h', /\b(cublasXt[A-Z]\w+)\(cublasXtHandle_t \*?\w+/g).filter((name) => !name.includes('Cpu')),
    ],
    ['cuSPARSE and hipSPARSE', sparseFunctions()],
    [
      'cuSOLVER and hipSOLVER, dense',
      functions('cusolverDn.h', /\b(cusolverDn[A-Z]\w+)(?=\(cusolverDnHandle_t|, \(cusolverDnHandle_t)/g),
    ],
    ['cuBLASLt and hipBLASLt', functions('cublasLt.h', /^inline [\w ]+?[ *](cublasLt[A-Z]\w+)\(/gm)],
    [
      'Floats of eight bits, also in pairs and fours (HIP with `_fnuz` kinds, too)',
      functions('cuda_fp8.h', /(?:FAULTLINE_N \w+ |FAULTLINE_F8 )(__nv_\w+)/g),
    ],
    [
      'cuFFT and hipFFT',
      functions(
        'cufft.h',
        /^(?:template <int called = 0> )?(?:inline cufftResult |FAULTLINE_FFT_PLAN\()(cufft[A-Z]\w+)/gm,
      ),
    ],
    ['cuRAND and hipRAND', functions('curand.h', /\b(curand[A-Z]\w+)(?=\(curandGenerator_t|, (?:float|double))/g)],
  ];
  const all = ['atomic', 'barrier', 'pipeline']
    .flatMap((header) => functions(`cuda/${header}`, /((?<=class )\w+|make_\w+|memcpy_async|atomic_thread_fence)\b/g))
    .filter((name) => /^[a-z]/.test(name) && name !== 'atomic_flag_of');
  const libcu = [...new Set(all)];
  const { date, trials } = JSON.parse(readFileSync(new URL('trials.json', import.meta.url), 'utf8')) as {
    readonly date: string;
    readonly trials: readonly Trial[];
  };
  const passed = trials.filter(({ result }) => result === 'ok').length;
  const refused = trials.filter(({ result }) => result === 'refused').length;
  const whole = trials.filter(({ result }) => result !== 'not self-contained').length - refused;
  return `<!-- Written by test/compatibility/compatibility.test.ts. -->

# Compatibility with CUDA and HIP

## Offered

The CUDA runtime API, and HIP's function of the same name: ${api.map((name) => `\`${name}\``).join(', ')}.

Functions of device code: ${device.map((name) => `\`${name}\``).join(', ')}; atomics of all widths and scopes, mathematics, vector types, \`printf\`, \`assert\`, \`malloc\`.

${libraries
  .map(
    ([name, all]) =>
      `${name}: ${[...new Set(all)]
        .toSorted()
        .map((found) => `\`${found}\``)
        .join(', ')}.`,
  )
  .join('\n\n')}

libcu++: ${libcu
    .map((name) => `\`cuda::${name}\``)
    .join(', ')}; of \`cuda::std\` what is constexpr in the host's library.

A function that is neither here nor below is unknown: the compiler or the linker names it.

## How kernels run

The lanes of a warp come together at each other's shuffles, votes and \`__syncwarp\`, at barriers, and before volatile accesses; in between each runs on its own. A kernel
that counts on lockstep with none of these in between computes something else than a GPU of before Volta does, and the report says so: the first block of each kernel is looked at for threads that race for
shared memory (one reads what another one writes, with no barrier in between). The blocks of a grid run one after the
other, in the order of their numbers. Where threads look at volatile memory, load from a \`cuda::atomic\`, or wait in a loop for what an atomic function gives or a fence lets them see, blocks take
turns, as many as there is room for, so one may wait for a later one, as those of a cooperative grid do. A block that waits for plain memory with no fence waits for
ever; \`--timeout\` or Ctrl-C ends it, and the report says at which line it was.

## Refused, with these words

${table(['name', 'sentence'], refusedNames())}

${table(['header', 'sentence'], refusedHeaders())}

Inline assembly, and a kernel that launches kernels, are errors with their lines.

## Public programs, run as they are (${date}, hmm on p100-pcie3)

${String(passed)} of ${String(whole)} ran and passed their own check, most with small arguments, which stand behind their names; ${String(refused)} more are refused with a sentence at
compilation, for they show what is listed as refused above; ${String(trials.length - whole - refused)} more need files or libraries that are not part of them. Of cuda-samples (folders 0 to 6) all were tried that
draw nothing and need no second process, NPP or nvJPEG. Most of HeCBench's were drawn at random, without those whose data is missing and about ten whose twin in another language was there; those of
cuSPARSE, cuBLASLt, cuSOLVER, batched cuBLAS and floats of eight bits were taken for these libraries. A timeout says nothing of a program but that it was ended before it was
done: kernels run on one core here, and arguments for a GPU are large.

${table(
  ['suite', 'program', 'result', 'reason'],
  trials.map(({ suite, program, result, reason }) => [suite, program, result, reason]),
)}
`;
}

describe('docs/compatibility.md', () => {
  it('says what the headers and the trials say', async () => {
    await expect(document()).toMatchFileSnapshot(`${root}docs/compatibility.md`);
  });
});
