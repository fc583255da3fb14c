/**
 * The module parameters of nvidia-uvm, with their defaults and limits. Source: NVIDIA open-gpu-kernel-modules 595.45.04, `module_param` in
 * kernel-open/nvidia-uvm.
 */

import type { DriverParameter, DriverParameters } from '../parameters.js';

function parameter(
  name: string,
  value: number,
  minimum: number,
  maximum: number,
  description: string,
): DriverParameter {
  return { name, default: value, minimum, maximum, description };
}

const flag = (name: string, value: number, description: string): DriverParameter =>
  parameter(name, value, 0, 1, description);

const LARGEST = 1_000_000_000;

export const UVM_PARAMETERS = [
  flag('uvm_perf_prefetch_enable', 1, 'Whether pages around those that faulted come along (1) or not (0).'),
  parameter(
    'uvm_perf_prefetch_threshold',
    51,
    0,
    100,
    'Percent of a part of a 2 MiB block that must be exceeded for all of it to come along; at 100 nothing does.',
  ),
  parameter(
    'uvm_perf_prefetch_min_faults',
    1,
    1,
    20,
    'Pages of a block that must have faulted for the same processor before others come along.',
  ),
  parameter('uvm_perf_fault_batch_count', 256, 1, 4096, 'Faults that are taken from a device’s buffer at once.'),
  parameter(
    'uvm_perf_fault_replay_policy',
    2,
    0,
    3,
    'When threads that faulted try again: 0 after each block, 1 after each batch, 2 after each batch with the buffer emptied, 3 when the buffer is empty.',
  ),
  parameter(
    'uvm_perf_fault_replay_update_put_ratio',
    50,
    0,
    100,
    'Percent of duplicates in a batch above which the end of the buffer is read again before it is emptied; no effect here, where it is always read.',
  ),
  parameter(
    'uvm_perf_fault_max_batches_per_service',
    20,
    1,
    LARGEST,
    'Batches that one interrupt services; no effect here, where no interrupt has to return.',
  ),
  parameter(
    'uvm_perf_fault_max_throttle_per_service',
    5,
    1,
    LARGEST,
    'Batches of only throttled faults that one interrupt services; no effect here, where no interrupt has to return.',
  ),
  flag(
    'uvm_perf_fault_coalesce',
    1,
    'Whether entries of a batch for the same page are merged before they are serviced.',
  ),
  parameter(
    'uvm_perf_reenable_prefetch_faults_lapse_msec',
    1000,
    0,
    LARGEST,
    'Milliseconds for which faults of prefetch instructions stay switched off; no effect here, where no instruction prefetches.',
  ),
  flag('uvm_perf_thrashing_enable', 1, 'Whether pages that go to and fro between processors are looked for.'),
  parameter('uvm_perf_thrashing_threshold', 3, 1, 7, 'Moves of a page, each soon after the last, that make it thrash.'),
  parameter(
    'uvm_perf_thrashing_pin_threshold',
    10,
    1,
    255,
    'Times that processors are held back from a page that thrashes before it is pinned where it is used.',
  ),
  parameter(
    'uvm_perf_thrashing_lapse_usec',
    500,
    1,
    LARGEST,
    'Microseconds within which a page must move again to count; the default adjusts itself, any other value stays.',
  ),
  parameter(
    'uvm_perf_lapse_vote_threshold',
    32,
    1,
    LARGEST,
    'How many more gaps between moves must be longer than shorter, or the reverse, before the lapse is adjusted.',
  ),
  parameter(
    'uvm_perf_thrashing_nap',
    1,
    1,
    250,
    'How long a processor is held back from a page that thrashes, in lapses.',
  ),
  parameter(
    'uvm_perf_thrashing_epoch',
    2000,
    1,
    LARGEST,
    'Lapses without thrashing after which a block starts afresh.',
  ),
  parameter(
    'uvm_perf_thrashing_pin',
    300,
    0,
    LARGEST,
    'Lapses for which a page that thrashes stays pinned; 0 is for ever.',
  ),
  parameter('uvm_perf_thrashing_max_resets', 4, 0, 255, 'How often a block may start afresh.'),
  flag(
    'uvm_perf_map_remote_on_native_atomics_fault',
    0,
    'Whether an atomic operation of a device maps a page of another one with native atomics instead of moving it.',
  ),
  parameter(
    'uvm_perf_access_counter_migration_enable',
    -1,
    -1,
    1,
    'Whether pages that a device often uses in somebody else’s memory move to it: 0 no, 1 yes, -1 where it uses the CPU’s page tables; only devices that have access counters.',
  ),
  parameter(
    'uvm_perf_access_counter_batch_count',
    256,
    1,
    4096,
    'Notifications of access counters that are serviced at once.',
  ),
  parameter(
    'uvm_perf_access_counter_threshold',
    256,
    1,
    65535,
    'Accesses of a device to a 64 KiB part of another memory after which the driver is told of it.',
  ),
  flag(
    'uvm_perf_migrate_cpu_preunmap_enable',
    1,
    'Whether the CPU’s mappings of several blocks go before the first is copied; no effect here, where unmapping costs the same either way.',
  ),
  parameter(
    'uvm_perf_migrate_cpu_preunmap_block_order',
    2,
    0,
    10,
    'How many blocks that is, as a power of two; no effect here, where unmapping costs the same either way.',
  ),
  flag(
    'uvm_perf_map_remote_on_eviction',
    1,
    'Whether what is evicted stays mapped on the device, where access counters move pages.',
  ),
  parameter(
    'uvm_perf_pma_batch_nonpinned_order',
    6,
    0,
    10,
    'Chunks of device memory that are taken from the resource manager at once, as a power of two; no effect here, where taking them costs nothing.',
  ),
  flag('uvm_fault_force_sysmem', 0, 'Whether what faults stays in, or goes to, system memory.'),
  flag('uvm_global_oversubscription', 1, 'Whether a full device makes room by evicting pages.'),
  flag('uvm_disable_hmm', 0, 'Whether devices cannot reach memory that the driver did not allocate.'),
  flag(
    'uvm_ats_mode',
    1,
    'Whether devices use the CPU’s page tables (ATS), on machines where they can and memory is coherent.',
  ),
  flag(
    'uvm_enable_va_space_mm',
    1,
    'Whether the driver holds the process’s address space; no effect here, where there is no other way.',
  ),
  flag(
    'uvm_exp_gpu_cache_peermem',
    0,
    'Whether devices cache each other’s memory; no effect here, where no caches are modelled.',
  ),
  flag(
    'uvm_exp_gpu_cache_sysmem',
    0,
    'Whether devices cache system memory; no effect here, where no caches are modelled.',
  ),
  flag(
    'uvm_enable_builtin_tests',
    0,
    'Whether the driver’s own tests can be called; no effect here, where there are none.',
  ),
] as const satisfies readonly DriverParameter[];

