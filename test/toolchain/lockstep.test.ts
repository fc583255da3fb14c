/** Volatile accesses of kernels are places at which the lanes of a warp come together; what they do then is tested as a program. */
import { describe, expect, it } from 'vitest';
import { keepLockstep, looks } from '../../engine/toolchain/lockstep.js';
import type { SourceTree } from '../../engine/toolchain/source-tree.js';

const tree = (project: SourceTree['files']): SourceTree => ({
  projectFolder: '/p',
  sources: ['a.cu'],
  includeFolders: [],
  files: { project },
  fingerprint: [],
});

describe('threads of a source look at what others write', () => {
  it.each<[string, SourceTree['files'], boolean]>([
    ['itself', { 'a.cu': 'void f(volatile int *p);' }, true],
    ['in a header of its own', { 'a.cu': '#include "b.h"\n', 'b.h': 'void f(int volatile *p);' }, true],
    ['not in a file that it does not include', { 'a.cu': '', 'b.h': 'void f(volatile int *p);' }, false],
    ['not by asm', { 'a.cu': 'asm volatile ("nop"); __asm__  volatile("");' }, false],
    ['by an atomic read', { 'a.cu': ' # pragma omp atomic seq_cst read\nx = y;' }, true],
    ['not by atomic writes', { 'a.cu': '#pragma omp atomic write\n', 'b.h': '' }, false],
    ['by a lock', { 'a.cu': 'while (atomicCAS(&lock, 0, 1));' }, true],
    ['by adding nothing', { 'a.cu': 'while (atomicAdd(&flag[b + 1], 0u) == 0);' }, true],
    ['by what an atomic directive gives', { 'a.cu': '#pragma omp atomic capture seq_cst\n{ v = x; x = 1; }' }, true],
    ['not by adding something', { 'a.cu': 'atomicAdd(&sum[0], 1); f(2, 0);' }, false],
    ['not by part of a word', { 'a.cu': 'int nonvolatile, volatile_x;' }, false],
  ])('%s', (_, files, expected) => {
    expect(looks(tree(files), 'a.cu')).toBe(expected);
  });
});

const FUNCTION = `define void @f(ptr noundef %0, i32 %1) #3 !dbg !7 {
  %3 = alloca i32, align 4
  store volatile i32 1, ptr %3, align 4, !dbg !9
  %4 = load volatile i32, ptr %0, align 4, !dbg !9, !tbaa !12
  %5 = load i32, ptr %0, align 4, !dbg !9
  store volatile i32 %4, ptr @shared, align 4, !dbg !10
  %6 = load atomic i32, ptr %0 monotonic, align 4, !dbg !10
  store atomic i32 1, ptr %0 monotonic, align 4, !dbg !10
  ret void
}

define void @g(ptr noundef %3) #3 {
  store volatile ptr %3, ptr %3, align 4
  ret void
}
`;
const LOCATIONS = '!9 = !DILocation(line: 12, column: 3, scope: !7)\n!10 = distinct !DILocation(line: 13, scope: !7)\n';

/** Lines that were not there before, without the words that are always the same. */
function added(ir: string): string[] {
  const before = new Set(ir.split('\n'));
  return keepLockstep(ir, 'device')
    .split('\n')
    .filter((line) => !before.has(line));
}
const call = (line: number, debug = ''): string =>
  `  call void @__faultline_volatile_access(i32 ${String(line)})${debug}`;

describe('lanes come together', () => {
  it('before volatile accesses and atomic reads of what is not local, each with its line', () => {
    const declared = 'declare void @__faultline_volatile_access(i32) #1\n';
    expect(added(FUNCTION + declared + LOCATIONS)).toEqual([
      call(12, ', !dbg !9'),
      call(13, ', !dbg !10'),
      call(13, ', !dbg !10'),
      call(0),
    ]);
    const lines = keepLockstep(FUNCTION + declared + LOCATIONS, 'device').split('\n');
    expect(lines[lines.indexOf(call(12, ', !dbg !9')) + 1]).toMatch(/%4 = load volatile i32/);
  });

  it('by a call that is declared where it is not yet', () => {
    expect(added(FUNCTION + LOCATIONS).slice(4)).toEqual([
      expect.stringMatching(/^declare void @__faultline_volatile_access\(i32\) #\d+$/),
      expect.stringMatching(
        /^attributes #\d+ = \{ "wasm-import-module"="faultline" "wasm-import-name"="volatile_access" \}$/,
      ),
    ]);
  });

  it('and threads of OpenMP take turns, or leave them to each other', () => {
    const lines = keepLockstep(FUNCTION + LOCATIONS, 'openmp').split('\n');
    const before = (call: string): string[] => lines.filter((_, at) => lines[at - 1]?.includes(call));
    expect(before('@__faultline_take_turns(ptr null)').map((line) => line.split(',')[0])).toEqual([
      '  %4 = load volatile i32',
      '  store volatile i32 %4',
      '  store volatile ptr %3',
    ]);
    expect(before('@__kmpc_flush(ptr null)')).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('declare '))).toEqual([
      'declare void @__faultline_take_turns(ptr)',
      'declare void @__kmpc_flush(ptr)',
    ]);
  });

  it('nowhere if there is no such access', () => {
    const ir = 'define void @h() {\n  %1 = load i32, ptr @a\n  ret void\n}\n';
    expect(keepLockstep(ir, 'device')).toBe(ir);
  });
});
