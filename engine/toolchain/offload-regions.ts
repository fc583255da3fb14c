/**
 * Keeps the host versions of OpenMP target regions as functions of their own. Clang marks them `alwaysinline`, so from -O1 on
 * nothing would be left to run as a kernel; the mark is taken off in the IR, before any pass has seen it.
 */

const REGION =
  /^(define [^\n]*@__omp_offloading_[0-9a-f]+_[0-9a-f]+_[\w.$]+_l\d+(?:_\d+)?\([^\n]*\) )#(\d+)( [^\n]*\{)$/gm;
/** Added to a group's number: no module has so many groups. */
const COPY = 1_000_000;

/** @param ir textual LLVM IR of one source, as Clang's front end wrote it */
export function keepRegions(ir: string): string {
  const groups = new Set<number>();
  const marked = ir.replace(REGION, (_, head: string, group: string, tail: string) => {
    groups.add(Number(group));
    return `${head}#${String(COPY + Number(group))}${tail}`;
  });
  const copies = [...groups].map((group) => {
    const attributes = new RegExp(`^attributes #${String(group)} = \\{([^\\n]*)\\}$`, 'm').exec(marked)?.[1] ?? '';
    const kept = attributes.replaceAll(/\b(?:alwaysinline|noinline)\b/g, '');
    return `attributes #${String(COPY + group)} = { noinline${kept}}`;
  });
  return [marked, ...copies, ''].join('\n');
}
