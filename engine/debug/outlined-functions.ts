/**
 * Functions that Clang makes of OpenMP regions, as a person calls them. It makes several of one region, each within the other, of which the
 * innermost has the person's own statements and variables. Source: Clang's naming (CGOpenMPRuntime.cpp).
 */
import { MAIN_NAMES } from '../symbols/demangle.js';

const TARGET = /^__omp_offloading_[0-9a-f]+_[0-9a-f]+_(.+?)_l(\d+)/;
const PARALLEL = /^(.+)\.omp_outlined(_debug__)?(?:\.\d+)?$/;

/** `sweep, target region of line 37`, `sweep, parallel region`; undefined for any other function. */
export function regionName(name: string): string | undefined {
  const [, target, line] = TARGET.exec(name) ?? [];
  if (target !== undefined && line !== undefined)
    return `${MAIN_NAMES.has(target) ? 'main' : target}, target region of line ${line}`;
  const [, outer] = PARALLEL.exec(name) ?? [];
  return outer === undefined ? undefined : `${outer}, parallel region`;
}

/** Whether a function is of the same region as the one that it calls, around it. */
export function isAround(name: string, callee: string): boolean {
  if (TARGET.test(name)) return regionName(name) === regionName(callee);
  const [outer, inner] = [PARALLEL.exec(name), PARALLEL.exec(callee)];
  return outer !== null && outer[1] === inner?.[1] && outer[2] === undefined && inner?.[2] !== undefined;
}
