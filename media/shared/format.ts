/** Numbers for people. Invariant: the same magnitudes and units as in reports of the command. */
import { PAGE_SIZE } from '../messages.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `8.0 MiB` */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** `12,345` in the language of the page. */
export function formatCount(count: number): string {
  return count.toLocaleString(document.documentElement.lang || 'en');
}

const TIMES: readonly (readonly [number, string])[] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

/** `1.25 ms`: three digits that matter. */
export function formatNs(ns: number): string {
  return formatTime(ns, 3);
}

/** As many digits as tell two times apart that differ by `stepNs`. */
export function formatTick(ns: number, stepNs: number): string {
  const [divisor, unit] = unitOf(Math.max(Math.abs(ns), stepNs));
  const digits = Math.max(0, Math.min(9, Math.ceil(Math.log10(divisor / stepNs) - 1e-9)));
  return ns === 0 ? '0' : `${(ns / divisor).toFixed(digits)} ${unit}`;
}

function formatTime(ns: number, digits: number): string {
  if (ns === 0) return '0 ns';
  const [divisor, unit] = unitOf(Math.abs(ns));
  const value = ns / divisor;
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  return `${value.toFixed(divisor === 1 ? 0 : Math.max(0, digits - whole))} ${unit}`;
}

function unitOf(ns: number): readonly [number, string] {
  return TIMES.find(([divisor]) => ns >= divisor) ?? [1, 'ns'];
}

/** `0x00020000` */
export function formatAddress(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}

export function addressOf(page: number): number {
  return page * PAGE_SIZE;
}
