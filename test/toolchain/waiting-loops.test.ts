/** Which loops wait for another thread, found in IR as Clang's front end writes it: variables in memory, labels that are numbers. */
import { describe, expect, it } from 'vitest';
import { keepLockstep } from '../../engine/toolchain/lockstep.js';
import { waitingLatches } from '../../engine/toolchain/waiting-loops.js';

/** A loop of one block: variables %a, %b and %p, a pointer; it goes on while %again. */
function loop(body: string, before = ''): string[] {
  return `define void @f(ptr %0) {
  %a = alloca i32, align 4
  %b = alloca i32, align 4
  %p = alloca ptr, align 4
  store i32 7, ptr %a, align 4
  store ptr %0, ptr %p, align 4
${before}  br label %1

1:                                                ; preds = %1, %0
${body.replaceAll(/^ */gm, '  ')}
  br i1 %again, label %1, label %2, !dbg !9, !llvm.loop !3

2:                                                ; preds = %1
  ret void
}`.split('\n');
}

const waits = (lines: readonly string[]): string[] => waitingLatches(lines).map(({ block }) => block.label);

describe('a loop waits', () => {
  it.each([
    [
      'for a word to which it adds nothing',
      '%x = call i32 @_ZL9atomicAddPii(ptr noundef %0, i32 noundef 0) #5, !dbg !9\n%again = icmp eq i32 %x, 0',
    ],
    [
      'for a lock, with constants',
      '%x = call noundef i32 @_ZL9atomicCASPiii(ptr noundef %0, i32 noundef 0, i32 noundef 1) #5\n%again = icmp ne i32 %x, 0',
    ],
    [
      'for a word in which a variable of before the loop comes to be',
      `%m = load i32, ptr %a, align 4
       %x = call i32 @_Z16atomicCAS_systemIiJiiEET_PS0_DpT0_(ptr %0, i32 %m, i32 %m)
       %again = icmp ne i32 %x, %m`,
    ],
    [
      'by way of a variable',
      `%q = load ptr, ptr %p, align 4
       %x = atomicrmw xchg ptr %q, i32 1 seq_cst, align 4
       store i32 %x, ptr %b, align 4
       %y = load i32, ptr %b, align 4
       %again = icmp ne i32 %y, 0`,
    ],
    [
      'by an operator',
      '%x = cmpxchg ptr %0, i32 0, i32 1 acquire monotonic, align 4\n%again = extractvalue {i32, i1} %x, 1',
    ],
    ['for memory, with a fence', 'fence seq_cst\n%x = load i32, ptr %0\n%again = icmp eq i32 %x, 0'],
    [
      'for memory, with a function’s',
      'call void @_ZL13__threadfencev() #5\n%x = load i32, ptr @g\n%again = icmp eq i32 %x, 0',
    ],
  ])('%s', (_, body) => {
    expect(waits(loop(body))).toEqual(['1']);
  });

  it('for what a function of its own gives, by way of another', () => {
    const take = `define i1 @take(ptr %0) {
  %x = call i32 @_ZL10atomicExchPii(ptr %0, i32 1)
  %y = icmp eq i32 %x, 0
  ret i1 %y
}
define i1 @first(ptr %0) {
  %x = call i1 @take(ptr %0)
  ret i1 %x
}`.split('\n');
    expect(waits([...take, ...loop('%x = call noundef zeroext i1 @first(ptr %0)\n%again = xor i1 %x, true')])).toEqual([
      '1',
    ]);
    expect(waits(loop('%x = call noundef zeroext i1 @first(ptr %0)\n%again = xor i1 %x, true'))).toEqual([]);
  });

  it('until a branch that a look decides has set a variable', () => {
    const lines = `define void @f(ptr %0) {
  %done = alloca i8, align 1
  store i8 0, ptr %done, align 1
  br label %1

1:                                                ; preds = %6, %0
  %2 = load i8, ptr %done, align 1
  %3 = trunc i8 %2 to i1
  br i1 %3, label %7, label %4

4:                                                ; preds = %1
  %x = call i32 @_ZL10atomicExchPii(ptr %0, i32 1)
  %y = icmp eq i32 %x, 0
  br i1 %y, label %5, label %6

5:                                                ; preds = %4
  store i8 1, ptr %done, align 1
  br label %6

6:                                                ; preds = %5, %4
  br label %1, !llvm.loop !3

7:                                                ; preds = %1
  ret void
}`.split('\n');
    expect(waits(lines)).toEqual(['6']);
    const otherwise = lines.with(lines.indexOf('  br i1 %y, label %5, label %6'), '  br i1 %3, label %5, label %6');
    expect(waits(otherwise)).toEqual([]);
  });
});