/** What the driver goes by, in the units that it calculates with. */
export interface UvmSettings {
  readonly prefetch: boolean;
  readonly prefetchThreshold: number;
  readonly prefetchMinFaults: number;
  readonly batchEntries: number;
  readonly replay: 'block' | 'batch' | 'flush' | 'once';
  readonly coalesce: boolean;
  readonly thrashing: ThrashingSettings;
  readonly remoteOnAtomics: boolean;
  readonly forceSystemMemory: boolean;
  readonly oversubscription: boolean;
  readonly hmm: boolean;
  /** Whether devices use the process's page table where they can. */
  readonly ats: boolean;
  readonly accessCounters: AccessCounterSettings;
}

export interface AccessCounterSettings {
  /** -1: where devices use the CPU's page tables. */
  readonly migration: number;
  readonly threshold: number;
  readonly batchNotifications: number;
  /** Whether what is evicted from a device that counts stays mapped there. */
  readonly mapsEvicted: boolean;
}

export interface ThrashingSettings {
  readonly enabled: boolean;
  readonly threshold: number;
  readonly pinThreshold: number;
  readonly lapseNs: number;
  /** Whether the lapse is the default, which adjusts itself. */
  readonly adjustsLapse: boolean;
  readonly lapseVotes: number;
  readonly napNs: number;
  readonly epochNs: number;
  /** 0: for ever. */
  readonly pinNs: number;
  readonly maxResets: number;
}

const REPLAY = ['block', 'batch', 'flush', 'once'] as const;
const DEFAULT_LAPSE_USEC = 500;

/** @param values all of UVM_PARAMETERS, checked (driverParameters) */
export function uvmSettings(values: DriverParameters): UvmSettings {
  const of = (name: (typeof UVM_PARAMETERS)[number]['name']): number => values[name]!;
  return {
    prefetch: of('uvm_perf_prefetch_enable') !== 0,
    prefetchThreshold: of('uvm_perf_prefetch_threshold'),
    prefetchMinFaults: of('uvm_perf_prefetch_min_faults'),
    batchEntries: of('uvm_perf_fault_batch_count'),
    replay: REPLAY[of('uvm_perf_fault_replay_policy')] ?? 'flush',
    coalesce: of('uvm_perf_fault_coalesce') !== 0,
    thrashing: thrashingSettings(of),
    remoteOnAtomics: of('uvm_perf_map_remote_on_native_atomics_fault') !== 0,
    forceSystemMemory: of('uvm_fault_force_sysmem') !== 0,
    oversubscription: of('uvm_global_oversubscription') !== 0,
    hmm: of('uvm_disable_hmm') === 0,
    ats: of('uvm_ats_mode') !== 0,
    accessCounters: {
      migration: of('uvm_perf_access_counter_migration_enable'),
      threshold: of('uvm_perf_access_counter_threshold'),
      batchNotifications: of('uvm_perf_access_counter_batch_count'),
      mapsEvicted: of('uvm_perf_map_remote_on_eviction') !== 0,
    },
  };
}

function thrashingSettings(of: (name: (typeof UVM_PARAMETERS)[number]['name']) => number): ThrashingSettings {
  const lapseUsec = of('uvm_perf_thrashing_lapse_usec');
  const lapseNs = lapseUsec * 1000;
  return {
    enabled: of('uvm_perf_thrashing_enable') !== 0,
    threshold: of('uvm_perf_thrashing_threshold'),
    pinThreshold: of('uvm_perf_thrashing_pin_threshold'),
    lapseNs,
    adjustsLapse: lapseUsec === DEFAULT_LAPSE_USEC,
    lapseVotes: of('uvm_perf_lapse_vote_threshold'),
    napNs: lapseNs * of('uvm_perf_thrashing_nap'),
    epochNs: lapseNs * of('uvm_perf_thrashing_epoch'),
    pinNs: lapseNs * of('uvm_perf_thrashing_pin'),
    maxResets: of('uvm_perf_thrashing_max_resets'),
  };
}
