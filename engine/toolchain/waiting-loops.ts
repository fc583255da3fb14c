/**
 * Loops in which a thread waits for what another one writes, and says so by nothing but atomic functions or fences:
 * `while (atomicAdd(&flag, 0) == 0);`, `while (atomicCAS(&lock, 0, 1) != 0);`, `while (*flag == 0) __threadfence();`.
 *
 * Such a loop goes on for as long as what a *look* gives says so. A look is an atomic operation that gives the same again if nobody
 * else writes: one that adds zero, or whose address and operands are not what an earlier round of the loop has brought. Loops that update
 * (`old = atomicCAS(p, assumed = old, …)`), that draw (`atomicAdd(&next, 1)`) and that search (`atomicCAS(&table[slot++], …)`) get further
 * by themselves, and are not among them.
 *
 * The IR is Clang's before any pass: variables are memory of the function, so what depends on what is followed through them, too.
 */
import { functionsOf, loopsOf, type Block, type IrFunction } from './ir-function.js';

/** What a value depends on: bits. */
const CHANGES = 1;
const LOOK = 2;
/** What an earlier round of the loop has brought. */
const ROUND = 4;
type Taint = number;
/** Of registers and variables. */
type Taints = ReadonlyMap<string, Taint>;

/** CUDA's and HIP's functions, of the engine's headers. */
const ATOMIC_CALL =
  /@_ZL?\d+atomic(Add|Sub|Inc|Dec|And|Or|Xor|Exch|Min|Max|CAS)(?:_block|_system)?(?=[A-Z])[^(]*\((.*)\)/;
const ATOMIC_OPERATOR =
  / = (?:atomicrmw (?:volatile )?(\w+)|(cmpxchg)) (?:weak )?(?:volatile )?(ptr .*?)(?: syncscope\(.*?\))? (?:monotonic|acquire|release|acq_rel|seq_cst)\b/;
const CALL = / call .*?@"?([\w.$]+)"?\(/;
const RESULT = /^ {2}(%[\w.]+) = (.*)$/;
const REGISTER = /%[\w.]+/g;
const STORE = /^ {2}store (?:atomic )?(?:volatile )?(.*), ptr ([%@][\w.$]+)/;
const LOAD = /^ {2}(%[\w.]+) = load (?:atomic )?(?:volatile )?.*, ptr ([%@][\w.$]+)/;
const ALLOCA = /^ {2}(%[\w.]+) = alloca /;
const PART = /^ {2}(%[\w.]+) = getelementptr .*?\bptr (%[\w.]+)/;
const BRANCH = /^ {2}(?:br i1|switch \w+) (%[\w.]+), label %"?([\w.$-]+)"?(?:, label %"?([\w.$-]+))?/;
const FENCE = /^ {2}fence |@_ZL?\d+__threadfence/;
/** Names any of the above; cheap, because it is asked of every line. */
const MAY_LOOK = / atomicrmw | cmpxchg | fence |@_ZL?\d+(?:atomic|__threadfence)/;
const RETURN = /^ {2}ret \w+ (%[\w.]+)/;
/** Loops of its own: they update. */
const ENGINE = '_ZN9faultline';
/** A function that calls one that looks, which calls one that looks. */
const MOST_CALLS = 4;

/** Blocks from which a waiting loop goes round again: label of the block, and of its loop's header. */
export interface WaitingLatch {
  readonly block: Block;
  readonly header: string;
}

/** @param lines textual LLVM IR as Clang's front end wrote it */
export function waitingLatches(lines: readonly string[]): WaitingLatch[] {
  const functions = [...functionsOf(lines)].filter(({ name }) => !name.startsWith(ENGINE));
  const looking = new Set<string>();
  const looks = functions.map((of) => new Dataflow(lines, of, looking));
  for (let round = 0, before = -1; round < MOST_CALLS && looking.size > before; round++) {
    before = looking.size;
    for (const of of looks) if (!looking.has(of.name) && of.mayLook && of.returnsLook()) looking.add(of.name);
  }
  return looks.filter(({ mayLook }) => mayLook).flatMap((of) => of.latches());
}

interface Atomic {
  /** Its operator, or `call`: of a function that gives what a look gave. */
  readonly kind: string;
  /** Address and values, as written. */
  readonly operands: string;
}

class Dataflow {
  /** The variable of the function that a register points into. */
  private readonly variables = new Map<string, string>();
  /** Registers are written once. */
  private readonly definitions = new Map<string, string>();
  /** An atomic function, operator or fence is in it. */
  private readonly isLooking: boolean;
  private readonly called = new Set<string>();
  /** As Clang orders them. */
  private readonly ordered: readonly Block[];
  private readonly places: ReadonlyMap<Block, number>;

  constructor(
    private readonly lines: readonly string[],
    private readonly of: IrFunction,
    private readonly looking: ReadonlySet<string>,
  ) {
    this.ordered = [...of.blocks.values()].sort((a, b) => a.first - b.first);
    this.places = new Map(this.ordered.map((block, place) => [block, place]));
    let isLooking = false;
    for (const block of this.ordered)
      for (const line of this.linesOf(block)) {
        isLooking ||= MAY_LOOK.test(line);
        const callee = CALL.exec(line)?.[1];
        if (callee !== undefined) this.called.add(callee);
        const variable = ALLOCA.exec(line)?.[1];
        if (variable !== undefined) this.variables.set(variable, variable);
        const [, part = '', whole = ''] = PART.exec(line) ?? [];
        const root = this.variables.get(whole);
        if (root !== undefined) this.variables.set(part, root);
        const [, result, text = ''] = RESULT.exec(line) ?? [];
        if (result !== undefined) this.definitions.set(result, text);
      }
    this.isLooking = isLooking;
  }

  get name(): string {
    return this.of.name;
  }

  get mayLook(): boolean {
    return this.isLooking || [...this.called].some((name) => this.looking.has(name));
  }

  returnsLook(): boolean {
    const { blocks } = this.of;
    const taints = this.follow(new Set(blocks.keys()), new Set(), this.isFenced([...blocks.values()]));
    for (const block of blocks.values())
      for (const line of this.linesOf(block))
        if (((taints.get(RETURN.exec(line)?.[1] ?? '') ?? 0) & LOOK) !== 0) return true;
    return false;
  }

  latches(): WaitingLatch[] {
    const { blocks } = this.of;
    const found: WaitingLatch[] = [];
    for (const { header, blocks: body, latches } of loopsOf(this.of)) {
      const inside = [...body].flatMap((label) => blocks.get(label) ?? []);
      const taints = this.follow(body, this.roundsOf(inside), this.isFenced(inside));
      const waits = inside.some(
        (block) =>
          block.next.some((label) => !body.has(label)) &&
          ((taints.get(this.branchOf(block)?.condition ?? '') ?? 0) & LOOK) !== 0,
      );
      if (waits)
        for (const label of latches) for (const block of [blocks.get(label)]) if (block) found.push({ block, header });
    }
    return found;
  }

  private isFenced(body: readonly Block[]): boolean {
    return body.some((block) => this.linesOf(block).some((line) => FENCE.test(line)));
  }

  /** Variables whose values come from what they were before, by way of others, too. */
  private roundsOf(body: readonly Block[]): ReadonlySet<string> {
    const sources = new Map<string, Set<string>>();
    for (const block of body)
      for (const line of this.linesOf(block)) {
        const [, value = '', target = ''] = STORE.exec(line) ?? [];
        const variable = this.variables.get(target);
        if (variable === undefined) continue;
        const from = sources.get(variable) ?? new Set<string>();
        sources.set(variable, from);
        for (const source of this.variablesIn(value)) from.add(source);
      }
    return new Set([...sources.keys()].filter((variable) => reaches(sources, variable)));
  }

  /** Variables that the registers of an operand were loaded from. */
  private variablesIn(operand: string): ReadonlySet<string> {
    const found = new Set<string>();
    const seen = new Set<string>();
    const pending = [operand];
    for (let text = pending.pop(); text !== undefined; text = pending.pop())
      for (const [register] of text.matchAll(REGISTER)) {
        const variable = this.variables.get(register);
        if (variable !== undefined) found.add(variable);
        if (seen.has(register)) continue;
        seen.add(register);
        pending.push(this.definitions.get(register) ?? '');
      }
    return found;
  }

  /**
   * What registers and variables depend on, as far as it comes to be in these blocks.
   * @param rounds variables that have what an earlier round brought; @param fenced loads from memory are looks
   */
  private follow(body: ReadonlySet<string>, rounds: ReadonlySet<string>, fenced: boolean): Taints {
    const steady = this.spread(body, rounds, () => false);
    return this.spread(body, rounds, (line) => this.isLook(line, steady, fenced));
  }

  private spread(body: ReadonlySet<string>, rounds: ReadonlySet<string>, isLook: (line: string) => boolean): Taints {
    const taints = new Map<string, Taint>();
    let changed = true;
    const taint = (name: string, more: Taint): void => {
      const before = taints.get(name) ?? 0;
      if ((before | more) === before) return;
      taints.set(name, before | more);
      changed = true;
    };
    while (changed) {
      changed = false;
      const decided = this.decidedBy(body, taints);
      for (const label of body) {
        const block = this.of.blocks.get(label);
        if (!block) continue;
        for (const line of this.linesOf(block)) {
          const [, value = '', target = ''] = STORE.exec(line) ?? [];
          const variable = this.variables.get(target);
          if (variable !== undefined)
            taint(
              variable,
              taintOf(taints, value) | (decided.has(label) ? LOOK : 0) | (rounds.has(variable) ? ROUND : 0),
            );
          const [, result, text = ''] = RESULT.exec(line) ?? [];
          if (result === undefined) continue;
          const [, , source = ''] = LOAD.exec(line) ?? [];
          const local = this.variables.get(source);
          const isShared = (source !== '' && local === undefined) || this.atomicOf(line) !== undefined;
          const own = local === undefined ? taintOf(taints, text) : (taints.get(local) ?? 0);
          taint(result, own | (isShared ? CHANGES : 0) | (isLook(line) ? LOOK : 0));
        }
      }
    }
    return taints;
  }

  /** Blocks that run or not, by what a look gave: between a branch and where its ways meet, as Clang orders them. */
  private decidedBy(body: ReadonlySet<string>, taints: ReadonlyMap<string, Taint>): ReadonlySet<string> {
    const { blocks } = this.of;
    const decided = new Set<string>();
    for (const label of body) {
      const branch = this.branchOf(blocks.get(label));
      if (!branch || ((taints.get(branch.condition) ?? 0) & LOOK) === 0) continue;
      const [then, otherwise] = [blocks.get(branch.then), blocks.get(branch.otherwise)];
      if (!then || !otherwise || then.first > otherwise.first) continue;
      const from = this.places.get(then) ?? 0;
      const to = this.places.get(otherwise) ?? 0;
      const meet = blocks.get(this.ordered[to - 1]?.next[0] ?? '');
      const end = Math.max(to, (meet && this.places.get(meet)) ?? 0);
      for (let place = from; place < end; place++) decided.add(this.ordered[place]?.label ?? '');
    }
    return decided;
  }

  /** Whether what the line gives would be the same again. @param fenced what is loaded from memory is, too, if from the same place */
  private isLook(line: string, taints: Taints, fenced: boolean): boolean {
    const atomic = this.atomicOf(line);
    if (atomic) return givesTheSame(atomic, taints);
    const [, , source = ''] = LOAD.exec(line) ?? [];
    return fenced && source !== '' && !this.variables.has(source) && (taintOf(taints, source) & ROUND) === 0;
  }

  private atomicOf(line: string): Atomic | undefined {
    const [, called, parameters = ''] = ATOMIC_CALL.exec(line) ?? [];
    if (called !== undefined) return { kind: called.toLowerCase(), operands: parameters };
    const [, operator, swap, operands = ''] = ATOMIC_OPERATOR.exec(line) ?? [];
    const kind = operator ?? swap;
    if (kind !== undefined) return { kind, operands };
    const callee = CALL.exec(line);
    return callee && this.looking.has(callee[1] ?? '')
      ? { kind: 'call', operands: line.slice(callee.index) }
      : undefined;
  }

  private branchOf(block: Block | undefined): { condition: string; then: string; otherwise: string } | undefined {
    if (!block) return undefined;
    for (const line of this.linesOf(block)) {
      const [, condition, then = '', otherwise = ''] = BRANCH.exec(line) ?? [];
      if (condition !== undefined) return { condition, then, otherwise };
    }
    return undefined;
  }

  private linesOf({ first, end }: Block): readonly string[] {
    return this.lines.slice(first, end);
  }
}

/** Operations that bring something new each time, if not with zero. */
const DRAWS = new Set(['add', 'sub', 'xor', 'inc', 'dec', 'uinc_wrap', 'udec_wrap', 'fadd', 'fsub']);
const ZERO = /[ (]-?(?:0|0\.0+e\+00|false)$/;

function taintOf(taints: Taints, text: string): Taint {
  let all = 0;
  for (const [register] of text.matchAll(REGISTER)) all |= taints.get(register) ?? 0;
  return all;
}

function givesTheSame({ kind, operands }: Atomic, taints: Taints): boolean {
  if (kind === 'call') return (taintOf(taints, operands) & ROUND) === 0;
  const [address = '', first = ''] = operands.replaceAll(/\)? #\d+$|\)$/g, '').split(', ');
  if (DRAWS.has(kind) && !ZERO.test(first)) return false;
  return (taintOf(taints, address) & ROUND) === 0 && taintOf(taints, first) === 0;
}

/** Whether a way leads from a variable back to itself. */
function reaches(sources: ReadonlyMap<string, ReadonlySet<string>>, variable: string): boolean {
  const seen = new Set<string>();
  const pending = [...(sources.get(variable) ?? [])];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at === variable) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    pending.push(...(sources.get(at) ?? []));
  }
  return false;
}
