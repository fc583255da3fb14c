/**
 * What real GPUs gave, or what the rules of docs/fidelity.md give by arithmetic, for programs of this folder under the driver uvm.
 *
 * Invariant: no figure here comes from a run of ours. A range is what profiles of several GPUs span; an absent figure is one that neither a
 * profile nor a rule fixes.
 */

/** Exact, or from … to. */
export type Expected = number | readonly [from: number, to: number];

/** Sizes in KiB. */
export interface Copies {
  readonly count: Expected;
  readonly total: number;
  readonly min: number;
  /** undefined: not fixed. */
  readonly max: number | undefined;
}

export interface Expectation {
  /** Program, options and arguments as in a command. */
  readonly words: string;
  readonly machine: string;
  /** `measured`, or why the rules give these figures. */
  readonly why: string;
  readonly toDevice?: Copies;
  readonly toHost?: Copies;
  readonly groups?: Expected;
  readonly cpuFaults?: Expected;
  /** KiB. */
  readonly evicted?: number;
}

export interface Topic {
  readonly title: string;
  readonly rows: readonly Expectation[];
}

/** By faults, each of them a page and the rest of what it brings. */
const copies = (count: Expected, total: number, max?: number): Copies => ({ count, total, min: 4, max });
/** By the program's request, or by eviction. */
const rows = (count: number, total: number, min: number, max: number): Copies => ({ count, total, min, max });
const NONE: Copies = { count: 0, total: 0, min: 0, max: 0 };

const ADD_1X1 = {
  words: 'add.cu -- 1 1',
  why: 'measured',
  toDevice: copies(48, 8192, 1020),
  toHost: copies(24, 4096, 1020),
  groups: 12,
  cpuFaults: 36,
} as const;

const ADD_GRID = {
  ...ADD_1X1,
  words: 'add.cu -- 4096 256',
  toDevice: copies([48, 180], 8192),
  groups: [8, 18],
} as const;

const MEASURED: Topic = {
  title: 'Measured programs',
  rows: [
    {
      words: 'steps.cu',
      machine: 'gtx1080-pcie3',
      why: 'measured',
      toDevice: copies(12, 2048, 1020),
      toHost: copies(13, 448, 64),
      groups: 6,
      cpuFaults: 12,
    },
    {
      words: 'vecadd-prefetch.cu -- 65536',
      machine: 't4-pcie3',
      why: 'measured',
      toDevice: rows(2, 512, 256, 256),
      toHost: copies(13, 1024, 256),
      groups: 1,
      cpuFaults: 9,
    },
    ...['t4-pcie3', 'v100-nvlink2', 'p100-pcie3', 'gtx1060-pcie3', 'rtx2060-pcie3', 'titanxp-pcie3'].map((machine) => ({
      ...ADD_1X1,
      machine,
    })),
    ...['t4-pcie3', 'p100-pcie3', 'gtx1060-pcie3', 'rtx2060-pcie3', 'titanxp-pcie3'].map((machine) => ({
      ...ADD_GRID,
      machine,
    })),
    {
      words: 'device-then-cpu.cu',
      machine: 'rtx2060-pcie3',
      why: 'measured',
      toDevice: NONE,
      toHost: copies(768, 131072, 1020),
      groups: [128, 640],
      cpuFaults: 384,
    },
  ],
};

type ByRule = Omit<Expectation, 'machine' | 'words'>;

const touch = (words: string, expected: ByRule): Expectation => ({
  words: `touch.cu${words}`,
  machine: 't4-pcie3',
  ...expected,
});

/** The CPU writes all in order, the device does, the CPU reads: so many faults for each, and all of it moves both ways. */
const sweeps = (words: string, faults: number, total: number, max: number, why: string): Expectation =>
  touch(` -- ${words} cpu.write gpu0.write cpu.read`, {
    why,
    toDevice: copies(2 * faults, total, max),
    toHost: copies(2 * faults, total, max),
    groups: faults,
    cpuFaults: 2 * faults,
  });

