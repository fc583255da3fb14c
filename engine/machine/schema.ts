/**
 * The shape of a machine file. The message of each check is what is expected there: machine.ts makes the sentence around it.
 */

import * as v from 'valibot';

const WHOLE = 'a whole number of at least 1';
const POSITIVE = 'a number greater than 0';
const COST = 'a number of at least 0';
const NAME = 'a text that is not empty';
const MACHINE_NAME = 'a name of lower-case letters, digits, dots and dashes';
const OBJECT = 'an object';

const name = v.pipe(v.string(NAME), v.minLength(1, NAME));
const whole = v.pipe(v.number(WHOLE), v.safeInteger(WHOLE), v.minValue(1, WHOLE));
const positive = v.pipe(v.number(POSITIVE), v.finite(POSITIVE), v.gtValue(0, POSITIVE));
const cost = v.pipe(v.number(COST), v.finite(COST), v.minValue(0, COST));

export const cpuSchema = v.strictObject({ name, memoryBytes: whole, memoryBandwidthBytesPerSecond: positive }, OBJECT);

export const deviceSchema = v.strictObject(
  {
    name,
    /** major × 10 + minor: 60 is sm_60. */
    computeCapability: whole,
    memoryBytes: whole,
    memoryBandwidthBytesPerSecond: positive,
    multiprocessors: whole,
    clockHz: whole,
    warpSize: whole,
    maxThreadsPerBlock: whole,
    maxThreadsPerMultiprocessor: whole,
    maxBlocksPerMultiprocessor: whole,
    sharedMemoryPerBlockBytes: whole,
    sharedMemoryPerMultiprocessorBytes: whole,
    registersPerMultiprocessor: whole,
    l2CacheBytes: whole,
    memoryBusBits: whole,
  },
  OBJECT,
);

export const linkSchema = v.strictObject(
  {
    name,
    /** Peak of one direction. */
    peakBytesPerSecond: positive,
    /** `a` of the transfer curve: what one large transfer reaches in one direction. */
    effectiveBytesPerSecond: positive,
    /** `k` of the transfer curve (2a/π)·atan(k·s), s = the size of the transfer in KiB. */
    curvePerKiB: positive,
  },
  OBJECT,
);

/** What each term means stands in cost-model.ts. */
export const costsSchema = v.strictObject(
  {
    cpuFirstTouchNs: cost,
    cpuFaultMigrationNs: cost,
    faultLatencyNs: cost,
    faultBatchNs: cost,
    faultBlockNs: cost,
    faultNs: cost,
    replayNs: cost,
    cpuUnmapShare: cost,
    evictionFixedNs: cost,
    evictionPageNs: cost,
    pinPageNs: cost,
    mapPageNs: cost,
    invalidateNs: cost,
    invalidatePageNs: cost,
    kernelLaunchNs: cost,
    copyCallNs: cost,
  },
  OBJECT,
);

export const machineSchema = v.strictObject(
  {
    name: v.pipe(v.string(MACHINE_NAME), v.regex(/^[a-z0-9][a-z0-9.-]*$/, MACHINE_NAME)),
    title: name,
    cpu: cpuSchema,
    device: deviceSchema,
    link: linkSchema,
    costs: costsSchema,
  },
  OBJECT,
);
