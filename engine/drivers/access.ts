/** What every driver must refuse: accesses that no placement of the page could make legal. */

import { fatalFault, type FaultResult } from '../memory/fault.js';
import { Access, isWrite } from '../memory/event.js';
import { nothingMapped } from '../memory/cpu-fault.js';
import { Errno } from '../memory/errno.js';
import type { AgentId, PageIndex } from '../memory/units.js';
import { isReadable, isWritable, type Vma } from '../memory/vma.js';

/** Why a device may never do this access, or undefined. HMM asks for a readable area whatever the access. */
export function refuseDeviceAccess(
  vma: Vma | undefined,
  agent: AgentId,
  page: PageIndex,
  access: Access,
): FaultResult | undefined {
  if (vma === undefined || vma.kind === 'reserved') return nothingMapped(page);
  if ((vma.kind === 'device' || vma.kind === 'local') && vma.agent !== agent) return fatalFault('device-only');
  const allowed = isReadable(vma) && (!isWrite(access) || isWritable(vma)) && access !== Access.exec;
  return allowed ? undefined : fatalFault('protection');
}

/** What a failed range fault means to the program. */
export function rangeFaultFailure(error: Errno): FaultResult {
  switch (error) {
    case Errno.ENOMEM:
      return fatalFault('out-of-memory');
    case Errno.EPERM:
    case Errno.EACCES:
      return fatalFault('protection');
    default:
      return fatalFault('driver-failed');
  }
}