describe('a loop does not wait', () => {
  it.each([
    [
      'that updates',
      `%old = load i32, ptr %b, align 4
       store i32 %old, ptr %a, align 4
       %assumed = load i32, ptr %a, align 4
       %sum = add i32 %assumed, 1
       %x = call i32 @_ZL9atomicCASPiii(ptr %0, i32 %assumed, i32 %sum)
       store i32 %x, ptr %b, align 4
       %again = icmp ne i32 %assumed, %x`,
    ],
    [
      'that updates what it has read',
      `%old = load i32, ptr %0, align 4
       %x = call i32 @_ZL9atomicCASPiii(ptr %0, i32 %old, i32 5)
       %again = icmp ne i32 %old, %x`,
    ],
    ['that draws', '%x = call i32 @_ZL9atomicAddPii(ptr %0, i32 1)\n%again = icmp slt i32 %x, 9'],
    [
      'that searches',
      `%i = load i32, ptr %a, align 4
       %j = add i32 %i, 1
       store i32 %j, ptr %a, align 4
       %q = getelementptr inbounds i32, ptr %0, i32 %i
       %x = call i32 @_ZL9atomicCASPiii(ptr %q, i32 0, i32 1)
       %again = icmp ne i32 %x, 0`,
    ],
    [
      'that counts',
      `%x = call i32 @_ZL10atomicExchPii(ptr %0, i32 1)
       %i = load i32, ptr %a, align 4
       %j = sub i32 %i, 1
       store i32 %j, ptr %a, align 4
       %again = icmp ne i32 %j, 0`,
    ],
    ['that reads memory without a fence', '%x = load i32, ptr %0\n%again = icmp eq i32 %x, 0'],
  ])('%s', (_, body) => {
    expect(waits(loop(body))).toEqual([]);
  });

  it('in functions of the engine', () => {
    const lines = loop('%x = atomicrmw xchg ptr %0, i32 1 seq_cst, align 4\n%again = icmp ne i32 %x, 0');
    const ours = [(lines[0] ?? '').replace('@f', '@_ZN9faultline14update_integerIiEET_PS1_'), ...lines.slice(1)];
    expect([waits(lines), waits(ours)]).toEqual([['1'], []]);
  });
});

describe('where a loop goes round again', () => {
  const LOCATIONS = '!9 = !DILocation(line: 12, column: 3, scope: !7)';
  const look = '%x = call i32 @_ZL9atomicAddPii(ptr %0, i32 0)\n%again = icmp eq i32 %x, 0';

  it('others have turns, and not where it ends', () => {
    const written = keepLockstep([...loop(look), LOCATIONS, ''].join('\n'), 'device');
    expect(written).toContain('br i1 %again, label %faultline.again0, label %2');
    expect(written).toMatch(
      /\nfaultline\.again0:\n {2}call void @__faultline_volatile_access\(i32 12\), !dbg !9\n {2}br label %1, !dbg !9\n/,
    );
  });

  it('the call stands before a branch that leads nowhere else', () => {
    const lines = loop(
      '%x = atomicrmw xchg ptr %0, i32 1 seq_cst, align 4\n%y = icmp eq i32 %x, 0\nbr i1 %y, label %2, label %3\n\n3:',
    )
      .map((line) => (line === '  3:' ? '3:' : line))
      .map((line) => line.replace('br i1 %again, label %1, label %2,', 'br label %1,'));
    expect(keepLockstep([...lines, LOCATIONS, ''].join('\n'), 'openmp')).toContain(
      '\n  call void @__kmpc_flush(ptr null), !dbg !9\n  br label %1, !dbg !9, !llvm.loop !3\n',
    );
  });
});
