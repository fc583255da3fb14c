/**
 * The shape of a machine file, and what each field means. The message of each check is what is expected there: machine-error.ts makes the
 * sentence around it. docs/machine.schema.json, which editors complete machine files from, is made of this schema.
 */

import * as v from 'valibot';

const WHOLE = 'a whole number of at least 1';
const MEMORY = 'a whole number of at least 4096';
const POSITIVE = 'a number greater than 0';
const COST = 'a number of at least 0';
const FLAG = 'true or false';
const NAME = 'a text that is not empty';
const VENDOR = "'nvidia', 'amd' or 'other'";
const MACHINE_NAME = 'a name of lower-case letters, digits, dots and dashes';
const PAGE_SIZES = 'a list of page sizes in bytes';
const DEVICES = 'a whole number from 1 to 8';
const OBJECT = 'an object';

const text = v.pipe(v.string(NAME), v.minLength(1, NAME));
const whole = v.pipe(v.number(WHOLE), v.safeInteger(WHOLE), v.minValue(1, WHOLE));
const memory = v.pipe(v.number(MEMORY), v.safeInteger(MEMORY), v.minValue(4096, MEMORY));
const positive = v.pipe(v.number(POSITIVE), v.finite(POSITIVE), v.gtValue(0, POSITIVE));
const cost = v.pipe(v.number(COST), v.finite(COST), v.minValue(0, COST));
const flag = v.boolean(FLAG);
const count = v.pipe(v.number(DEVICES), v.safeInteger(DEVICES), v.minValue(1, DEVICES), v.maxValue(8, DEVICES));

/** A field and what it means. */
function field<Schema extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  schema: Schema,
  meaning: string,
): v.SchemaWithPipe<readonly [Schema, v.DescriptionAction<v.InferOutput<Schema>, string>]> {
  return v.pipe(schema, v.description(meaning));
}

export const cpuSchema = v.strictObject(
  {
    name: field(text, 'What the CPU is called.'),
    memoryBytes: field(memory, 'System memory.'),
    memoryBandwidthBytesPerSecond: field(positive, 'Of system memory, reads and writes together.'),
  },
  OBJECT,
);

export const deviceSchema = v.strictObject(
  {
    name: field(text, 'What the device calls itself when a program asks.'),
    vendor: field(
      v.picklist(['nvidia', 'amd', 'other'], VENDOR),
      'Whose drivers and whose rules of unified memory it has.',
    ),
    architecture: field(text, 'The target of a compiler: sm_60, gfx90a.'),
    computeCapability: field(whole, 'major × 10 + minor: 60 is sm_60.'),
    memoryBytes: field(memory, "The device's own memory."),
    memoryBandwidthBytesPerSecond: field(positive, "Of the device's own memory."),
    multiprocessors: field(whole, 'Streaming multiprocessors, or compute units.'),
    clockHz: field(whole, 'The highest clock.'),
    warpSize: field(whole, 'Threads of a warp, or of a wavefront.'),
    maxThreadsPerBlock: field(whole, 'Threads that a block may have.'),
    maxThreadsPerMultiprocessor: field(whole, 'Threads that are resident on a multiprocessor at once.'),
    maxBlocksPerMultiprocessor: field(whole, 'Blocks that are resident on a multiprocessor at once.'),
    sharedMemoryPerBlockBytes: field(whole, 'Shared memory of a block that does not ask for more.'),
    sharedMemoryPerMultiprocessorBytes: field(whole, 'Shared by the blocks that are resident on a multiprocessor.'),
    registersPerMultiprocessor: field(whole, 'Of 32 bits.'),
    l2CacheBytes: field(whole, 'The cache that all multiprocessors share.'),
    memoryBusBits: field(whole, 'Width of the bus to its own memory.'),
    pageSizesBytes: field(
      v.pipe(v.array(whole, PAGE_SIZES), v.minLength(1, PAGE_SIZES)),
      "Sizes that an entry of the device's page table maps, ascending.",
    ),
    managedMemory: field(flag, 'Whether there is managed memory at all.'),
    concurrentManagedAccess: field(
      flag,
      'Whether the CPU may touch managed memory while the device works, and the device faults on it; without, all of it moves at a launch.',
    ),
    pageableMemoryAccess: field(flag, 'Whether the device can use memory that malloc or mmap gave.'),
    pageableMemoryAccessUsesHostPageTables: field(flag, "Whether it does so by the process's own page table."),
    directManagedMemAccessFromHost: field(
      flag,
      'Whether the CPU reaches managed memory on the device without migrating it.',
    ),
    xnack: field(flag, 'AMD: whether an access that faults can be retried (XNACK), which migration on a fault needs.'),
    accessCounters: field(
      flag,
      'Whether the device counts its accesses to remote memory, so that a driver may migrate what is hot.',
    ),
    memoryIsSystemMemory: field(flag, 'Whether CPU and device have one physical memory, so that nothing has to move.'),
  },
  OBJECT,
);

