/** The built-in machines and the parts that they share, by name. Each file names a source for each figure. */

import p100Pcie3 from './p100-pcie3.json' with { type: 'json' };
import v100Nvlink2 from './v100-nvlink2.json' with { type: 'json' };
import a100Pcie4 from './a100-pcie4.json' with { type: 'json' };
import h100Pcie5 from './h100-pcie5.json' with { type: 'json' };
import gh200 from './gh200.json' with { type: 'json' };
import rtx4090Pcie4 from './rtx4090-pcie4.json' with { type: 'json' };
import t4Pcie3 from './t4-pcie3.json' with { type: 'json' };
import gtx1060Pcie3 from './gtx1060-pcie3.json' with { type: 'json' };
import gtx1080Pcie3 from './gtx1080-pcie3.json' with { type: 'json' };
import rtx2060Pcie3 from './rtx2060-pcie3.json' with { type: 'json' };
import titanxpPcie3 from './titanxp-pcie3.json' with { type: 'json' };
import mi250x from './mi250x.json' with { type: 'json' };
import mi300a from './mi300a.json' with { type: 'json' };
import radeon780m from './radeon780m.json' with { type: 'json' };
import jetsonOrin from './jetson-orin.json' with { type: 'json' };
import amd from './parts/amd.json' with { type: 'json' };
import desktopDdr4 from './parts/desktop-ddr4.json' with { type: 'json' };
import gfx1103 from './parts/gfx1103.json' with { type: 'json' };
import gfx90a from './parts/gfx90a.json' with { type: 'json' };
import gfx942 from './parts/gfx942.json' with { type: 'json' };
import linuxCosts from './parts/linux-costs.json' with { type: 'json' };
import nvidia from './parts/nvidia.json' with { type: 'json' };
import pcie3 from './parts/pcie3.json' with { type: 'json' };
import pcie4 from './parts/pcie4.json' with { type: 'json' };
import pcie5 from './parts/pcie5.json' with { type: 'json' };
import sm60 from './parts/sm_60.json' with { type: 'json' };
import sm61 from './parts/sm_61.json' with { type: 'json' };
import sm70 from './parts/sm_70.json' with { type: 'json' };
import sm75 from './parts/sm_75.json' with { type: 'json' };
import sm80 from './parts/sm_80.json' with { type: 'json' };
import sm87 from './parts/sm_87.json' with { type: 'json' };
import sm89 from './parts/sm_89.json' with { type: 'json' };
import sm90 from './parts/sm_90.json' with { type: 'json' };

/** In the order in which they are shown; the first is what a run takes that names none. */
export const profiles: Readonly<Record<string, unknown>> = {
  'p100-pcie3': p100Pcie3,
  'v100-nvlink2': v100Nvlink2,
  'a100-pcie4': a100Pcie4,
  'h100-pcie5': h100Pcie5,
  gh200: gh200,
  'rtx4090-pcie4': rtx4090Pcie4,
  't4-pcie3': t4Pcie3,
  'gtx1060-pcie3': gtx1060Pcie3,
  'gtx1080-pcie3': gtx1080Pcie3,
  'rtx2060-pcie3': rtx2060Pcie3,
  'titanxp-pcie3': titanxpPcie3,
  mi250x: mi250x,
  mi300a: mi300a,
  radeon780m: radeon780m,
  'jetson-orin': jetsonOrin,
};

/** What several machines have in common; a machine's `extends` names it. */
export const parts: Readonly<Record<string, unknown>> = {
  'linux-costs': linuxCosts,
  nvidia: nvidia,
  sm_60: sm60,
  sm_61: sm61,
  sm_70: sm70,
  sm_75: sm75,
  sm_80: sm80,
  sm_87: sm87,
  sm_89: sm89,
  sm_90: sm90,
  pcie3: pcie3,
  pcie4: pcie4,
  pcie5: pcie5,
  'desktop-ddr4': desktopDdr4,
  amd: amd,
  gfx90a: gfx90a,
  gfx942: gfx942,
  gfx1103: gfx1103,
};
