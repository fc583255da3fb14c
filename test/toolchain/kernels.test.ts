/** From a launch to the kernel: stubs and their names, how parameters travel, the order of a grid's threads. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProgramImage } from '../../engine/toolchain/build.js';
import type { ParameterShape } from '../../engine/toolchain/debug-info.js';
import { Register } from '../../engine/toolchain/instrument/kernel-entry.js';
import { kernelNameOfStub } from '../../engine/toolchain/kernels.js';
import { CompiledPrograms, instrumentImage, ProgramRig } from './compiled.js';
import { DATA } from './rig.js';

describe('the name of the kernel behind a stub', () => {
  it.each([
    ['extern "C"', '__device_stub__add', 'add'],
    ['plain', '_Z18__device_stub__addPfS_i', '_Z3addPfS_i'],
    ['longer name', '_Z25__device_stub__stencil_2dPKf', '_Z10stencil_2dPKf'],
    ['in a namespace', '_ZN2ns18__device_stub__addEPf', '_ZN2ns3addEPf'],
    ['in nested namespaces', '_ZN2ns5inner18__device_stub__addEPf', '_ZN2ns5inner3addEPf'],
    ['in a namespace that ends in a digit', '_ZN3ns218__device_stub__addEPf', '_ZN3ns23addEPf'],
    ['in a namespace that is named with digits', '_ZN5v100016__device_stub__kEv', '_ZN5v10001kEv'],
    ['template', '_Z18__device_stub__addIfEvPT_', '_Z3addIfEvPT_'],
    ['template with a number', '_Z19__device_stub__tileILi16EEvPf', '_Z4tileILi16EEvPf'],
    ['static', '_ZL18__device_stub__addPf', '_ZL3addPf'],
    ['in an anonymous namespace', '_ZN12_GLOBAL__N_118__device_stub__addEPf', '_ZN12_GLOBAL__N_13addEPf'],
  ])('%s', (_, stub, kernel) => {
    expect(kernelNameOfStub(stub)).toBe(kernel);
  });

  it.each(['main', '_Z3addPf', 'cudaLaunchKernel', ''])('%j is no stub', (name) => {
    expect(kernelNameOfStub(name)).toBeUndefined();
  });
});

const PROGRAM = `
enum Mode { fast, slow };
struct One { float value; };
struct Nested { One one; };
struct Three { float x, y, z; };
struct Empty {};
struct Derived : Empty { int *p; };
struct View { int &r; };
struct Two { int a[2]; };
struct Single { int a[1]; };
struct WithStatic { static int shared; double d; };
union Either { int i; float f; };
struct Pair { int x, y; };
struct PairInArray { Pair a[1]; };
struct alignas(16) Padded { int x; };
struct Owner { int *p; Owner(int *q) : p(q) {} Owner(const Owner &other) : p(other.p) {} };

__global__ void scalars(int a, short b, float c, double d, long long e, bool f, char g, unsigned char h) {}
__global__ void pointers(int *a, const float *__restrict__ b, void **c, Mode m) {}
__global__ void single(One a, Nested b, Derived c, View d, Single e, WithStatic f) {}
__global__ void aggregates(uchar4 a, Three b, float4 c, Two d, Either e, dim3 f) {}
__global__ void empty(int a, Empty b, int c, Three d) {}
__global__ void subtle(PairInArray a, Padded b, Owner c) {}

struct Thread { unsigned t[3], b[3]; };
__managed__ unsigned count;
extern "C" __global__ void indices(Thread *out) {
  unsigned at = count++;
  Thread &me = out[at];
  me.t[0] = threadIdx.x, me.t[1] = threadIdx.y, me.t[2] = threadIdx.z;
  me.b[0] = blockIdx.x, me.b[1] = blockIdx.y, me.b[2] = blockIdx.z;
}
extern "C" __global__ void mutate(Three t, int *out, short s) {
  t.x += 1;
  *out += (int)t.x + s;
}
namespace ns2 { __global__ void inner(int *p) { *p = 2; } }
namespace { __global__ void hidden(int *p) { *p = 3; } }
static __global__ void internal(int *p) { *p = 4; }
template <typename T, int N> __global__ void generic(T *p) { *p = N; }

__attribute__((export_name("launch_indices"))) extern "C" void launch_indices(Thread *out) { indices<<<dim3(2, 3, 2), dim3(3, 2, 2)>>>(out); }
__attribute__((export_name("launch_mutate"))) extern "C" void launch_mutate(int *out) { mutate<<<2, 3>>>(Three{10, 0, 0}, out, -3); }
__attribute__((export_name("launch_named"))) extern "C" void launch_named(int *out) {
  ns2::inner<<<1, 1>>>(out);
  hidden<<<1, 1>>>(out + 1);
  internal<<<1, 1>>>(out + 2);
  generic<int, 5><<<1, 1>>>(out + 3);
  generic<short, 6><<<1, 1>>>((short *)(out + 4));
}
int main() {
  int i = 0; double d = 0; (void)d;
  scalars<<<1, 1>>>(1, 2, 3, 4, 5, true, 'a', 7);
  pointers<<<1, 1>>>(0, 0, 0, slow);
  single<<<1, 1>>>({}, {}, {}, View{i}, {}, {});
  aggregates<<<1, 1>>>({}, {}, {}, {}, {}, {});
  empty<<<1, 1>>>(1, {}, 2, {});
  subtle<<<1, 1>>>({}, {}, Owner(&i));
}
`;

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

describe.each([0, 2] as const)('kernels at -O%i', (optimize) => {
  let image: ProgramImage;
  beforeAll(async () => {
    image = await programs.image({ 'kernels.cu': PROGRAM }, { optimize });
  });

  const kernelOf = (name: string): ProgramImage['kernels'][number] => {
    const found = image.kernels.find((kernel) =>
      new RegExp(`^(_Z(N3ns2|N12_GLOBAL__N_1|L)?\\d*)?${name}`).test(kernel.name),
    );
    if (!found) throw new Error(`no kernel ${name} among ${image.kernels.map((kernel) => kernel.name).join(' ')}`);
    return found;
  };
  /** At -O0 Clang drops what a kernel does not use from the kernel's own debug information, but not from its stub's. */
  const shapesOf = (name: string): readonly ParameterShape[] => {
    const { module } = image;
    const { kernel, stub } = kernelOf(name);
    const [own = [], ofStub = []] = [kernel, stub].map((fn) => {
      const body = module.bodies[fn - module.importedFunctions]!;
      return image.debugFunctions.find(({ lowPc }) => lowPc === body.start - module.codeStart)?.parameters;
    });
    return own.length < ofStub.length ? ofStub : own;
  };
  const values = (count: number): object[] => Array.from({ length: count }, () => ({ kind: 'value' }));
  const addresses = (...sizes: number[]): ParameterShape[] => sizes.map((bytes) => ({ kind: 'address', bytes }));

  it('are all found, each with its stub', () => {
    expect(image.kernels).toHaveLength(13);
    for (const { stub, kernel } of image.kernels)
      expect(image.module.typeIndexOf(stub)).toBe(image.module.typeIndexOf(kernel));
  });

  it('take scalars, pointers, enumerations and records of one scalar as values', () => {
    expect(shapesOf('scalars')).toMatchObject(values(8));
    expect(shapesOf('pointers')).toMatchObject(values(4));
    expect(shapesOf('single')).toMatchObject(values(6));
  });

  it('take other records by address, with their size', () => {
    expect(shapesOf('aggregates')).toEqual(addresses(4, 12, 16, 8, 4, 12));
    expect(kernelOf('aggregates').aggregates).toEqual(new Map([4, 12, 16, 8, 4, 12].map((bytes, n) => [n, bytes])));
  });

  it('do not receive empty records', () => {
    expect(shapesOf('empty')).toMatchObject([...values(1), { kind: 'none' }, ...values(1), ...addresses(12)]);
    expect(kernelOf('empty').aggregates).toEqual(new Map([[2, 12]]));
  });

  it('take by address records that only look like one scalar', () => {
    expect(shapesOf('subtle')).toEqual(addresses(8, 16, 4));
  });

  const launch = (name: string, ...threads: readonly [grid: number[], block: number[]]): ProgramRig => {
    const rig = new ProgramRig(image);
    const { wasm, entries } = instrumentImage(image);
    const running = rig.program(wasm);
    const registers = rig.address('__faultline_threadIdx') / 4;
    rig.onLaunch = (kernel, parameters) => {
      const [grid, block] = threads;
      rig.words.set([0, 0, 0, 0, 0, 0], registers);
      rig.words.set(block, registers + Register.blockDim / 4);
      rig.words.set(grid, registers + Register.gridDim / 4);
      running.call(entries[kernel]!.grid, parameters);
    };
    running.call(name, DATA);
    return rig;
  };

  it('run for each block and thread, x fastest, blocks outside threads', () => {
    const rig = launch('launch_indices', [2, 3, 2], [3, 2, 2]);
    const wanted: number[][] = [];
    for (let bz = 0; bz < 2; bz++)
      for (let by = 0; by < 3; by++)
        for (let bx = 0; bx < 2; bx++)
          for (let tz = 0; tz < 2; tz++)
            for (let ty = 0; ty < 2; ty++) for (let tx = 0; tx < 3; tx++) wanted.push([tx, ty, tz, bx, by, bz]);
    const seen = wanted.map((_, n) => [...rig.words.subarray(DATA / 4 + n * 6, DATA / 4 + n * 6 + 6)]);
    expect(seen).toEqual(wanted);
  });

  it('get a fresh copy of each aggregate in each thread', () => {
    const rig = launch('launch_mutate', [2, 1, 1], [3, 1, 1]);
    expect(rig.words[DATA / 4]).toBe(6 * (11 - 3));
  });

  it('are told apart by namespace, linkage and template arguments', () => {
    const rig = launch('launch_named', [1, 1, 1], [1, 1, 1]);
    expect([...rig.words.subarray(DATA / 4, DATA / 4 + 5)]).toEqual([2, 3, 4, 5, 6]);
  });
});

