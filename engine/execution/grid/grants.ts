/** What a warp whose code runs ahead may do as if the device had the page: each grant is for what it asked for, or less. */
import { Access, isWrite } from '../../memory/event.js';
import type { PageIndex } from '../../memory/units.js';

/** Read, write as well, or do atomic operations of the system's scope as well. */
type Grant = 1 | 2 | 3;

export class Grants {
  private readonly byPage = new Map<PageIndex, Grant>();

  add(page: PageIndex, access: Access): void {
    const grant = grantFor(access);
    if (grant > (this.byPage.get(page) ?? 0)) this.byPage.set(page, grant);
  }

  allows(page: PageIndex, access: Access): boolean {
    return (this.byPage.get(page) ?? 0) >= grantFor(access);
  }

  /** Ends them all. @param forget called with the page of each */
  revoke(forget: (page: PageIndex) => void): void {
    for (const page of this.byPage.keys()) forget(page);
    this.byPage.clear();
  }
}

function grantFor(access: Access): Grant {
  if (access === Access.systemAtomic) return 3;
  return isWrite(access) ? 2 : 1;
}
