/** The memories of a program's machine, in the order of their ids. */
import type { Machine } from '../session/engine-loader.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Node } from '../../media/messages.js';

/** `cpu`, `gpu0`, … */
export function nodesOf(session: ProgramSession): string[] {
  const devices = Number(session.configured('devices') ?? 1);
  return ['cpu', ...Array.from({ length: devices }, (_, device) => `gpu${device}`)];
}

/** With the names that people know them by. */
export function labelledNodes(session: ProgramSession, machine: Machine | null): Node[] {
  return nodesOf(session).map((name, node) => {
    const title = node === 0 ? machine?.cpu.name : machine?.devices[0]?.name;
    return { name, label: title === undefined ? name : `${name} · ${title}` };
  });
}
