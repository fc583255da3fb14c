/** How the linker makes a program's image of its objects and the runtime's. */

/** Where the program's image begins; below lie the permission tables and the stacks. */
export const IMAGE_BASE = 0x0700_0000;
const LIBRARIES = '/usr/lib/wasm32-wasip1';
const BUILTINS = '/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a';

/** @param objects names of files, in order */
export function linkArguments(objects: readonly string[]): string[] {
  return [
    'wasm-ld',
    '-m',
    'wasm32',
    '--no-demangle',
    '--import-memory',
    '--max-memory=4294967296',
    `--global-base=${String(IMAGE_BASE)}`,
    '-z',
    'stack-size=16384',
    // Small numbers are no functions: SIG_IGN is 1.
    '--table-base=16',
    '--export-table',
    '--growable-table',
    '--no-check-features',
    ...EXPORTED.map((name) => `--export=${name}`),
    ...WRAPPED.map((name) => `--wrap=${name}`),
    `-L/usr/lib/wasm32-unknown-wasip1`,
    `-L${LIBRARIES}`,
    ...objects,
    `${LIBRARIES}/crt1-command.o`,
    '-lc++',
    '-lc++abi',
    // printf of a long double.
    '-lc-printscan-long-double',
    '-lc',
    BUILTINS,
    '-o',
    'out.o',
  ];
}

/** Symbols that generated code, the instrumenter or the engine looks up. */
const EXPORTED = [
  '__heap_base',
  '__data_end',
  '__faultline_data_start',
  '__faultline_managed_start',
  '__faultline_threadIdx',
  '__faultline_blockIdx',
  '__faultline_blockDim',
  '__faultline_gridDim',
  '__faultline_device_end',
  '__faultline_shared_start',
  '__faultline_region_finished',
  '__faultline_team_thread',
  ...[
    'access',
    'frame',
    'copy',
    'fill',
    'memory_size',
    'memory_grow',
    'poll',
    'preempt',
    'region_begin',
    'region_end',
    'launch',
  ].map((name) => `__faultline_${name}`),
];

/** Calls of these go to the runtime's `__wrap_` functions: allocation is reported, devices print through the host, a page has 4 KiB, abort() is SIGABRT. */
const WRAPPED = [
  ...['malloc', 'calloc', 'realloc', 'free', 'aligned_alloc', 'posix_memalign'],
  ...['printf', 'fprintf', 'puts', 'putchar'],
  ...['sysconf', 'getpagesize'],
  ...['open', 'openat'],
  'abort',
];