const SWEEPS: Topic = {
  title: 'Rule 1: the staircase',
  rows: [
    sweeps('2048', 6, 2048, 1020, 'one block: faults at 0, 64 K, 128 K, 256 K, 512 K and 1 M'),
    sweeps('8192', 24, 8192, 1020, 'four blocks'),
    touch(' -- 8192 gpu0.write cpu.read', {
      why: 'pages that nobody has touched are made on the device: no copies',
      toDevice: NONE,
      toHost: copies(48, 8192, 1020),
      groups: 24,
      cpuFaults: 24,
    }),
    touch(' -- 2048 cpu.write.down gpu0.write.down cpu.write.down', {
      why: 'the same stairs from the other end',
      toDevice: copies(12, 2048, 1020),
      toHost: copies(12, 2048, 1020),
      groups: 6,
      cpuFaults: 12,
    }),
    touch(' -- 2048 cpu.write.4096 gpu0.write.4096 cpu.read.4096', {
      why: 'a word of each page: as all of them',
      toDevice: copies(12, 2048, 1020),
      toHost: copies(12, 2048, 1020),
      groups: 6,
      cpuFaults: 12,
    }),
    touch(' -- 2048 cpu.write.65536 gpu0.write.65536 cpu.read.65536', {
      why: 'a word of each big page: as all of them',
      toDevice: copies(12, 2048, 1020),
      toHost: copies(12, 2048, 1020),
      groups: 6,
      cpuFaults: 12,
    }),
  ],
};

const TREE: Topic = {
  title: 'Rule 2: the tree',
  rows: [
    touch(' -- 2048 cpu.write gpu0.write@5', {
      why: 'page 5 of a big page: 20, 4 and 40 KiB',
      toDevice: copies(3, 64, 40),
      toHost: NONE,
      groups: 1,
      cpuFaults: 6,
    }),
    touch(' -- 2048 cpu.write gpu0.write.262144 cpu.read.262144', {
      why: 'every fourth big page: no subtree is dense. Back, 400 of 512 pages are there with the first fault: all come, in 7 more runs of 64 KiB',
      toDevice: copies(16, 512, 60),
      toHost: copies(9, 512, 64),
      groups: 8,
      cpuFaults: 7,
    }),
    touch(' -- 2048 cpu.write gpu0.write@320,48,432,192,128,0,480,256,80,400 cpu.read', {
      why: 'ten big pages in no order, no two of them one subtree of 128 KiB. Back, one fault brings them: 4, 60 and 9 × 64 KiB',
      toDevice: copies(20, 640, 60),
      toHost: copies(11, 640, 64),
      groups: 10,
      cpuFaults: 7,
    }),
    touch(' -- 2048 cpu.write gpu0.write@511,264,387,0,119', {
      why: 'at the end, inside and at the beginning of big pages: 2 + 3 + 3 + 2 + 3 runs',
      toDevice: copies(13, 320, 60),
      toHost: NONE,
      groups: 5,
      cpuFaults: 6,
    }),
    touch(' --devices 2 -- 4096 cpu.write gpu0.write gpu1.write cpu.read', {
      why: 'pages on another device count as elsewhere: each device faults 6 times a block',
      groups: 24,
      cpuFaults: 24,
    }),
  ],
};

