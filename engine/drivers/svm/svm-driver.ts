/**
 * The driver `svm`: AMD's shared virtual memory of amdkfd. Memory is managed in ranges with attributes; a retry fault of a device's brings
 * the granularity slice around the page to where it should be, and maps it; a CPU fault brings that slice back; a full device gives up whole
 * ranges. With `xnack` 0 devices cannot fault: managed memory is mapped before kernels run, and what the CPU changes stops their queues.
 *
 * Invariant: what a device maps lies in one range, or belongs to a buffer object (device, local and pinned memory), which no range has a page
 * of. Sources: drivers/gpu/drm/amd/amdkfd/kfd_svm.c, kfd_migrate.c (svm_migrate_to_ram), amdgpu_ih.h, ROCm/clr rocdevice.cpp (SvmAllocInit).
 */

import type { Errno } from '../../memory/errno.js';
import type { Access } from '../../memory/event.js';
import { FAULT_RESOLVED, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { pteFrame, pteType, PteType } from '../../memory/page-table.js';
import { frameNode, type PageIndex } from '../../memory/units.js';
import type { VmaKind } from '../../memory/vma.js';
import type { AdvisedRange, MemoryAdvice, Processor, RangeAttributes } from '../advice.js';
import { DeviceEvents } from '../device-events.js';
import { notAttached, type Device, type Driver, type DriverContext } from '../driver.js';
import type { FaultBatch, FaultBufferPolicy } from '../fault-batch.js';
import type { DriverParameter, DriverParameters } from '../parameters.js';
import { adviceAttribute, type SvmAttribute } from './attributes.js';
import { MAX_GRANULARITY } from './range.js';
import { summarize } from './range-attributes.js';
import { RetryFaults } from './retry-faults.js';
import { SvmProcess } from './svm-process.js';

/** HSA_XNACK, and parameters of the module amdgpu. */
export const SVM_PARAMETERS: readonly DriverParameter[] = [
  {
    name: 'xnack',
    default: 1,
    minimum: 0,
    maximum: 1,
    description: 'Whether a device can fault and try again; without it, only managed memory is shared.',
  },
  {
    name: 'svm_default_granularity',
    default: 9,
    minimum: 0,
    maximum: MAX_GRANULARITY,
    description: 'What migrates at once, as the logarithm to the base 2 of pages.',
  },
  {
    name: 'no_system_mem_limit',
    default: 0,
    minimum: 0,
    maximum: 1,
    description: 'Whether, without xnack, managed memory may exceed what the kernel keeps in system memory.',
  },
];

interface Attached {
  readonly context: DriverContext;
  readonly process: SvmProcess;
  readonly faults: RetryFaults;
}

export class SvmDriver implements Driver {
  readonly name = 'svm';
  /**
   * Each wave asks for its translation again and again by itself: there is no replay to be told of, and nothing to flush. The interrupt handler
   * takes up to 32 entries of its ring in one go (AMDGPU_IH_MAX_NUM_IVS) and serves them one by one; what an earlier one has mapped is dropped,
   * and waves go on while the rest of the ring waits. Without xnack there are no faults to be served.
   */
  readonly faultBuffer?: FaultBufferPolicy;
  readonly #parameters: DriverParameters;
  #attached: Attached | undefined;

  /** @param parameters all of {@link SVM_PARAMETERS} */
  constructor(parameters: DriverParameters) {
    this.#parameters = parameters;
    if (parameters.xnack === 1) this.faultBuffer = { batchEntries: 32, replay: 'always' };
  }

  attach(context: DriverContext): void {
    const events = new DeviceEvents(context);
    const { xnack, svm_default_granularity: granularity = 0, no_system_mem_limit: unlimited } = this.#parameters;
    const process = new SvmProcess(context, events, {
      xnack: xnack === 1,
      granularity,
      noMemoryLimit: unlimited === 1,
    });
    this.#attached = { context, process, faults: new RetryFaults(context, events, process) };
  }

  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult {
    return this.#use.faults.serve(device, page, access);
  }

  serviceFaults(device: Device, batch: FaultBatch): void {
    this.#use.faults.serveBatch(device, batch);
  }

  /** The granularity slice comes back, or the page alone where no range is (a child's, whose parent has unmapped it). */
  migrateToRam(device: Device, page: PageIndex, _access: Access, mm: Mm): FaultResult {
    const { ranges, migration, pages } = this.#use.process;
    const range = ranges.find(page);
    if (range?.buffer?.device === device) {
      const { start, end } = range.sliceOf(page);
      migration.toRam(range, start, end, 'fault', mm, page);
    }
    const pte = mm.pageTable.get(page);
    const stays = pteType(pte) === PteType.devicePrivate && frameNode(pteFrame(pte)) === device.node;
    return stays ? pages.toRam(device, page, mm) : FAULT_RESOLVED;
  }

  /** Whole ranges have to go; after them what outlives its range: a child's pages. */
  makeRoom(device: Device, count: number): boolean {
    const { migration, pages } = this.#use.process;
    return migration.buffers.makeRoom(device) || pages.evict(device, count);
  }

  /** What finds no room on the device stays in system memory. */
  prefetch(target: Device | undefined, start: PageIndex, count: number): 0 | Errno {
    return this.#use.process.prefetch(start, start + count, target ?? 'cpu');
  }

  advise(advice: MemoryAdvice, { start, count }: AdvisedRange, location: Processor | undefined): 0 | Errno {
    const attribute = adviceAttribute(advice, location);
    return attribute === undefined ? 0 : this.setAttributes(start, count, [attribute]);
  }

  rangeAttributes({ start, count }: AdvisedRange): RangeAttributes {
    const { context, process } = this.#use;
    const parts = process.ranges.overlapping(start, start + count);
    const covered = parts.reduce(
      (sum, part) => sum + Math.min(part.end, start + count) - Math.max(part.start, start),
      0,
    );
    return summarize(covered < count ? [...parts, process.defaults] : parts, context.devices);
  }

  /** hipMallocManaged registers what it allocates with every device; without xnack that maps it, too. */
  allocated(start: PageIndex, count: number, kind: VmaKind): 0 | Errno {
    return kind === 'managed' ? this.#use.process.registerManaged(start, start + count) : 0;
  }

  /** See {@link SvmProcess.setAttributes}. */
  setAttributes(start: PageIndex, count: number, attributes: readonly SvmAttribute[]): 0 | Errno {
    return this.#use.process.setAttributes(start, start + count, attributes);
  }

  get #use(): Attached {
    return this.#attached ?? notAttached(this);
  }
}
