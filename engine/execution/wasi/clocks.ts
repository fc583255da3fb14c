/**
 * The program's clocks: all of them are simulated time, so every run reads the same.
 *
 * Invariant: reading a clock takes time, as it does on hardware; a program that spins until some time has passed gets there, and
 * no measured duration is zero.
 */
import { ClockId } from './abi.js';
import { Errno, WasiError } from './errno.js';

/** 2026-01-01T00:00:00Z in ns since 1970: when every program starts. */
const START_OF_TIME_NS = 1_767_225_600_000_000_000n;
/** What `clock_gettime` through the vDSO costs on a current x86 CPU, about. */
const CLOCK_READ_NS = 25;

export class Clocks {
  /**
   * @param elapsedNs simulated ns since the program started
   * @param advance lets so many ns pass
   */
  constructor(
    private readonly elapsedNs: () => number,
    private readonly advance: (ns: number) => void,
  ) {}

  /** What the program reads, in ns: since 1970 for the realtime clock, since its start for the others. */
  read(id: number): bigint {
    const origin = this.originNs(id);
    this.advance(CLOCK_READ_NS);
    return origin + this.elapsed();
  }

  /** The time of day for a file's times; costs nothing. */
  realtimeNs(): bigint {
    return START_OF_TIME_NS + this.elapsed();
  }

  /** Ns from now until a clock shows `time`, at least 0. */
  untilNs(id: number, time: bigint): bigint {
    const left = time - this.originNs(id) - this.elapsed();
    return left > 0n ? left : 0n;
  }

  sleep(ns: bigint): void {
    if (ns > 0n) this.advance(Number(ns));
  }

  /** What a clock shows when the program starts. */
  originNs(id: number): bigint {
    switch (id) {
      case ClockId.realtime:
        return START_OF_TIME_NS;
      // There is one thread, and it never waits without simulated time passing.
      case ClockId.monotonic:
      case ClockId.processCpuTime:
      case ClockId.threadCpuTime:
        return 0n;
      default:
        throw new WasiError(Errno.INVAL);
    }
  }

  private elapsed(): bigint {
    return BigInt(Math.floor(this.elapsedNs()));
  }
}
