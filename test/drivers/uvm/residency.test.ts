/** Where a page goes: one test for each line of the table, each with a question that no line above it fits. */

import { describe, expect, it } from 'vitest';
import { selectResidency, type Reach, type ResidencyQuestion } from '../../../engine/drivers/uvm/residency.js';
import { PCIE_TOPOLOGY } from '../../../engine/drivers/uvm/topology.js';
import { Access } from '../../../engine/memory/event.js';
import { NO_NODE, type NodeId } from '../../../engine/memory/units.js';

const CPU = 0 as NodeId;
const GPU = 1 as NodeId;
const OTHER = 2 as NodeId;

/** Devices that reach each other, with native atomics; the CPU reaches them, too. */
const CONNECTED: Reach = { canAccess: () => true, hasNativeAtomics: () => true };

const QUESTION: ResidencyQuestion = {
  processor: GPU,
  access: Access.read,
  hmm: false,
  systemOnly: false,
  readMostly: false,
  preferred: NO_NODE,
  pinned: NO_NODE,
  closest: CPU,
  accessedBy: false,
  remoteOnAtomics: false,
  foreign: false,
};

type Row = readonly [what: string, change: Partial<ResidencyQuestion>, node: NodeId, duplicate: boolean, reach?: Reach];

const ROWS: readonly Row[] = [
  ['1: what must stay in system memory does', { systemOnly: true, readMostly: true, preferred: GPU }, CPU, false],
  ['2: a reader of what is mostly read gets a copy', { readMostly: true, preferred: CPU }, GPU, true],
  ['2: a writer of it gets the page', { readMostly: true, access: Access.write, preferred: CPU }, GPU, false],
  ['3: whoever is the preferred location gets it', { preferred: GPU, pinned: CPU }, GPU, false],
  [
    '4: the CPU gets memory of the system’s, even if it is pinned elsewhere',
    { processor: CPU, hmm: true, closest: GPU, pinned: GPU },
    CPU,
    false,
    CONNECTED,
  ],
  ['5: a page that thrashes goes where it is pinned', { pinned: CPU, closest: NO_NODE, preferred: OTHER }, CPU, false],
  ['6: what is nowhere goes to the preferred location', { closest: NO_NODE, preferred: CPU }, CPU, false],
  ['6: … unless that cannot be reached', { closest: NO_NODE, preferred: OTHER }, GPU, false],
  ['6: … or there is none', { closest: NO_NODE, accessedBy: true }, GPU, false],
  ['7: stays, for one who is said to access it', { accessedBy: true }, CPU, false],
  ['7: … if it can be reached', { accessedBy: true, closest: OTHER }, GPU, false],
  [
    '8: atomic operations stay remote if a parameter says so',
    { closest: OTHER, access: Access.atomic, remoteOnAtomics: true, preferred: CPU },
    OTHER,
    false,
    CONNECTED,
  ],
  ['8: … not on system memory', { access: Access.atomic, remoteOnAtomics: true }, GPU, false, CONNECTED],
  ['9: from elsewhere, to the preferred location', { closest: OTHER, preferred: CPU }, CPU, false],
  ['9: … not from the processor itself', { closest: GPU, preferred: CPU }, GPU, false],
  ['10: stays, for another process’s CPU', { processor: CPU, closest: GPU, foreign: true }, GPU, false, CONNECTED],
  ['11: otherwise to the one who faulted', {}, GPU, false],
  ['11: … the CPU, too', { processor: CPU, closest: GPU }, CPU, false],
];

describe('a page that somebody faulted on', () => {
  it.each(ROWS.map((row) => ({ what: row[0], row })))('$what', ({ row }) => {
    const [, change, node, duplicate, reach = PCIE_TOPOLOGY] = row;
    expect(selectResidency({ ...QUESTION, ...change }, reach)).toEqual({ node, duplicate });
  });
});