export const linkSchema = v.strictObject(
  {
    name: field(text, 'What the link is called.'),
    peakBytesPerSecond: field(positive, 'Peak of one direction.'),
    effectiveBytesPerSecond: field(
      positive,
      '`a` of the transfer curve: what one large transfer reaches in one direction, to the device if the directions differ.',
    ),
    effectiveToHostBytesPerSecond: v.optional(
      field(positive, 'The same towards the host; that to the device if absent.'),
    ),
    curvePerKiB: field(positive, '`k` of the transfer curve (2a/π)·atan(k·s), s = the size of the transfer in KiB.'),
    latencyNs: field(cost, 'What the first byte of an access over the link waits.'),
    nativeAtomics: field(flag, 'Whether atomic operations work over the link.'),
    coherent: field(flag, 'Whether either side can map and cache the memory of the other.'),
  },
  OBJECT,
);

export const costsSchema = v.strictObject(
  {
    cpuFirstTouchNs: field(cost, 'A fault of the CPU on a page that has no contents yet.'),
    cpuFaultMigrationNs: field(cost, 'A fault of the CPU on a page that is on a device, without the transfer.'),
    faultLatencyNs: field(cost, "From a device's fault to the start of its service."),
    faultBatchNs: field(cost, 'The service of a batch of faults, whatever is in it.'),
    faultBlockNs: field(cost, 'Each block of 2 MiB in the batch.'),
    faultNs: field(cost, 'Each fault in the batch.'),
    replayNs: field(cost, 'Telling the device to try again.'),
    cpuUnmapShare: field(cost, 'Unmapping on the CPU, as a share of the service of the batch.'),
    evictionFixedNs: field(cost, 'An eviction, however large, without the transfer.'),
    evictionPageNs: field(cost, 'Each page of an eviction.'),
    pinPageNs: field(cost, 'Pinning a page of system memory.'),
    mapPageNs: field(cost, "Writing one entry of a device's page table."),
    invalidateNs: field(cost, 'Telling a device to drop entries of its page table, and its answer.'),
    invalidatePageNs: field(cost, 'Each entry that it drops.'),
    kernelLaunchNs: field(cost, 'Launching a kernel.'),
    copyCallNs: field(cost, 'The call of an explicit copy, without the transfer.'),
  },
  OBJECT,
);

export const machineSchema = v.strictObject(
  {
    name: field(
      v.pipe(v.string(MACHINE_NAME), v.regex(/^[a-z0-9][a-z0-9.-]*$/, MACHINE_NAME)),
      'What reports call the machine.',
    ),
    title: field(text, 'The same in words.'),
    devices: v.optional(field(count, 'How many devices there are, all of them alike; 1 if absent.'), 1),
    cpu: field(cpuSchema, 'The CPU and its memory.'),
    device: field(deviceSchema, 'Each of the devices.'),
    link: field(linkSchema, 'Between the CPU and each device.'),
    peers: v.optional(
      field(
        linkSchema,
        'Between each two devices. If absent, what goes from one to another passes through system memory.',
      ),
    ),
    costs: field(costsSchema, 'What things cost.'),
  },
  OBJECT,
);