const SHORT: Topic = {
  title: 'Rules 3 and 4: short blocks, and what shares a block',
  rows: [
    sweeps('2112', 6 + 1, 2112, 1020, 'a block, and a short one of 1 big page: 1 fault'),
    sweeps('2176', 6 + 2, 2176, 1020, 'of 2 big pages: 2'),
    sweeps('2240', 6 + 2, 2240, 1020, 'of 3: 2, the last brings 124 KiB'),
    sweeps('2304', 6 + 3, 2304, 1020, 'of 4: 3'),
    sweeps('2368', 6 + 3, 2368, 1020, 'of 5: 3'),
    sweeps('2432', 6 + 4, 2432, 1020, 'of 6: 4'),
    sweeps('2624', 6 + 4, 2624, 1020, 'of 9: 4'),
    sweeps('2688', 6 + 5, 2688, 1020, 'of 10: 5'),
    sweeps('3136', 6 + 5, 3136, 1020, 'of 17: 5'),
    sweeps('3200', 6 + 6, 3200, 1020, 'of 18: 6'),
    sweeps('2068', 6 + 1, 2068, 1020, 'of 5 pages, no big page: 1, which brings the other 4'),
    touch(' -- 2048.004 cpu.write gpu0.write cpu.read', {
      why: '2 MiB and a word: of 1 page, which comes alone',
      toDevice: copies(13, 2052, 1020),
      toHost: copies(13, 2052, 1020),
      groups: 7,
      cpuFaults: 14,
    }),
    sweeps('4', 1, 64, 60, '4 KiB in a shared range: the whole big page is made, and moves'),
    sweeps('3.5', 1, 64, 60, '3.5 KiB: the same'),
    sweeps('64', 1, 64, 60, 'a big page in a shared range'),
    sweeps('128', 2, 128, 60, '2 big pages: 2 faults'),
    sweeps('192', 3, 256, 124, '3: the third fault brings the fourth, too'),
    sweeps('320', 4, 512, 252, '5: the fourth brings 6 to 8'),
    sweeps('576', 5, 1024, 508, '9: the fifth brings 10 to 16'),
    sweeps('1088', 6, 2048, 1020, '17: the sixth brings all that is left of 2 MiB'),
    sweeps('256,256,256', 5, 1024, 508, 'three arrays, one tree: 12 big pages in a row'),
    sweeps('1024,1024,1024', 6 + 5, 3072, 1020, 'two share a range, the third begins another'),
    sweeps('1536,1024', 6 + 5, 3072, 1020, 'the second does not fit behind the first: of its range half is touched'),
    touch(' -- malloc:4096 cpu.write gpu0.write cpu.read', {
      why: 'memory of malloc: the kernel serves the first touch, so that the CPU faults only on what the device has',
      toDevice: copies(24, 4096, 1020),
      toHost: copies(24, 4096, 1020),
      groups: 12,
      cpuFaults: 12,
    }),
  ],
};

const CALLS: Topic = {
  title: 'Rule 5: prefetch and advice',
  rows: [
    touch(' -- 8192 cpu.write prefetch.gpu0 gpu0.write prefetch.cpu cpu.read', {
      why: 'there and back in rows of 2 MiB; no fault but first touch',
      toDevice: rows(4, 8192, 2048, 2048),
      toHost: rows(4, 8192, 2048, 2048),
      groups: 0,
      cpuFaults: 24,
    }),
    touch(' -- 5120 cpu.write prefetch.gpu0 gpu0.write prefetch.cpu cpu.read', {
      why: '2, 2 and 1 MiB; first touch of the short block: 16 big pages, 5 faults',
      toDevice: rows(3, 5120, 1024, 2048),
      toHost: rows(3, 5120, 1024, 2048),
      groups: 0,
      cpuFaults: 17,
    }),
    touch(' -- 4096 prefetch.gpu0 gpu0.write prefetch.cpu cpu.read', {
      why: 'nobody has touched it: made on the device, no copy',
      toDevice: NONE,
      toHost: rows(2, 4096, 2048, 2048),
      groups: 0,
      cpuFaults: 0,
    }),
    touch(' -- 2048 cpu.write prefetch.gpu0@100,200 gpu0.write cpu.read', {
      why: 'exactly 200 pages; then two faults: 4, 396 and 4, 844 KiB',
      toDevice: copies(5, 2048, 844),
      toHost: copies(12, 2048, 1020),
      groups: 2,
      cpuFaults: 12,
    }),
    touch(' -- 2048 cpu.write gpu0.write@256 prefetch.gpu0 cpu.read', {
      why: '4 and 60 KiB by a fault, then what is before and behind them: 1,024 and 960 KiB',
      toDevice: copies(4, 2048, 1024),
      toHost: copies(12, 2048, 1020),
      groups: 1,
      cpuFaults: 12,
    }),
    touch(' -- 4096 advise.readmostly cpu.write gpu0.read cpu.read', {
      why: 'ReadMostly: copies there, the CPU keeps its pages',
      toDevice: copies(24, 4096, 1020),
      toHost: NONE,
      groups: 12,
      cpuFaults: 12,
    }),
    touch(' -- 4096 advise.readmostly cpu.write prefetch.gpu0 gpu0.read cpu.read', {
      why: 'the same by request',
      toDevice: rows(2, 4096, 2048, 2048),
      toHost: NONE,
      groups: 0,
      cpuFaults: 12,
    }),
    touch(' -- 8192 advise.preferred.gpu0 gpu0.write', {
      why: 'an empty block, and the one who faults is preferred: all of it by one fault',
      toDevice: NONE,
      toHost: NONE,
      groups: 4,
      cpuFaults: 0,
    }),
    touch(' -- 8192 advise.preferred.cpu cpu.write', {
      why: 'the same for the CPU',
      toDevice: NONE,
      toHost: NONE,
      groups: 0,
      cpuFaults: 4,
    }),
    touch(' -- 4096 cpu.write advise.accessed.gpu0 gpu0.read', {
      why: 'AccessedBy: mapped at once, no fault, nothing moves',
      toDevice: NONE,
      toHost: NONE,
      groups: 0,
      cpuFaults: 12,
    }),
    touch(' -- 4096 advise.accessed.gpu0 cpu.write gpu0.read', {
      why: 'the same for pages that come later',
      toDevice: NONE,
      toHost: NONE,
      groups: 0,
      cpuFaults: 12,
    }),
  ],
};

