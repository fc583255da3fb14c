/** What travels between the engine's thread and the one that looks at a user's driver (driver.worker.ts). */
import type { DriverSource } from './driver-source.js';
import type { DriverCaseResult } from './drivers/kit/kit.js';
import type { DriverParameters } from './drivers/parameters.js';
import type { UserDriverDescription } from './drivers/user/user-driver.js';

export interface DriverTask {
  /** Absolute. */
  readonly path: string;
  /** Places in messages are relative to it. */
  readonly cwd: string;
  readonly parameters: DriverParameters;
  /** Whether it goes through the conformance kit. */
  readonly check: boolean;
  /** Cells of a DriverWatch. */
  readonly watch: SharedArrayBuffer;
}

export type DriverTaskMessage =
  | { readonly type: 'described'; readonly source: DriverSource; readonly description: UserDriverDescription }
  | { readonly type: 'case'; readonly result: DriverCaseResult }
  | { readonly type: 'done' }
  | { readonly type: 'refused'; readonly message: string };
