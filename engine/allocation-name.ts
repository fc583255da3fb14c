/**
 * What the program calls a block of memory: the variable that the allocating statement stores it in, read from the
 * statement's own text. `cudaMallocManaged(&x, …)`, `x = malloc(…)`, `vector<T> x(…)` and `x.resize(…)` are what such
 * statements look like; anything else has no name.
 */

/** The statement may begin some lines above the call. */
const LINES_ABOVE = 3;

const PATH = String.raw`[A-Za-z_]\w*(?:(?:\.|->)\w+)*`;
const CAST = String.raw`(?:\(\s*void\s*\*\s*\*\s*\)\s*|\w+_cast\s*<[^>;]*>\s*\(\s*)?`;
/** `f(&x`, with the casts to `void **` that C and C++ programs write. */
const ARGUMENT = new RegExp(String.raw`\b\w+(?:\s*<[^>;]*>)?\s*\(\s*${CAST}&\s*(${PATH})`);
/** `x =` or `x[i] =`, up to the call. */
const ASSIGNED = new RegExp(String.raw`(${PATH})\s*(?:\[[^\]]*\]\s*)*=(?!=)[^=;]*$`);
/** `Type x`, where the call is the constructor's. */
const CONSTRUCTED =
  /^(?!(?:return|else|throw|delete|new|case|goto|co_return)\b)(?:\w+\s+)*[\w:]+\s*(?:<[^;]*>)?\s+([A-Za-z_]\w*)$/;
const RECEIVER = new RegExp(String.raw`(${PATH})\s*(?:\.|->)$`);
const GROWS = /^(?:resize|reserve|assign|append|insert|push_back|emplace_back|emplace)\b/;

/** @param line counted from 1; @param column of the call, counted from 1, 0 if not known */
export function allocationName(lines: readonly string[], line: number, column: number): string | null {
  const before = lines.slice(Math.max(0, line - 1 - LINES_ABOVE), Math.max(0, line - 1)).join('\n');
  const own = lines[line - 1] ?? '';
  const at = column > 0 ? column - 1 : (ARGUMENT.exec(own)?.index ?? own.replace(/[;\s]+$/, '').length);
  const statement = lastStatement(`${before}\n${own.slice(0, at)}`);
  const rest = own.slice(at);
  const argument = ARGUMENT.exec(rest);
  if (argument?.index === 0 && argument[1] !== undefined) return argument[1];
  const receiver = GROWS.test(rest) ? RECEIVER.exec(statement) : null;
  const word = /^\w+/.exec(rest)?.[0] ?? '';
  const declaration = `${statement.trim()} ${word}`.trim();
  return (receiver ?? ASSIGNED.exec(statement) ?? CONSTRUCTED.exec(declaration))?.[1] ?? null;
}

function lastStatement(text: string): string {
  return text.slice(Math.max(text.lastIndexOf(';'), text.lastIndexOf('{'), text.lastIndexOf('}')) + 1);
}
