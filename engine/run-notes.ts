/** What a reader must know to trust a run's figures and results: one sentence each, for the report. */
import { isAround, regionName } from './debug/outlined-functions.js';
import { agentName } from './memory/units.js';
import type { SessionResult } from './session.js';
import type { SourceFrame } from './source-frames.js';
import type { SourceMap } from './source-map.js';
import { formatBytes, shortSignature } from './trace/format.js';

/** Kernels whose races for shared memory are told one by one. */
const MOST_HAZARD_NOTES = 3;

/** Lines at which bits are lost that are named. */
const MOST_LINES = 4;

export function notesOf(session: SessionResult, sources: SourceMap): string[] {
  const { refused, hazards, lostBits } = session;
  return [
    ...placeNotes(session, sources),
    ...failureNotes(session),
    ...(refused ? [refusal(refused, sources)] : []),
    ...lostBitsNotes(lostBits, sources),
    ...hazardNotes(hazards, sources),
  ];
}

/** Where the program was when it was ended from outside. */
function placeNotes({ place, launches }: SessionResult, sources: SourceMap): string[] {
  if (!place) return [];
  const launched = launches.find(({ id }) => id === place.launch);
  const frames = place.offsets
    .flatMap((offset) => sources.at(offset) ?? [])
    .filter(({ functionName, file }) => !file.startsWith('/') && !functionName?.includes('__device_stub__'))
    .filter(({ functionName }, depth, all) => !isAround(functionName ?? '', all[depth - 1]?.functionName ?? ''));
  // What waits at barriers runs in a module of its own, whose places nobody knows.
  const kernel = launched && sources.at(launched.kernelOffset);
  const isKnown = kernel && frames.some(({ functionName }) => functionName !== null && isOf(kernel, functionName));
  const [where, ...callers] = [...(kernel && !isKnown ? [kernel] : []), ...frames].map(
    ({ functionName, file, line }) =>
      `${regionName(functionName ?? '') ?? functionName ?? '?'} at ${file}:${String(line)}`,
  );
  if (where === undefined) return [];
  const by = callers[0] === undefined ? '' : `, called from ${callers[0]}`;
  const { agent, block, thread } = place;
  const who =
    block === null || thread === null
      ? agentName(agent)
      : `${agentName(agent)}, block (${block.join(',')}) thread (${thread.join(',')})`;
  const waits =
    block === null
      ? ''
      : ' If it hangs there: a loop that waits for what other threads write lets them run only if it reads volatile memory, uses an atomic function or has a fence in it.';
  return [`when it was ended, the program was in ${where}${by} (${who}).${waits}`];
}

/** The context of such a kernel is of no use any more: all that the program does with the device afterwards fails. */
function failureNotes({ failedKernel, launches }: SessionResult): string[] {
  if (!failedKernel) return [];
  const { details, launch } = failedKernel;
  const kernel = launches.find(({ id }) => id === launch)?.kernel ?? 'the kernel';
  const [block, thread] = [details.block ?? [], details.thread ?? []].map((place) => place.join(','));
  const who = `${agentName(details.agent)}, block (${String(block)}) thread (${String(thread)})`;
  return [
    `${details.message} (${who}): ${shortSignature(kernel)} ended there, its other threads as far as they had come, and each later call of the CUDA API gets cudaErrorAssert until the device is reset.`,
  ];
}

/** Whether a function is a kernel, or of the same target region. */
function isOf({ functionName: kernel }: SourceFrame, functionName: string): boolean {
  return functionName === kernel || (kernel !== null && isAround(kernel, functionName));
}

/** What Linux computes in 64 bits, and this program did in 32. */
function lostBitsNotes(lostBits: SessionResult['lostBits'], sources: SourceMap): string[] {
  const lines = lostBits.flatMap((places) => {
    const place = places.find((each) => sources.isUser(each)) ?? places[0];
    const at = place === undefined ? undefined : sources.at(place);
    return at ? `${at.file}:${String(at.line)}` : [];
  });
  const distinct = [...new Set(lines)];
  if (distinct.length === 0) return [];
  const more = distinct.length - MOST_LINES;
  const named = distinct.slice(0, MOST_LINES).join(', ') + (more > 0 ? ` and ${String(more)} more lines` : '');
  return [
    `what is computed at ${named} does not fit: 'long' and 'size_t' have 32 bits here, and 64 on Linux, where the program may compute something else. Give it a smaller problem, use 'long long' or 'uint64_t', or give its 'long' 64 bits (--long 64, or longBits in a configuration).`,
  ];
}

/** Programs are written for 64-bit addresses, and often do not ask what an allocation returned. */
function refusal({ bytes, codeOffset }: NonNullable<SessionResult['refused']>, sources: SourceMap): string {
  const at = sources.at(codeOffset);
  const where = at ? ` at ${at.file}:${String(at.line)}` : '';
  return `the allocation of ${formatBytes(bytes)}${where} failed: addresses have 32 bits here, and all memory of a program, devices' included, is at most 3.5 GiB (or --memory-limit). Give it a smaller problem.`;
}

/** A sentence for each kernel, about the first race that was found in it. */
function hazardNotes(hazards: SessionResult['hazards'], sources: SourceMap): string[] {
  const place = (codeOffset: number): string => {
    const at = sources.at(codeOffset);
    return at ? `${at.file}:${String(at.line)}` : 'code without a line';
  };
  const notes = [...new Set(hazards.map(({ kernel }) => kernel))].map((kernel) => {
    const found = hazards.filter((race) => race.kernel === kernel).map(({ hazard }) => hazard);
    const pairs = found.map(({ isWrite, site, other }) => {
      const [reads, writes] = isWrite ? [other, site] : [site, other];
      return `one reads at ${place(reads)} what another one writes at ${place(writes)}`;
    });
    const others = new Set(pairs).size - 1;
    const more = others > 0 ? ` (and so at ${String(others)} more pairs of lines)` : '';
    const remedy = found.every(({ sameWarp }) => sameWarp)
      ? '__syncwarp(): lanes are in lockstep on GPUs of before Volta only'
      : '__syncthreads()';
    return `threads of a block race for shared memory in ${shortSignature(kernel)}: ${pairs[0] ?? ''} with no barrier in between${more}. What is computed depends on who comes first; if that is not meant, separate them by ${remedy}.`;
  });
  const more = notes.length - MOST_HAZARD_NOTES;
  return [
    ...notes.slice(0, MOST_HAZARD_NOTES),
    ...(more > 0
      ? [`threads race for shared memory in ${String(more)} more kernels: see the events of kind race.`]
      : []),
  ];
}
