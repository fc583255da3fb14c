/** The conformance kit passes the drivers that are right and names the rule that a wrong one breaks. */
import { describe, expect, it } from 'vitest';
import type { Device, Driver } from '../../engine/drivers/driver.js';
import { HmmDriver } from '../../engine/drivers/hmm/hmm-driver.js';
import { checkDriver } from '../../engine/drivers/kit/kit.js';
import { createDriver, driverNames } from '../../engine/drivers/registry.js';
import { FAULT_RESOLVED } from '../../engine/memory/fault.js';
import { makePte, pteFrame, PteType } from '../../engine/memory/page-table.js';
import { page } from '../memory/rig.js';

const brokenCases = (make: () => Driver): string[] =>
  checkDriver(make).flatMap(({ name, broken }) => (broken === null ? [] : [`${name}: ${broken}`]));

describe('the kit', () => {
  it.each(driverNames)('finds nothing wrong with %s', (name) => {
    expect(brokenCases(() => createDriver(name))).toEqual([]);
  });

  it('notices a fault that is not resolved', () => {
    class Lazy extends HmmDriver {
      override deviceFault = () => FAULT_RESOLVED;
    }
    expect(brokenCases(() => new Lazy())[0]).toMatch(/may not access page 1 after its fault/);
  });

  it('notices a makeRoom that frees nothing', () => {
    class Full extends HmmDriver {
      override makeRoom = () => false;
    }
    expect(brokenCases(() => new Full()).join('\n')).toMatch(/makeRoom frees none/);
  });

  it('notices an entry that allows more than it may', () => {
    class Generous extends HmmDriver {
      override deviceFault(device: Device, where: number, access: number) {
        const result = super.deviceFault(device, page(where), access as 1);
        const { table } = device.mirror;
        if (result.ok) table.set(page(where), makePte(PteType.present, pteFrame(table.get(page(where))), true));
        return result;
      }
    }
    expect(brokenCases(() => new Generous()).join('\n')).toMatch(
      /which its area forbids|no more than the CPU's table allows/,
    );
  });

  it('notices what is thrown', () => {
    class Angry extends HmmDriver {
      override migrateToRam(): never {
        throw new TypeError('no');
      }
    }
    expect(brokenCases(() => new Angry()).join('\n')).toMatch(/^migrateToRam brings a page back: no$/m);
  });
});