const EVICTION: Topic = {
  title: 'Rule 5: eviction',
  rows: [
    touch(' --device-memory 20M -- 22528 cpu.write gpu0.write cpu.read', {
      why: '110 %: 11 blocks for 10 chunks. The last makes the first leave, in one row. The CPU reads 10 blocks from the device; what left is there and only unmapped: one fault maps all of it',
      toDevice: copies(132, 22528, 1020),
      toHost: copies(1 + 10 * 12, 22528, 2048),
      groups: 66,
      cpuFaults: 66 + 10 * 6 + 1,
      evicted: 2048,
    }),
    touch(' --device-memory 20M -- 22528 cpu.write gpu0.write gpu0.write', {
      why: 'twice in order: the second time, each block makes the next one leave before it is reached, 1 + 11 rows',
      toDevice: copies(264, 45056, 1020),
      toHost: rows(12, 24576, 2048, 2048),
      groups: 132,
      cpuFaults: 66,
      evicted: 24576,
    }),
    touch(' --device-memory 20M -- 30720 cpu.write gpu0.write cpu.read', {
      why: '150 %: 15 blocks for 10 chunks, 5 leave, and cost the CPU one fault each',
      toDevice: copies(180, 30720, 1020),
      toHost: copies(5 + 10 * 12, 30720, 2048),
      groups: 90,
      cpuFaults: 90 + 10 * 6 + 5,
      evicted: 10240,
    }),
    touch(' --device-memory 20M -- 22528 cpu.write prefetch.gpu0', {
      why: '110 % by request',
      toDevice: rows(11, 22528, 2048, 2048),
      toHost: rows(1, 2048, 2048, 2048),
      groups: 0,
      cpuFaults: 66,
      evicted: 2048,
    }),
  ],
};

const SAMPLES: Topic = {
  title: 'Samples that people profile: what the rules fix of them',
  rows: [
    {
      words: 'add.cu -- 1 1 1000003',
      machine: 't4-pcie3',
      why: '977 pages each: a block and a short one of 465 pages, 6 faults as well; the last brings 832 KiB',
      toDevice: copies(48, 2 * 3908, 1020),
      toHost: copies(24, 3908, 1020),
      groups: 12,
      cpuFaults: 36,
    },
    {
      words: 'add-init.cu -- 1 1',
      machine: 't4-pcie3',
      why: 'a kernel fills the arrays: nothing to copy; its two stores fault together',
      toDevice: NONE,
      toHost: copies(24, 4096, 1020),
      groups: 12,
      cpuFaults: 12,
    },
    {
      words: 'add-init.cu -- 4096 256',
      machine: 'p100-pcie3',
      why: 'the same by a grid',
      toDevice: NONE,
      toHost: copies(24, 4096, 1020),
      cpuFaults: 12,
    },
    {
      words: 'add-init.cu -- 4096 256 1048576 prefetch',
      machine: 'p100-pcie3',
      why: 'filled on the CPU, then prefetched: 4 rows of 2 MiB',
      toDevice: rows(4, 8192, 2048, 2048),
      toHost: copies(24, 4096, 1020),
      groups: 0,
      cpuFaults: 36,
    },
    {
      words: 'matmul.cu -- 512',
      machine: 't4-pcie3',
      why: 'A and B share a range of 2 MiB (6 faults), C begins another, of which half is touched (5 faults)',
      toDevice: copies([2, 1024], 2048),
      toHost: copies(10, 1024, 508),
      cpuFaults: 11,
    },
  ],
};

export const TOPICS: readonly Topic[] = [MEASURED, SWEEPS, TREE, SHORT, CALLS, EVICTION, SAMPLES];
