/**
 * Numbers as a person reads them. Fixed rules instead of the host's locale, so that a report is the same everywhere:
 * thousands are parted by a comma, sizes use 1024, times the unit that leaves one to three digits before the point.
 */

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `4194304` → `4.0 MiB`; whole bytes below 1 KiB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  return scaled(bytes, 1024, SIZE_UNITS);
}

const TIME_UNITS = ['ns', 'µs', 'ms', 's'] as const;

/** `1234567` → `1.23 ms`; whole ns below 1 µs. */
export function formatNs(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  return scaled(ns, 1000, TIME_UNITS, 3);
}

/** `0x` and eight digits: addresses are 32 bits wide. */
export function formatAddress(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}

/** `value` in the largest of `units` that it fills, with one decimal or `digits` significant ones. */
function scaled(value: number, base: number, units: readonly string[], digits?: number): string {
  const decimals = (scaledValue: number): number =>
    digits === undefined ? 1 : Math.max(0, digits - String(Math.floor(scaledValue)).length);
  let unit = 0;
  let rest = value;
  // The rounded figure decides, so that 1,023.96 KiB becomes 1.0 MiB rather than 1024.0 KiB.
  while (unit < units.length - 1 && Number(rest.toFixed(decimals(rest))) >= base) {
    rest /= base;
    unit += 1;
  }
  return `${rest.toFixed(decimals(rest))} ${units[unit]!}`;
}

/** A function's signature where there is little room: its own name if the whole is longer than people read (instances of templates). */
export function shortSignature(signature: string, most = 48): string {
  if (signature.length <= most) return signature;
  let depth = 0;
  let name = '';
  for (const character of signature.replaceAll('(anonymous namespace)::', '')) {
    if (character === '>') depth--;
    if (depth === 0 && character === '(') break;
    if (depth === 0) name += character === '<' ? '<…' : character;
    if (character === '<') depth++;
  }
  return name.slice(name.lastIndexOf(' ') + 1).replace(/^.*::/, '');
}
