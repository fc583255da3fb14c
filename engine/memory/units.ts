/**
 * The units that every room counts in: pages, frames, nodes, agents, simulated time.
 *
 * Invariant: a value of one unit is never passed for another. The brands make the compiler say so and cost nothing at run time.
 * The address space has 32 bits (the debuggee is a wasm32 module), so a page index fits 20 bits.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** A virtual page, 0 … PAGE_COUNT - 1 (an exclusive end may be PAGE_COUNT). */
export type PageIndex = Branded<'PageIndex'>;
/** A physical frame: the node in bits 22–25, the index within the node in bits 0–21. */
export type FrameNumber = Branded<'FrameNumber'>;
/** Whose memory: 0 = system memory, n = memory of gpu(n-1), NO_NODE = nobody's. */
export type NodeId = Branded<'NodeId'>;
/** Who accesses: 0 = the CPU, n = gpu(n-1). Agent n's local memory is node n. */
export type AgentId = Branded<'AgentId'>;

export const PAGE_SHIFT = 12;
/** Bytes in a page. */
export const PAGE_SIZE = 4096;
/** Pages in the address space (4 GiB). */
export const PAGE_COUNT = 1 << 20;

/** Pages that one entry of the middle level maps at once (a PMD of 2 MiB). */
export const HUGE_PAGES = 512;
export const HUGE_SHIFT = 9;

export const CPU = 0 as AgentId;
export const SYSTEM_NODE = 0 as NodeId;
export const NO_NODE = 255 as NodeId;

/** Nodes of the four test devices' memory, /dev/hmm_dmirror0 … 3; devices of a machine have nodes 1 … 8. */
export const DMIRROR_NODES = 11;
export const DMIRROR_COUNT = 4;

const FRAME_INDEX_BITS = 22;
/** Frames that one node may have (16 GiB): more than the address space can name. */
export const MAX_FRAMES_PER_NODE = 1 << FRAME_INDEX_BITS;
/** The frame that every zero page maps: never written, never freed. */
export const ZERO_FRAME = 0 as FrameNumber;
/** Not a frame. */
export const NO_FRAME = -1 as FrameNumber;

/** The agent called gpu<index>. */
export function deviceAgent(index: number): AgentId {
  return (index + 1) as AgentId;
}

/** The node that is local to an agent. */
export function localNode(agent: AgentId): NodeId {
  return agent as number as NodeId;
}

/** "cpu", "gpu0" … */
export function agentName(agent: AgentId): string {
  return agent === CPU ? 'cpu' : `gpu${String(agent - 1)}`;
}

/** "cpu", "gpu0", "dmirror0" … for a node's memory, "none" for NO_NODE. */
export function nodeName(node: NodeId): string {
  if (node >= DMIRROR_NODES && node < DMIRROR_NODES + DMIRROR_COUNT) return `dmirror${String(node - DMIRROR_NODES)}`;
  return node === NO_NODE ? 'none' : agentName(node as number as AgentId);
}

/** The block of HUGE_PAGES pages that a page lies in. */
export function hugeBlockOf(page: number): number {
  return page >>> HUGE_SHIFT;
}

/** First page of the block that a page lies in. */
export function hugeBlockStart(page: number): PageIndex {
  return (page & ~(HUGE_PAGES - 1)) as PageIndex;
}

/** Pages needed to hold so many bytes. */
export function pagesFor(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE);
}

export function frameNumber(node: NodeId, index: number): FrameNumber {
  return ((node << FRAME_INDEX_BITS) | index) as FrameNumber;
}

export function frameNode(frame: FrameNumber): NodeId {
  return (frame >>> FRAME_INDEX_BITS) as NodeId;
}

export function frameIndex(frame: FrameNumber): number {
  return frame & (MAX_FRAMES_PER_NODE - 1);
}
