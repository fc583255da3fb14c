/** Address spaces: the one of a small program, a page in each state, and a million pages. */
import {
  CONDITIONS,
  PAGE_SIZE,
  Place,
  residencyCode,
  type Area,
  type Condition,
  type EventText,
  type HostMessage,
  type HostMessageOf,
  type Node,
  type PageMessage,
} from '../../../media/messages.js';

export const NODES: Node[] = [
  { name: 'cpu', label: 'CPU' },
  { name: 'gpu0', label: 'gpu0' },
];
const CPU = Place.firstNode;
const GPU = CPU + 1;

const source = (line: number): Area['source'] => ({ path: '/work/add.cu', line, label: `add.cu:${line}` });

function area(id: number, name: string, kind: string, firstPage: number, pageCount: number, line: number | null): Area {
  return {
    id,
    name,
    kind,
    firstPage,
    pageCount,
    bytes: pageCount * PAGE_SIZE,
    source: line === null ? null : source(line),
  };
}

function reset(nodes: Node[], areas: Area[], codeAt: (area: Area, page: number) => number): HostMessageOf<'mapReset'> {
  const pages = areas.reduce((sum, { pageCount }) => sum + pageCount, 0);
  const codes = new Uint8Array(pages);
  const ranges = new Uint32Array(areas.length * 2);
  let at = 0;
  areas.forEach((one, n) => {
    ranges.set([one.firstPage, one.pageCount], n * 2);
    for (let page = 0; page < one.pageCount; page++) codes[at++] = codeAt(one, page);
  });
  return { type: 'mapReset', seq: 0, nodes, areas, ranges, codes };
}

/** Half way through a kernel that reads `x` and writes `y`. */
export function map(): HostMessageOf<'mapReset'> {
  const areas = [
    area(0, 'constants', 'read-only data', 1, 12, null),
    area(0, 'globals', 'data', 16, 20, null),
    area(1, 'x', 'managed', 0x200, 1024, 18),
    area(2, 'y', 'managed', 0x600, 1024, 19),
    area(3, 'staging', 'pinned', 0xa00, 96, 21),
    area(4, 'table.bin', 'file', 0xb00, 200, 23),
    area(0, 'stack of main', 'stack', 0xff0, 16, null),
  ];
  return reset(NODES, areas, ({ name }, page) => {
    switch (name) {
      case 'constants':
        return residencyCode(CPU, 'both', false);
      case 'x':
        return page < 600 ? residencyCode(GPU, 'both', page >= 480) : residencyCode(CPU, 'plain', false);
      case 'y':
        if (page < 590) return residencyCode(GPU, 'plain', page >= 470);
        return page < 600 ? residencyCode(CPU, 'migrating', true) : residencyCode(CPU, 'plain', false);
      case 'staging':
        return residencyCode(CPU, 'pinned', false);
      case 'table.bin':
        return page % 16 < 5 || page < 40 ? residencyCode(CPU, 'file', false) : Place.nowhere;
      default:
        return page < 9 ? residencyCode(CPU, 'plain', false) : Place.nowhere;
    }
  });
}

/** Each place in each condition, plain and changed, on a machine with four devices. */
export function zoo(): HostMessageOf<'mapReset'> {
  const nodes = ['CPU', 'gpu0', 'gpu1', 'gpu2', 'gpu3'].map((label) => ({ name: label.toLowerCase(), label }));
  // What is swapped out is on no node.
  const conditions: Condition[] = CONDITIONS.filter((condition) => condition !== 'swapped');
  const areas = [
    area(0, 'nowhere', 'data', 16, 4, null),
    ...nodes.map(({ label }, n) => area(n, label, 'managed', 32 * (n + 1), conditions.length * 2, 10 + n)),
  ];
  return reset(nodes, areas, (one, page) => {
    if (one.name === 'nowhere') return residencyCode(Place.nowhere, page < 2 ? 'plain' : 'swapped', page % 2 === 1);
    const node = nodes.findIndex(({ label }) => label === one.name);
    return residencyCode(Place.firstNode + node, conditions[page >> 1] ?? 'plain', page % 2 === 1);
  });
}

/** Four areas with all pages of the address space, in stripes and waves. */
export function million(): HostMessageOf<'mapReset'> {
  const areas = [0, 1, 2, 3].map((n) => area(n + 1, `block${n}`, 'managed', n << 18, 1 << 18, 10 + n));
  return reset(NODES, areas, (one, page) => {
    const wave = (page * (3 + one.id) + ((page * page) >> 9)) % 4096;
    return wave < 1500 ? residencyCode(GPU, 'plain', wave < 200) : residencyCode(CPU, 'plain', false);
  });
}

/** Of so many pages from `firstPage` on. */
export function delta(firstPage: number, count: number, node: number, condition: Condition): HostMessageOf<'mapDelta'> {
  return {
    type: 'mapDelta',
    seq: 0,
    ranges: new Uint32Array([firstPage, count]),
    codes: new Uint8Array(count).fill(residencyCode(Place.firstNode + node, condition, true)),
    clearChanged: true,
  };
}

function event(number: number, timeNs: number, headline: string, line: number, page: number): EventText {
  return {
    event: number,
    timeNs,
    headline,
    fields: [],
    source: source(line),
    pages: { firstPage: page, pageCount: 1 },
  };
}

export function answerMap(question: PageMessage): HostMessage | null {
  if (question.type !== 'pageDetails') return null;
  const { page, request } = question;
  const fault = event(2051, 30_412_000, 'gpu0 page fault: write, the page was in cpu memory', 11, page);
  const move = event(2052, 30_414_000, 'migration of 1 page from cpu to gpu0, because of a page fault', 11, page);
  return {
    type: 'pageDetails',
    request,
    page,
    fields: [
      ['May read', 'gpu0'],
      ['May write', 'gpu0'],
    ],
    lastFault: fault,
    lastMove: move,
    history: [move, fault, event(1026, 4_211_000, 'cpu page fault: write, first touch', 25, page)],
  };
}
