/**
 * LLDB over one linked module: what is in scope where the program stands, what an expression is worth there, and how a value is
 * changed. LLDB evaluates DWARF and C++; memory and locals are the caller's, told with each call.
 *
 * The evaluator (lldb-eval) knows: literals, names (also `ns::name`, `Class::member`, `this`), `.`, `->`, `[]`, unary
 * `* & + - ~ !`, arithmetic, shifts, comparisons, `&&`, `||`, `?:`, C and C++ casts to types that can be named without
 * template arguments, `sizeof`. What is added here: `[]` on `std::vector`, `std::array` and `std::unique_ptr<T[]>`, `*` and `->`
 * on smart pointers, unscoped enumerators. What does not work: calls of any kind, assignments and `++`/`--` (see
 * {@link Lldb.assign}), text literals, `and`/`or`/`not`, the comma, names of templates with arguments in a cast.
 */
import { parseLiteral, postfixStart } from './expressions.js';
import type { Missing, ScopeEntry, ValueInfo } from './lldb-messages.js';
import { LldbThread, NULL_BYTES, SymbolError, type StoppedFrame } from './lldb-thread.js';
import { decodeScalar, encodeScalar, plain, Type, type Scalar } from './types.js';
import { Values, type Child, type Value } from './values.js';

export { SymbolError, type Child, type StoppedFrame, type Value };

export interface ScopeVariable {
  readonly scope: ScopeEntry['scope'];
  readonly name: string;
  /** An expression that gives it. */
  readonly evaluateName: string;
  readonly value: Value;
}

/** What may stand at a place in an expression. */
export interface Completion {
  readonly label: string;
  readonly type: 'variable' | 'field';
  readonly text: string;
  /** Characters before the cursor that the text replaces. */
  readonly replaces: number;
}

/** Rewritings of one expression: each makes one operator of it understood. */
const MOST_REWRITINGS = 16;
/** Names that the compiler and its library make up. */
const LIBRARY_NAME = /^(?:::)?(?:std::|__|vtable for |typeinfo |VTT for |guard variable )/;

export class Lldb {
  private readonly values: Values;
  private readonly enumerators = new Map<string, { readonly type: string; readonly value: bigint }>();

  private constructor(
    private readonly thread: LldbThread,
    memory: () => Uint8Array,
  ) {
    thread.memory = memory;
    this.values = new Values(thread, (address, length) => {
      const bytes = memory();
      if (address < NULL_BYTES || length < 0 || address + length > bytes.length) return undefined;
      return bytes.slice(address, address + length);
    });
  }

  /**
   * Starts the thread and loads LLDB into it, which takes longer than a program's symbols, before there is a program.
   * @param workerFile the bundled `lldb.worker.js`; `@vscode/dwarf-debugging` lies in a `node_modules` above it
   */
  static warmUp(workerFile: URL): LldbThread {
    return new LldbThread(workerFile);
  }

  /**
   * @param wasm linked module with its debug sections
   * @param memory the program's linear memory as it is now; it is copied out of
   * @param thread from {@link warmUp}; it belongs to the result, or is ended if the module cannot be loaded
   * @throws SymbolError
   */
  static async load(wasm: Uint8Array, memory: () => Uint8Array, thread: LldbThread): Promise<Lldb> {
    try {
      await thread.load(wasm);
    } catch (error) {
      await thread.dispose();
      throw error;
    }
    return new Lldb(thread, memory);
  }

  /** Ends the thread. What is being evaluated is rejected; may be called twice. */
  dispose(): Promise<void> {
    return this.thread.dispose();
  }

  /** Names of the functions around a place, the innermost inlined one first. */
  functions(frame: StoppedFrame): Promise<readonly string[]> {
    return this.thread.functions(frame);
  }

  /** Parameters, locals, and the globals and statics of the user's files. Of two locals of one name the inner one is listed. */
  async variables(frame: StoppedFrame): Promise<ScopeVariable[]> {
    const variables: ScopeVariable[] = [];
    for (const { scope, name, type } of await this.thread.variables(frame)) {
      if (name === '' || LIBRARY_NAME.test(name)) continue;
      const value = await this.variable(name, type, frame);
      if (value) variables.push({ scope, name: name.replace(/^::/, ''), evaluateName: name, value });
    }
    return variables;
  }

  /** @throws SymbolError with LLDB's message, or if memory or a local that it needs is not known */
  async evaluate(expression: string, frame: StoppedFrame): Promise<Value> {
    try {
      const { info, missing, expression: understood } = await this.ask(expression.trim(), frame);
      return await this.values.fromInfo(info, missing, understood, frame);
    } catch (error) {
      // Integers of 128 bits: LLDB has them as types, and not as values.
      if (!(error instanceof SymbolError) || !error.message.startsWith('Invalid basic type')) throw error;
      const [pointee] = await this.children(await this.evaluate(`&(${expression})`, frame));
      if (!pointee) throw error;
      return pointee.value;
    }
  }

  /** @see Values.children */
  children(value: Value, start?: number, count?: number): Promise<Child[]> {
    return this.values.children(value, start, count);
  }

