/** Lists of events, made as they are asked for. */
import type { HostMessage, HostMessageOf, PageMessage } from '../../../media/messages.js';

const KINDS = ['cpuFault', 'deviceFault', 'faultBatch', 'migrate', 'invalidate', 'evict', 'prefetch', 'launch'];
const TEXTS = [
  '',
  ...KINDS,
  'cpu',
  'gpu0',
  'cpu → gpu0',
  'gpu0 → cpu',
  'fault',
  'evict',
  'x',
  'y',
  'add.cu:11',
  'add.cu:24',
  'add.cu:39',
];
const at = (text: string): number => TEXTS.indexOf(text);

export function events(total: number, more: Partial<HostMessageOf<'eventsReset'>> = {}): HostMessageOf<'eventsReset'> {
  return {
    type: 'eventsReset',
    seq: 0,
    generation: 1,
    total,
    overflow: 0,
    filter: '',
    error: null,
    scope: null,
    kinds: KINDS,
    grown: false,
    ...more,
  };
}

export function history(): HostMessageOf<'eventsReset'> {
  return events(7, { generation: 2, scope: { firstPage: 0x6a2, pageCount: 1, title: 'page 0x6a2 of y' } });
}

/** Rows are a function of their number. */
export function answerEvents(total: number): (question: PageMessage) => HostMessage | null {
  return (question) => {
    if (question.type !== 'rows') return null;
    const { request, generation, from } = question;
    const length = Math.max(0, Math.min(question.count, total - from));
    const numbers = Float64Array.from({ length }, (_, n) => from + n);
    const word = (of: (n: number) => string): Uint32Array => Uint32Array.from(numbers, (n) => at(of(n)));
    const kindOf = (n: number): string => (n < 2 ? 'launch' : (KINDS[(n * 7) % 11] ?? 'deviceFault'));
    const moves = (n: number): boolean => ['migrate', 'evict', 'prefetch'].includes(kindOf(n));
    const hasPages = (n: number): boolean => kindOf(n) !== 'launch';
    return {
      type: 'rows',
      request,
      generation,
      from,
      numbers,
      timesNs: numbers.map((n) => 30_412_000 + n * 14_280),
      durationsNs: numbers.map((n) => (hasPages(n) ? 900 + ((n * 37) % 50) * 820 : 0)),
      firstPages: Uint32Array.from(numbers, (n) => 0x600 + ((n * 5) % 1024)),
      pageCounts: Uint32Array.from(numbers, (n) => (hasPages(n) ? 1 + (n % 16) : 0)),
      bytes: numbers.map((n) => (moves(n) ? (1 + (n % 16)) * 4096 : 0)),
      kinds: word(kindOf),
      agents: word((n) => (n % 3 === 0 ? 'cpu' : 'gpu0')),
      moves: word((n) => (moves(n) ? (kindOf(n) === 'evict' ? 'gpu0 → cpu' : 'cpu → gpu0') : '')),
      causes: word((n) => (kindOf(n) === 'evict' ? 'evict' : hasPages(n) ? 'fault' : '')),
      allocations: word((n) => (hasPages(n) ? (n % 2 === 0 ? 'y' : 'x') : '')),
      places: word((n) => ['add.cu:11', 'add.cu:24', 'add.cu:39'][n % 3] ?? ''),
      texts: TEXTS,
    };
  };
}
