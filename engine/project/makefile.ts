/**
 * What a simple Makefile says of how a program is compiled: variables with assignments of every kind, `include`d files excepted, the functions
 * that lists of files are made with, and conditionals. Rules are not followed, commands not run.
 * Source: the manual of GNU make (Variables, Conditionals, Functions for Transforming Text, Functions for File Names).
 */
import { parse } from 'shell-quote';

export interface Makefile {
  /** Words of the variables that hold compilers and flags, and of commands that compile. */
  readonly words: readonly string[];
  /** Sources that it names: of those at hand by themselves or as objects, of others by their paths; all at hand if it names none. */
  readonly sources: readonly string[];
}

/** Of variables: CC, CXX, HIPCC; CFLAGS, NVCCFLAGS, INCLUDES, DEFS … */
const HOLDS_FLAGS = /(?:\bCC|CXX|HIPCC|FLAGS?|INC\w*|DEF\w*|OPT\w*)$/i;
const ASSIGNMENT = /^\s*(?:(?:export|override)\s+)*([\w.-]+)\s*(\?|\+|::?|)=\s*(.*)$/;
/** A command that makes an object: its flags need not be in a variable. */
const COMPILES = /^\t.*\s-c\s/;
/** `$(wildcard src/*.cu)` and its like: innermost first, so what stands in it has been expanded. */
const FUNCTION = /^(wildcard|patsubst|addprefix|addsuffix|notdir|basename|sort|strip)\s+(.*)$/;
/** `$(sources:.cu=.o)`. */
const SUBSTITUTION = /^([\w.-]+):([^=]*)=(.*)$/;
/** Variables may name each other in circles, and grow by it. */
const MOST_EXPANSIONS = 20;
const MOST_LENGTH = 1 << 16;

/** The variables of a Makefile, and what its functions give. */
interface Scope {
  readonly variables: Map<string, string>;
  /** Names of the files in a directory, by its path from the Makefile's. */
  readonly entries: (directory: string) => readonly string[];
}

/**
 * @param atHand names of the source files in its directory
 * @param isSource whether a path from there is a source file elsewhere
 * @param entries names of the files in a directory, by its path from there
 */
export function readMakefile(
  text: string,
  atHand: readonly string[],
  isSource: (path: string) => boolean,
  entries: (directory: string) => readonly string[] = () => [],
): Makefile {
  const scope: Scope = { variables: new Map(), entries };
  const lines = text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  const live = activeLines(lines, scope);
  const words = [...scope.variables]
    .filter(([name]) => HOLDS_FLAGS.test(name))
    .map(([, value]) => value)
    .concat(live.filter((line) => COMPILES.test(line)))
    .flatMap((value) => parse(expand(value, scope)).filter((word) => typeof word === 'string'));
  return { words, sources: namedSources(live, scope, atHand, isSource) };
}

