/** Breakpoints that the program's thread asks about: C++ conditions, hit counts of those, and log messages. */
import { SymbolError } from '../symbols/lldb.js';
import { hitConditionHolds } from './breakpoint-table.js';
import { parseHitCondition, type BreakpointEntry, type Breakpoints } from './breakpoints.js';
import type { Inspector } from './inspector.js';
import { threadOf } from './thread-numbers.js';
import { DebugError, type DebugObserver } from './types.js';

export class BreakpointJudge {
  constructor(
    private readonly breakpoints: Breakpoints,
    private readonly observer: Pick<DebugObserver, 'logged'>,
    /** Told when a condition can be decided in the program's thread from now on. */
    private readonly learned: () => void,
  ) {}

  /**
   * Which of these stop.
   * @param travels what is said was said before
   */
  async decide(ids: readonly number[], inspector: Inspector, travels: boolean): Promise<number[]> {
    const { state } = inspector;
    const stops: number[] = [];
    for (const id of ids) {
      const entry = this.breakpoints.entry(id);
      if (!entry) continue;
      const { condition = '', hitCondition = '', logMessage } = entry.options;
      try {
        if (condition.trim() !== '' && !isTrue((await inspector.evaluate(condition, null)).value)) {
          await this.learn(entry, state.moment.site, inspector);
          continue;
        }
      } catch (error) {
        if (!(error instanceof DebugError)) throw error;
        this.observer.logged(
          `The condition '${condition}' of a breakpoint cannot be evaluated: ${error.message}`,
          null,
        );
      }
      entry.asked++;
      // Decided there from now on, if that can be.
      if (condition.trim() !== '') await this.learn(entry, state.moment.site, inspector);
      if (!hitConditionHolds(parseHitCondition(hitCondition), entry.asked)) continue;
      if (logMessage === undefined) stops.push(id);
      else if (!travels) await this.log(logMessage, inspector);
    }
    return stops;
  }

  private async learn(entry: BreakpointEntry, site: number, inspector: Inspector): Promise<void> {
    if (entry.fast.has(site)) return;
    entry.fast.set(site, await inspector.fastCondition(entry.options.condition ?? ''));
    if (entry.fast.get(site)) this.learned();
  }

  private async log(message: string, inspector: Inspector): Promise<void> {
    let text = '';
    let last = 0;
    for (const { 0: whole, 1: expression = '', index } of message.matchAll(/\{([^{}]*)\}/g)) {
      text += message.slice(last, index);
      last = index + whole.length;
      try {
        text += (await inspector.evaluate(expression, null)).value;
      } catch (error) {
        if (!(error instanceof DebugError) && !(error instanceof SymbolError)) throw error;
        text += `{${error.message}}`;
      }
    }
    text += message.slice(last);
    const [frame] = inspector.stack(threadOf(inspector.state));
    const at = frame && frame.path !== null ? { path: frame.path, line: frame.line, column: frame.column } : null;
    this.observer.logged(text, at);
  }
}

/** C's truth, from what LLDB shows of a value. */
function isTrue(text: string): boolean {
  return !/^(false|nullptr|[-+]?0+(\.0*)?|0x0+( .*)?|'\\0' \(0\))$/.test(text.trim());
}
