/**
 * What a simple Makefile says of how a program is compiled: variables with assignments of every kind, `include`d files excepted, and
 * conditionals on their values. Rules are not followed, commands not run. Source: the manual of GNU make (Variables, Conditionals).
 */
import { parse } from 'shell-quote';

export interface Makefile {
  /** Words of the variables that hold compilers and flags. */
  readonly words: readonly string[];
  /** Sources that it names: of those at hand by themselves or as objects, of others by their paths; all at hand if it names none. */
  readonly sources: readonly string[];
}

/** Of variables: CC, CXX, HIPCC; CFLAGS, NVCCFLAGS, INCLUDES, DEFS … */
const HOLDS_FLAGS = /(?:\bCC|CXX|HIPCC|FLAGS?|INC\w*|DEF\w*|OPT\w*)$/i;
const ASSIGNMENT = /^\s*(?:(?:export|override)\s+)*([\w.-]+)\s*(\?|\+|::?|)=\s*(.*)$/;
/** Variables may name each other in circles, and grow by it. */
const MOST_EXPANSIONS = 20;
const MOST_LENGTH = 1 << 16;

/**
 * @param atHand names of the source files in its directory
 * @param isSource whether a path from there is a source file elsewhere
 */
export function readMakefile(text: string, atHand: readonly string[], isSource: (path: string) => boolean): Makefile {
  const variables = new Map<string, string>();
  const lines = text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  const live = activeLines(lines, variables);
  const words = [...variables]
    .filter(([name]) => HOLDS_FLAGS.test(name))
    .flatMap(([, value]) => parse(expand(value, variables)).filter((word) => typeof word === 'string'));
  return { words, sources: namedSources(live, variables, atHand, isSource) };
}

/** Lines of branches that are taken, without comments; assignments in them are made. */
function activeLines(lines: readonly string[], variables: Map<string, string>): string[] {
  const live: string[] = [];
  const branches: { taken: boolean; before: boolean }[] = [];
  for (const line of lines) {
    const stripped = line.replace(/(^|\s)#.*$/, '').trimEnd();
    const [, word, rest = ''] = /^\s*(ifn?eq|ifn?def|else|endif)\b(.*)$/.exec(stripped) ?? [];
    const outside = branches.slice(0, -1).every(({ taken }) => taken);
    if (word === 'endif') branches.pop();
    else if (word === 'else') {
      const branch = branches.at(-1);
      if (branch) branch.taken = outside && !branch.before && holds(rest.trim(), variables);
      if (branch) branch.before ||= branch.taken;
    } else if (word !== undefined) {
      const taken = branches.every((branch) => branch.taken) && holds(stripped.trim(), variables);
      branches.push({ taken, before: taken });
    } else if (branches.every(({ taken }) => taken)) {
      live.push(stripped);
      assign(stripped, variables);
    }
  }
  return live;
}

/** @param condition `ifeq (a,b)` and its like; nothing at all is true */
function holds(condition: string, variables: ReadonlyMap<string, string>): boolean {
  const [, word, rest = ''] = /^(ifn?eq|ifn?def)\s*(.*)$/.exec(condition) ?? [];
  if (word === undefined) return true;
  const wanted = !word.startsWith('ifn');
  if (word.endsWith('def')) return (expand(`$(${rest.trim()})`, variables).trim() !== '') === wanted;
  const expanded = expand(rest, variables);
  const [, one = '', other = ''] =
    /^\(([^,]*),(.*)\)\s*$/.exec(expanded) ?? /^["']([^"']*)["']\s+["']([^"']*)["']\s*$/.exec(expanded) ?? [];
  return (one.trim() === other.trim()) === wanted;
}

function assign(line: string, variables: Map<string, string>): void {
  const [, name, kind, value = ''] = line.startsWith('\t') ? [] : (ASSIGNMENT.exec(line) ?? []);
  if (name === undefined) return;
  if (kind === '?' && variables.has(name)) return;
  const before = kind === '+' ? `${variables.get(name) ?? ''} ` : '';
  // A variable that names itself is meant as it was.
  variables.set(name, before + value.replaceAll(`$(${name})`, variables.get(name) ?? ''));
}

/** Functions of make give nothing; what is not known here may come from the environment, which is not asked. */
function expand(text: string, variables: ReadonlyMap<string, string>): string {
  let expanded = text;
  for (let round = 0; round < MOST_EXPANSIONS && expanded.includes('$'); round++) {
    let room = MOST_LENGTH;
    expanded = expanded.replaceAll(/\$[({]([^(){}$]*)[)}]/g, (_, name: string) => {
      const value = variables.get(name) ?? '';
      room -= value.length;
      return room < 0 ? '' : value;
    });
  }
  return expanded.replaceAll(/\$[({][^(){}$]*[)}]/g, '');
}

/** `%.o: %.cu kernels.cu`, up to the first prerequisite. */
const OBJECT_RULE = /^(\S+\.o[ \t]*:(?!=)[ \t]*\S+).*$/;

function namedSources(
  lines: readonly string[],
  variables: ReadonlyMap<string, string>,
  atHand: readonly string[],
  isSource: (path: string) => boolean,
): string[] {
  const named = new Set(
    // What an object depends on besides its own source is included by it.
    lines
      .map((line) => line.replace(OBJECT_RULE, '$1'))
      .flatMap((line) => expand(line.replace(/^[^=:]*[:+?]?=/, ' '), variables).split(/[\s:;'"()]+/)),
  );
  const stem = (name: string): string => name.replace(/\.\w+$/, '');
  const found = atHand.filter((name) => named.has(name) || named.has(`./${name}`));
  const objects = atHand.filter((name) => named.has(`${stem(name)}.o`));
  const elsewhere = [...named].filter((name) => /^(?:\.\.\/|\w).*\//.test(name) && isSource(name));
  const sources = [...new Set([...found, ...objects, ...elsewhere])].sort();
  return sources.length > 0 ? sources : [...atHand].sort();
}
