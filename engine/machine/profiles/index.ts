/** The built-in machines, by name. Each file names a source for each figure. */

import h100Pcie5 from './h100-pcie5.json' with { type: 'json' };
import p100Pcie3 from './p100-pcie3.json' with { type: 'json' };

export const profiles: Readonly<Record<string, unknown>> = { 'p100-pcie3': p100Pcie3, 'h100-pcie5': h100Pcie5 };
