import { describe, expect, it } from 'vitest';
import { formatAddress, formatBytes, formatCount, formatNs, shortSignature } from '../../engine/trace/format.js';
import { painter } from '../../engine/trace/palette.js';
import { paintBar, residencyBar, residencyPercentages, shareCells } from '../../engine/trace/residency-bar.js';
import { clip, textTable, wrapText } from '../../engine/trace/text-table.js';

describe('figures for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [61440, '60.0 KiB'],
    [1024 * 1024 - 1, '1.0 MiB'],
    [4194304, '4.0 MiB'],
    [3 * 2 ** 40, '3.0 TiB'],
    [5000 * 2 ** 40, '5000.0 TiB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0 ns'],
    [999, '999 ns'],
    [1890, '1.89 µs'],
    [24_352_000, '24.4 ms'],
    [999_999, '1.00 ms'],
    [123_456_789, '123 ms'],
    [7_200_000_000_000, '7200 s'],
  ])('writes %d ns as %s', (ns, text) => expect(formatNs(ns)).toBe(text));

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('writes %d as %s', (count, text) => expect(formatCount(count)).toBe(text));

  it('writes addresses with all their digits', () => expect(formatAddress(0x10010)).toBe('0x00010010'));
});

describe('signatures', () => {
  it.each([
    ['add(int, float*, float*)', 'add(int, float*, float*)'],
    [
      'void thrust::detail::each_index<sum<int, void (*)(int)> >(unsigned long, sum<int, void (*)(int)>)',
      'each_index<…>',
    ],
    ['void (anonymous namespace)::a_kernel_with_a_long_name(unsigned long, float const*)', 'a_kernel_with_a_long_name'],
    ['some::kernel<(Kind)1, Matrix<float, 16, 16> >::run(Matrix<float, 16, 16>)', 'run'],
    ['', ''],
  ])('%s', (signature, shown) => expect(shortSignature(signature)).toBe(shown));
});

describe('residency', () => {
  it.each([
    ['all on the device', [0, 1024], 1024, '██████████', '0/100 %'],
    ['half and half', [512, 512], 1024, '░░░░░█████', '50/50 %'],
    ['partly nowhere', [256, 512], 1024, '░░░█████··', '25/50 %'],
    ['nowhere', [0, 0], 1024, '··········', '0/0 %'],
    ['one page of many', [1, 4095], 4096, '░█████████', '<1/>99 %'],
    ['an allocation of no bytes', [0, 0], 0, '··········', '0/0 %'],
  ])('of an allocation that is %s', (_, pages, total, bar, percentages) => {
    expect(residencyBar(pages, total, 10)).toBe(bar);
    expect(residencyPercentages(pages, total)).toBe(percentages);
  });

  it('always fills the bar', () => {
    for (const pages of [
      [1, 1, 1],
      [7, 1, 0],
      [1, 100, 1],
      [3, 3, 1],
      [0, 0, 0],
    ]) {
      const cells = shareCells(pages, 110, 10);
      expect(cells.reduce((sum, one) => sum + one, 0)).toBe(10);
      expect(cells.every((count, index) => count > 0 || (pages[index] ?? 0) === 0)).toBe(true);
    }
  });

  it('is told by glyphs as well as by colours', () => {
    expect(paintBar('░░██·· 25/50 %', painter(true))).toBe(
      '\u001b[33m░░\u001b[39m\u001b[32m██\u001b[39m\u001b[2m··\u001b[22m 25/50 %',
    );
    expect(paintBar('░░██··', painter(false))).toBe('░░██··');
  });
});

describe('tables', () => {
  const columns = [
    { title: 'name', align: 'left', elastic: 'middle' },
    { title: 'n', align: 'right' },
  ] as const;
  const style = { width: 16, indent: ' ', paintTitle: (text: string) => text };

  it('align numbers right and give way in the elastic column', () => {
    expect(
      textTable(
        columns,
        [
          ['short', '1'],
          ['a_rather_long_name', '1,000'],
        ],
        style,
      ),
    ).toEqual([' name          n', ' short         1', ' a_ra…ame  1,000']);
  });

  it('count no escape codes as width', () => {
    const red = { text: 'x', paint: (text: string) => painter(true)('red', text) };
    expect(textTable(columns, [[red, '1']], style)).toEqual([' name  n', ' \u001b[31mx\u001b[39m     1']);
  });

  it.each([
    ['abcdef', 6, 'middle', 'abcdef'],
    ['abcdef', 5, 'middle', 'ab…ef'],
    ['abcdef', 4, 'end', 'abc…'],
    ['abcdef', 1, 'middle', '…'],
    ['abcdef', 0, 'end', ''],
  ] as const)('clip %s to %d at the %s', (text, width, where, clipped) =>
    expect(clip(text, width, where)).toBe(clipped),
  );

  it('break text at spaces', () => {
    expect(wrapText('one two  three extraordinarily', 9)).toEqual(['one two', 'three', 'extraordinarily']);
    expect(wrapText('', 9)).toEqual([]);
  });
});
