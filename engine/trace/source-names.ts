/** When a name that a person writes means a name that the symbols have. */

/** `add.cu` and `src/add.cu` mean `/home/u/src/add.cu`; a whole path means itself. */
export function sameFile(path: string, wanted: string): boolean {
  const whole = path.replaceAll('\\', '/');
  const end = wanted.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
  return end !== '' && (whole === end || whole.endsWith(end.startsWith('/') ? end : `/${end}`));
}

/** `add`, `math::add` and `math::add(int, float*)` mean `void math::add<float>(int, float*)`. */
export function sameFunction(name: string, wanted: string): boolean {
  if (name === wanted) return true;
  if (wanted === '') return false;
  const plain = withoutTypes(name);
  return (
    plain === wanted || plain.endsWith(`::${wanted}`) || name.endsWith(` ${wanted}`) || name.endsWith(`::${wanted}`)
  );
}

/** The qualified name: no return type, no template arguments, no parameters. */
function withoutTypes(name: string): string {
  let plain = '';
  let depth = 0;
  for (const character of name.replaceAll('(anonymous namespace)', '')) {
    if (character === '(' && depth === 0 && plain !== '' && !plain.endsWith('operator')) break;
    if (character === '<') depth += 1;
    else if (character === '>' && depth > 0) depth -= 1;
    else if (depth === 0) plain += character;
  }
  return plain.slice(plain.trimEnd().lastIndexOf(' ') + 1);
}
