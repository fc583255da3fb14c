/**
 * What the program calls a block of memory: the variable that the allocating statement stores it in, read from the
 * statement's own text. `cudaMallocManaged(&x, …)` and `x = malloc(…)` are what such statements look like; anything else has
 * no name.
 */

/** The statement may begin some lines above the call. */
const LINES_ABOVE = 3;

/** @param line counted from 1; @param column of the call, counted from 1, 0 if not known */
export function allocationName(lines: readonly string[], line: number, column: number): string | null {
  const first = Math.max(0, line - 1 - LINES_ABOVE);
  const before = lines.slice(first, line - 1).join('\n');
  const own = lines[line - 1] ?? '';
  const at = column > 0 ? column - 1 : own.length;
  const statement = lastStatement(`${before}\n${own.slice(0, at)}`);
  const rest = own.slice(at);
  const argument = /^\w+(?:\s*<[^>;]*>)?\s*\(\s*(?:\(\s*void\s*\*\s*\*\s*\)\s*)?&\s*([A-Za-z_][\w.]*(?:->\w+)*)/.exec(
    rest,
  );
  if (argument?.[1] !== undefined) return argument[1];
  const assigned = /([A-Za-z_]\w*(?:(?:\.|->)\w+)*)\s*=(?!=)[^=;]*$/.exec(statement);
  if (assigned?.[1] !== undefined) return assigned[1];
  const constructed = /^(?:[\w:]+\s*(?:<[^;]*>)?\s+)([A-Za-z_]\w*)\s*$/.exec(
    `${statement.trim()} ${/^\w+/.exec(rest)?.[0] ?? ''}`.trim(),
  );
  return constructed?.[1] ?? null;
}

function lastStatement(text: string): string {
  return text.slice(Math.max(text.lastIndexOf(';'), text.lastIndexOf('{'), text.lastIndexOf('}')) + 1);
}