  /**
   * Gives a number, character, truth value, enumerator or pointer a new value.
   * @param text a literal, an enumerator, or an expression
   * @returns the value as it is then
   * @throws SymbolError if the expression is nothing in memory of one of those types, or the new value does not fit
   */
  async assign(
    expression: string,
    text: string,
    frame: StoppedFrame,
    write: (address: number, bytes: Uint8Array) => void,
  ): Promise<Value> {
    const { type, address, expression: understood } = (await this.evaluate(expression, frame)).handle;
    if (type.kind === 'array') throw new SymbolError('arrays cannot be assigned as a whole');
    if (!type.isScalar) throw new SymbolError('structures cannot be assigned as a whole');
    if (address === null) throw new SymbolError(`${expression} is not in memory`);
    const scalar = parseLiteral(text, type) ?? scalarOf(await this.evaluate(text, frame), this.values);
    if (scalar === undefined) throw new SymbolError(`${text} is no ${type.name}`);
    const bytes = encodeScalar(type, scalar);
    if (!bytes) throw new SymbolError(`${text} does not fit into ${type.name}`);
    write(address, bytes);
    return this.evaluate(understood ?? expression, frame);
  }

  /** @param column of the cursor in the text, counted from 1 */
  async completions(text: string, column: number, frame: StoppedFrame): Promise<Completion[]> {
    const before = text.slice(0, column - 1);
    const prefix = /[\w:]*$/.exec(before)?.[0] ?? '';
    const rest = before.slice(0, before.length - prefix.length);
    const access = /(?:\.|->)\s*$/.exec(rest);
    const toItem = (label: string, type: Completion['type']): Completion => ({
      label,
      type,
      text: label,
      replaces: prefix.length,
    });
    if (!access) {
      const names = (await this.thread.variables(frame)).map(({ name }) => name.replace(/^::/, ''));
      const wanted = names.filter((name) => name.startsWith(prefix) && !LIBRARY_NAME.test(name));
      return [...new Set(wanted)].map((name) => toItem(name, 'variable'));
    }
    const object = rest.slice(postfixStart(rest, access.index), access.index).trim();
    if (object === '') return [];
    const { type } = await this.typeOf(access[0].startsWith('-') ? `*(${object})` : object, frame);
    return memberNames(type)
      .filter((name) => name.startsWith(prefix))
      .map((name) => toItem(name, 'field'));
  }

  /** Undefined for what LLDB lists and yet does not find: a variable of a block that is over. */
  private async variable(name: string, type: string, frame: StoppedFrame): Promise<Value | undefined> {
    try {
      const value = await this.evaluate(name, frame);
      return { ...value, type: plain(type) };
    } catch (error) {
      if (!(error instanceof SymbolError)) throw error;
      if (error.message.startsWith('use of undeclared identifier')) return undefined;
      return this.values.unknown(plain(type), `<${error.message}>`, name, frame);
    }
  }

  private async typeOf(expression: string, frame: StoppedFrame): Promise<{ readonly type: Type }> {
    return { type: Type.of((await this.ask(expression, frame)).info) };
  }

  /** Evaluates; what LLDB does not understand of the C++ library is put into words that it does. */
  private async ask(
    expression: string,
    frame: StoppedFrame,
  ): Promise<{ readonly info: ValueInfo; readonly missing: Missing | undefined; readonly expression: string }> {
    let text = expression;
    let first: unknown;
    for (let n = 0; n < MOST_REWRITINGS; n++) {
      try {
        const { info, missing } = await this.thread.value(text, frame);
        if (!info) throw new SymbolError('there are no symbols for this place');
        this.note(info);
        return { info, missing, expression: text };
      } catch (error) {
        if (!(error instanceof SymbolError)) throw error;
        first ??= error;
        const rewritten = await this.rewritten(text, error, frame).catch(() => undefined);
        if (rewritten === undefined) break;
        text = rewritten;
      }
    }
    throw first;
  }

  private async rewritten(text: string, error: SymbolError, frame: StoppedFrame): Promise<string | undefined> {
    const at = error.position ?? -1;
    if (error.message === 'subscripted value is not an array or pointer' && text[at] === '[') {
      const object = text.slice(postfixStart(text, at), at);
      const path = arrayPath((await this.typeOf(object, frame)).type);
      return path === undefined ? undefined : text.slice(0, at) + path + text.slice(at);
    }
    const name = /^use of undeclared identifier '(\w+)'$/.exec(error.message)?.[1];
    if (name !== undefined && text.startsWith(name, at)) {
      if (!this.enumerators.has(name)) await this.variables(frame);
      const enumerator = this.enumerators.get(name);
      if (!enumerator) return undefined;
      return `${text.slice(0, at)}((${enumerator.type})${enumerator.value})${text.slice(at + name.length)}`;
    }
    return undefined;
  }

  /** Unscoped enumerators are names of their own, which LLDB does not look up. */
  private note(info: ValueInfo): void {
    for (const type of info.typeInfos) {
      for (const { name, value } of type.enumerators ?? [])
        this.enumerators.set(name, { type: type.typeNames[0] ?? 'int', value });
    }
  }
}

function arrayPath(type: Type): string | undefined {
  return ['__begin_', '__elems_', '__ptr_'].filter((name) => type.member(name)).map((name) => `.${name}`)[0];
}

function memberNames(type: Type): string[] {
  return type.members.flatMap(({ name, type: inner }) => (name === '' ? memberNames(inner) : [name]));
}

function scalarOf(value: Value, values: Values): Scalar | undefined {
  const { type, address } = value.handle;
  // An array gives its address, as in C.
  if (type.kind === 'array') return address ?? undefined;
  const bytes = type.isScalar ? values.contentsOf(value.handle) : null;
  return bytes ? decodeScalar(type, bytes) : undefined;
}
