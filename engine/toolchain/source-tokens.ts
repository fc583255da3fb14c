/**
 * The words, numbers and operators of a C or C++ source, with their places: for what is asked of a text before, or besides, a compiler.
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

/** A part of a text, all of them together. A newline is the end of a directive, or between lines. */
export interface Piece {
  readonly kind: 'newline' | 'skipped' | 'directive' | 'number' | 'name' | 'operator';
  readonly text: string;
  readonly at: number;
  /** Of a directive: `define` and its like, the name behind it, and whether the macro has parameters. */
  readonly keyword: string;
  readonly macro: string;
  readonly hasParameters: boolean;
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
const KINDS = ['newline', 'skipped', 'directive', 'number', 'name', 'operator'] as const;

export function* piecesOf(text: string): Generator<Piece> {
  let isInDirective = false;
  for (let at = 0; at < text.length;) {
    PIECE.lastIndex = at;
    const groups = PIECE.exec(text)?.groups;
    if (!groups) return;
    const end = PIECE.lastIndex;
    const found: Piece['kind'] = KINDS.find((kind) => groups[kind] !== undefined) ?? 'operator';
    // `#` in a macro's body makes a string of its operand.
    const kind: Piece['kind'] = found === 'directive' && isInDirective ? 'operator' : found;
    isInDirective = kind === 'directive' || (isInDirective && kind !== 'newline');
    const { keyword = '', macro = '', parameters } = groups;
    yield { kind, text: text.slice(at, end), at, keyword, macro, hasParameters: parameters !== undefined };
    at = end;
  }
}

/** A directive ends with `end`; only `#define` of a macro without parameters has words. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  /** Whether each open `#if` is one around all of a header. */
  const open: boolean[] = [];
  let line = 1;
  let lineStart = 0;
  let isSkipped = false;
  let isDefine = false;
  let guard: string | undefined;
  for (const { kind, text: piece, at, keyword, macro, hasParameters } of piecesOf(text)) {
    const add = (of: Token['kind'], word: string): void => {
      const isConditional = open.some((isGuard) => !isGuard);
      tokens.push({ kind: of, text: word, line, column: at - lineStart + 1, isConditional });
    };
    if (kind === 'newline') {
      if (isDefine) add('end', '');
      isDefine = isSkipped = false;
    } else if (kind === 'directive') {
      isDefine = keyword === 'define' && !hasParameters && macro !== guard;
      isSkipped = !isDefine;
      if (isDefine) add('define', macro);
      if (keyword.startsWith('if')) {
        const isFirst = tokens.length === 0 && open.length === 0 && keyword === 'ifndef';
        if (isFirst) guard = macro;
        open.push(isFirst);
      } else if (keyword === 'endif') open.pop();
    } else if (!isSkipped && kind !== 'skipped') add(kind, piece);
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', end + 1)) {
      line++;
      lineStart = at + end + 1;
    }
  }
  return tokens;
}
