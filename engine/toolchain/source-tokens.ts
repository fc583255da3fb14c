/**
 * The words, numbers and operators of a C or C++ source, with their places: for what is asked of a text before, or besides, a compiler.
 * A directive ends with `end`; only `#define` of a macro without parameters has words.
 */
export interface Token {
  readonly kind: 'name' | 'number' | 'operator' | 'define' | 'end';
  /** Of `define`: the macro's name. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** Whether an `#if` may leave it out; one around all of a header may not. */
  readonly isConditional: boolean;
}

const PIECE = new RegExp(
  [
    String.raw`(?<newline>\n)`,
    String.raw`(?<skipped>[^\S\n]+|\\\r?\n|//(?:\\\r?\n|[^\n])*|/\*[^]*?(?:\*/|$)|R"(?<mark>[^()\s\\]{0,16})\([^]*?(?:\)\k<mark>"|$)|"(?:\\[^]|[^"\\\n])*"?|(?<![\w])(?:u8|[uUL])?'(?:\\[^]|[^'\\\n])*'?)`,
    String.raw`(?<directive>#[^\S\n]*(?<keyword>\w*)(?:[^\S\n]+(?<macro>\w+)(?<parameters>\()?)?)`,
    String.raw`(?<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)`,
    String.raw`(?<name>[A-Za-z_$][\w$]*)`,
    String.raw`(?<operator><<=|>>=|<<|>>|->|::|[-+*/%&|^<>=!]=|&&|\|\||\+\+|--|[^\s\w])`,
  ].join('|'),
  'y',
);

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  /** Whether each open `#if` is one around all of a header. */
  const open: boolean[] = [];
  let line = 1;
  let lineStart = 0;
  let inDirective = false;
  let isSkipped = false;
  let guard: string | undefined;
  const add = (kind: Token['kind'], of: string, at: number): void => {
    const isConditional = open.some((isGuard) => !isGuard);
    tokens.push({ kind, text: of, line, column: at - lineStart + 1, isConditional });
  };
  for (let at = 0; at < text.length; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    const groups = PIECE.exec(text)?.groups;
    if (!groups) break;
    const piece = text.slice(at, PIECE.lastIndex);
    if (groups.newline !== undefined) {
      if (inDirective && !isSkipped) add('end', '', at);
      inDirective = isSkipped = false;
    } else if (groups.directive !== undefined && !inDirective) {
      inDirective = true;
      const { keyword = '', macro = '', parameters } = groups;
      isSkipped = keyword !== 'define' || parameters !== undefined || macro === guard;
      if (!isSkipped) add('define', macro, at);
      if (keyword.startsWith('if')) {
        const isFirst = tokens.length === 0 && open.length === 0 && keyword === 'ifndef';
        if (isFirst) guard = macro;
        open.push(isFirst);
      } else if (keyword === 'endif') open.pop();
    } else if (!isSkipped && groups.skipped === undefined)
      add(groups.number !== undefined ? 'number' : groups.name !== undefined ? 'name' : 'operator', piece, at);
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', end + 1)) {
      line++;
      lineStart = at + end + 1;
    }
  }
  return tokens;
}
