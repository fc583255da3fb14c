import type { DeviceMemory } from '../hmm/device-memory.js';
import type { DeviceMirror } from '../hmm/mirror.js';
import type { DeviceSpec } from '../machine/machine.js';
import type { AgentId, NodeId } from '../memory/units.js';

/** One GPU as a driver sees it. */
export interface Device {
  readonly agent: AgentId;
  /** Its own memory. */
  readonly node: NodeId;
  /** Its page table. */
  readonly mirror: DeviceMirror;
  /** Its frames. */
  readonly memory: DeviceMemory;
  readonly spec: DeviceSpec;
}
