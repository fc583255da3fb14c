/** Sizes, times and counts as people type them. Each parser names the option it reads for, so that its error is complete. */
import { UsageError } from './usage-error.js';

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i;
const SIZE_POWERS = ['', 'k', 'm', 'g', 't'];

/** `64M`, `1G`, `512KiB`, `4096`: units are powers of 1024, as everywhere in memory management. */
export function parseSize(text: string, option: string): number {
  const match = SIZE.exec(text.trim());
  const bytes = match === null ? Number.NaN : Number(match[1]) * 1024 ** SIZE_POWERS.indexOf(match[2]!.toLowerCase());
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new UsageError(
      `${option} needs a size, but is '${text}'.`,
      'Write bytes or a unit, such as 65536, 512K, 64M or 1.5G.',
    );
  }
  return bytes;
}

const TIME = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|μs|ms|s)$/;
const NS_PER_UNIT: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9 };

/** `500us`, `10ms`, `2s`, in ns. The unit is required: 10 could be anything. */
export function parseDuration(text: string, option: string): number {
  const match = TIME.exec(text.trim());
  const ns = match === null ? Number.NaN : Math.round(Number(match[1]) * NS_PER_UNIT[match[2]!]!);
  if (!Number.isSafeInteger(ns) || ns <= 0) {
    throw new UsageError(
      `${option} needs a time with its unit, but is '${text}'.`,
      'Write for example 800ns, 500us, 10ms or 2s.',
    );
  }
  return ns;
}

/** Seconds of real time, fractions allowed, in ms. */
export function parseSeconds(text: string, option: string): number {
  const ms = /^\d+(?:\.\d+)?s?$/.test(text) ? Math.round(Number.parseFloat(text) * 1000) : Number.NaN;
  // 2^31 - 1 ms is as long as a timer of the host can wait.
  if (!(ms > 0 && ms < 2 ** 31)) {
    throw new UsageError(
      `${option} needs a number of seconds above 0, but is '${text}'.`,
      'Write for example 10 or 0.5.',
    );
  }
  return ms;
}

/** A whole number from `from` to `to`. */
export function parseWhole(text: string, option: string, from: number, to: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < from || number > to) {
    const range = to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`;
    throw new UsageError(`${option} needs a whole number ${range}, but is '${text}'.`, `Write for example ${from}.`);
  }
  return number;
}