describe('static kernels of one name in two files', () => {
  it('are each launched by their own stub', async () => {
    const file = (name: string, value: number): string =>
      `static __global__ void k(int *p) { *p = ${String(value)}; }
       __attribute__((export_name("${name}"))) extern "C" void ${name}(int *p) { k<<<1, 1>>>(p); }`;
    const image = await programs.image({ 'a.cu': `${file('a', 7)}\nint main() {}`, 'b.cu': file('b', 8) });
    const rig = new ProgramRig(image);
    const { wasm, entries } = instrumentImage(image);
    const running = rig.program(wasm);
    rig.onLaunch = (kernel, parameters) => running.call(entries[kernel]!.thread, parameters);
    running.call('a', DATA);
    running.call('b', DATA + 4);
    expect([...rig.words.subarray(DATA / 4, DATA / 4 + 2)]).toEqual([7, 8]);
  });
});

describe('device functions', () => {
  it('of one file are found by another, even if their names look like a static one’s', async () => {
    const image = await programs.image({
      'a.cu': `__device__ int normL2(int *p);
        __global__ void k(int *p) { *p = normL2(p); }
        __attribute__((export_name("a"))) extern "C" void a(int *p) { k<<<1, 1>>>(p); }
        int main() {}`,
      'b.cu': `static __device__ int helper() { return 40; }
        __device__ int normL2(int *p) { return *p + helper(); }`,
      'c.cu': 'static __device__ int helper() { return 50; }\n__device__ int other() { return helper(); }',
    });
    const rig = new ProgramRig(image);
    const { wasm, entries } = instrumentImage(image);
    const running = rig.program(wasm);
    rig.onLaunch = (kernel, parameters) => running.call(entries[kernel]!.thread, parameters);
    rig.words[DATA / 4] = 2;
    running.call('a', DATA);
    expect(rig.words[DATA / 4]).toBe(42);
  });
});