/** Lines of branches that are taken, without comments; assignments in them are made. */
function activeLines(lines: readonly string[], scope: Scope): string[] {
  const live: string[] = [];
  const branches: { taken: boolean; before: boolean }[] = [];
  for (const line of lines) {
    const stripped = line.replace(/(^|\s)#.*$/, '').trimEnd();
    const [, word, rest = ''] = /^\s*(ifn?eq|ifn?def|else|endif)\b(.*)$/.exec(stripped) ?? [];
    const outside = branches.slice(0, -1).every(({ taken }) => taken);
    if (word === 'endif') branches.pop();
    else if (word === 'else') {
      const branch = branches.at(-1);
      if (branch) branch.taken = outside && !branch.before && holds(rest.trim(), scope);
      if (branch) branch.before ||= branch.taken;
    } else if (word !== undefined) {
      const taken = branches.every((branch) => branch.taken) && holds(stripped.trim(), scope);
      branches.push({ taken, before: taken });
    } else if (branches.every(({ taken }) => taken)) {
      live.push(stripped);
      assign(stripped, scope);
    }
  }
  return live;
}

/** @param condition `ifeq (a,b)` and its like; nothing at all is true */
function holds(condition: string, scope: Scope): boolean {
  const [, word, rest = ''] = /^(ifn?eq|ifn?def)\s*(.*)$/.exec(condition) ?? [];
  if (word === undefined) return true;
  const wanted = !word.startsWith('ifn');
  if (word.endsWith('def')) return (expand(`$(${rest.trim()})`, scope).trim() !== '') === wanted;
  const expanded = expand(rest, scope);
  const [, one = '', other = ''] =
    /^\(([^,]*),(.*)\)\s*$/.exec(expanded) ?? /^["']([^"']*)["']\s+["']([^"']*)["']\s*$/.exec(expanded) ?? [];
  return (one.trim() === other.trim()) === wanted;
}

function assign(line: string, scope: Scope): void {
  const [, name, kind, value = ''] = line.startsWith('\t') ? [] : (ASSIGNMENT.exec(line) ?? []);
  if (name === undefined) return;
  const { variables } = scope;
  if (kind === '?' && variables.has(name)) return;
  const before = kind === '+' ? `${variables.get(name) ?? ''} ` : '';
  // A variable that names itself is meant as it was.
  variables.set(name, before + value.replaceAll(`$(${name})`, variables.get(name) ?? ''));
}

/** Other functions of make give nothing; what is not known here may come from the environment, which is not asked. */
function expand(text: string, scope: Scope): string {
  let expanded = text;
  for (let round = 0; round < MOST_EXPANSIONS && expanded.includes('$'); round++) {
    let room = MOST_LENGTH;
    expanded = expanded.replaceAll(/\$[({]([^(){}$]*)[)}]/g, (_, inner: string) => {
      const value = valueOf(inner, scope);
      room -= value.length;
      return room < 0 ? '' : value;
    });
  }
  return expanded.replaceAll(/\$[({][^(){}$]*[)}]/g, '');
}

/** What `$(inner)` stands for. */
function valueOf(inner: string, scope: Scope): string {
  const [, called, rest = ''] = FUNCTION.exec(inner) ?? [];
  if (called !== undefined) return applied(called, rest, scope);
  const [, name, from = '', to = ''] = SUBSTITUTION.exec(inner) ?? [];
  if (name === undefined) return scope.variables.get(inner) ?? '';
  const pattern = from.includes('%') ? from : `%${from}`;
  const words = wordsOf(expand(scope.variables.get(name) ?? '', scope));
  return words.map((word) => substituted(word, pattern, to.includes('%') ? to : `%${to}`)).join(' ');
}

function applied(name: string, rest: string, { entries }: Scope): string {
  const [first = '', second = '', third = ''] = rest.split(',').map((argument) => argument.trim());
  const each = (list: string, change: (word: string) => string): string => wordsOf(list).map(change).join(' ');
  switch (name) {
    case 'wildcard':
      return wordsOf(rest)
        .flatMap((pattern) => matching(pattern, entries))
        .join(' ');
    case 'patsubst':
      return each(third, (word) => substituted(word, first, second));
    case 'addprefix':
      return each(second, (word) => first + word);
    case 'addsuffix':
      return each(second, (word) => word + first);
    case 'notdir':
      return each(rest, (word) => word.replace(/^.*\//, ''));
    case 'basename':
      return each(rest, (word) => word.replace(/\.[^./]*$/, ''));
    case 'sort':
      return [...new Set(wordsOf(rest))].sort().join(' ');
    default:
      return wordsOf(rest).join(' ');
  }
}

const wordsOf = (list: string): string[] => list.split(/\s+/).filter((word) => word !== '');

/** A word that the pattern fits, with its stem (`%`) in the replacement; another one as it is. */
function substituted(word: string, pattern: string, replacement: string): string {
  const [before = '', after = ''] = pattern.split('%');
  const fits =
    word.length >= before.length + after.length &&
    word.startsWith(before) &&
    word.endsWith(after) &&
    pattern.includes('%');
  return fits ? replacement.replace('%', word.slice(before.length, word.length - after.length)) : word;
}

/** Files that `src/*.cu` stands for: stars in the last part of the path. */
function matching(pattern: string, entries: Scope['entries']): string[] {
  const at = pattern.lastIndexOf('/');
  const [directory, name] = [pattern.slice(0, at + 1), pattern.slice(at + 1)];
  if (directory.includes('*')) return [];
  const parts = name.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const fits = new RegExp(`^${parts.join('[^/]*')}$`);
  return entries(directory === '' ? '.' : directory)
    .filter((entry) => fits.test(entry))
    .map((entry) => directory + entry);
}

/** `%.o: %.cu kernels.cu`, up to the first prerequisite. */
const OBJECT_RULE = /^(\S+\.o[ \t]*:(?!=)[ \t]*\S+).*$/;

/** `%.o: %.cu`. */
const PATTERN_RULE = /^%\.o[ \t]*:(?!=)[ \t]*%(\.\w+)/;

function namedSources(
  lines: readonly string[],
  scope: Scope,
  atHand: readonly string[],
  isSource: (path: string) => boolean,
): string[] {
  const named = new Set(
    // What an object depends on besides its own source is included by it.
    lines
      .map((line) => line.replace(OBJECT_RULE, '$1'))
      .flatMap((line) => expand(line.replace(/^[^=:]*[:+?]?=/, ' '), scope).split(/[\s:;'"()]+/))
      .map((word) => word.replace(/^(?:\.\/+)+/, '')),
  );
  const stem = (name: string): string => name.replace(/\.\w+$/, '');
  const found = atHand.filter((name) => named.has(name));
  // One object is made of one source: of that which is named, or of the kind that a rule makes objects of.
  const ofRules = lines.flatMap((line) => PATTERN_RULE.exec(line)?.[1] ?? []);
  const ofNamed = new Set(found.map(stem));
  const fits = atHand.filter((name) => named.has(`${stem(name)}.o`) && !ofNamed.has(stem(name)));
  const byRules = fits.filter((name) => ofRules.some((suffix) => name.endsWith(suffix)));
  const ofByRules = new Set(byRules.map(stem));
  const objects = [...byRules, ...fits.filter((name) => !ofByRules.has(stem(name)))];
  const elsewhere = [...named].filter((name) => /^(?:\.\.\/|\w).*\//.test(name) && isSource(name));
  const sources = [...new Set([...found, ...objects, ...elsewhere])].sort();
  return sources.length > 0 ? sources : [...atHand].sort();
}
