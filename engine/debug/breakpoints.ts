/** What breakpoints the user has set and what became of them: requests in, sites for the program's thread out. */
import { compileCondition } from '../trace/condition.js';
import { compileGridCondition } from '../trace/condition.js';
import { ConditionError } from '../trace/condition-error.js';
import type { ConditionNames } from '../trace/condition-scope.js';
import { EVENT_FILTERS } from '../trace/event-filters.js';
import type { FastCondition } from './fast-condition.js';
import type { DataWatch, DebugConfiguration, HitCondition, SiteBreakpoint } from './messages.js';
import type { CodeFunction, ProgramCode } from './program-code.js';
import type {
  Breakpoint,
  BreakpointOptions,
  DataBreakpointRequest,
  EventFilterSetting,
  FunctionBreakpointRequest,
  InstructionBreakpointRequest,
  SourceBreakpointRequest,
} from './types.js';

/** One breakpoint of the user's; it may stop at several sites. */
export interface BreakpointEntry {
  readonly answer: Breakpoint;
  readonly kind: 'breakpoint' | 'function breakpoint' | 'instruction breakpoint' | 'data breakpoint';
  readonly options: BreakpointOptions;
  readonly sites: readonly number[];
  readonly watch: DataWatch | null;
  /** Hits that the session has been asked about, in this life of the program. */
  asked: number;
  /** The condition as the program's thread can decide it, by site; null where it cannot. */
  readonly fast: Map<number, FastCondition | null>;
}

export class Breakpoints {
  private readonly groups = new Map<string, BreakpointEntry[]>();
  private filters: readonly EventFilterSetting[] = EVENT_FILTERS.filter((filter) => filter.default).map(({ id }) => ({
    id,
  }));
  private nextId = 1;
  focus: DebugConfiguration['focus'] = null;

  constructor(
    private readonly code: ProgramCode,
    private readonly names: ConditionNames,
  ) {}

  configuration(): DebugConfiguration {
    const breakpoints: SiteBreakpoint[] = [];
    const watches: DataWatch[] = [];
    for (const { answer, options, sites, watch, asked, fast: known } of this.entries()) {
      if (!answer.verified) continue;
      if (watch) watches.push(watch);
      const there = decidedThere(options);
      for (const site of sites) {
        const fast = known.get(site) ?? null;
        const ask = fast ? options.logMessage !== undefined : there.ask;
        breakpoints.push({ id: answer.id, site, ...there, fast, ask, hitsBefore: asked });
      }
    }
    return { breakpoints, watches, filters: this.filters, focus: this.focus };
  }

  /** Another life of the program begins: nothing has been hit. */
  forgetHits(): void {
    for (const entry of this.entries()) entry.asked = 0;
  }

  entry(id: number): BreakpointEntry | undefined {
    return this.entries().find(({ answer }) => answer.id === id);
  }

  setSource(path: string, requests: readonly SourceBreakpointRequest[]): Breakpoint[] {
    const file = this.code.fileOf(path);
    return this.set(`source ${path}`, 'breakpoint', requests, (request) => {
      if (file === undefined) return refused('This file has no code in the program.');
      const { offsets, at } = this.code.stopsAt(file, request.line, request.column ?? 0);
      if (!at) return refused('There is no code at this line or after it.');
      return {
        sites: offsets,
        answer: { verified: true, path: this.code.pathOf(at.file), line: at.line, column: at.column },
      };
    });
  }

  setFunctions(requests: readonly FunctionBreakpointRequest[]): Breakpoint[] {
    return this.set('function', 'function breakpoint', requests, ({ name }) => {
      const found = this.code.functionsNamed(name);
      if (found.length === 0) return refused(`There is no function or kernel '${name}' in the program.`);
      const sites = found.map((fn: CodeFunction) => this.code.entryOf(fn));
      const at = this.code.index.at(sites[0] ?? 0);
      return {
        sites,
        answer: {
          verified: true,
          ...(at && { path: this.code.pathOf(at.file), line: at.line, column: at.column }),
        },
      };
    });
  }

  setInstructions(requests: readonly InstructionBreakpointRequest[]): Breakpoint[] {
    return this.set('instruction', 'instruction breakpoint', requests, ({ codeOffset }) => {
      const fn = this.code.functionAt(codeOffset);
      if (!fn) return refused('There is no code at this address.');
      if (!fn.user) return refused('This is code of a library, which does not stop.');
      return { sites: [codeOffset], answer: { verified: true, codeOffset } };
    });
  }

  /** @param frameOf the record of the function whose frame an address lies in, and whose stack that is */
  setData(
    requests: readonly DataBreakpointRequest[],
    frameOf: (request: DataBreakpointRequest) => { readonly record: number; readonly hostThread: number } | null,
  ): Breakpoint[] {
    return this.set('data', 'data breakpoint', requests, (request, id) => {
      const { address, bytes, access } = request;
      if (!(bytes > 0 && bytes <= MOST_WATCHED_BYTES)) return refused('A data breakpoint watches 1 byte to 16 MiB.');
      const holding = access === 'migrate' ? null : frameOf(request);
      const frame = holding?.record ?? null;
      const hostThread = holding?.hostThread ?? 0;
      if (frame !== null && access === 'read')
        return refused('This variable lies in a function’s frame, whose own reads are not seen. Watch it for writes.');
      const { mode, hit, ask, grid } = decidedThere(request);
      return {
        sites: [],
        watch: { id, address, bytes, access, frame, hostThread, mode, ask: ask || grid !== null, hit },
        answer: {
          verified: true,
          ...(frame !== null && {
            message:
              'The variable lies in a function’s frame: the program stops at the line after one that changes it.',
          }),
        },
      };
    });
  }

  setFilters(filters: readonly EventFilterSetting[]): Breakpoint[] {
    const good: EventFilterSetting[] = [];
    const answers = filters.map((filter): Breakpoint => {
      const id = this.nextId++;
      if (!EVENT_FILTERS.some((known) => known.id === filter.id))
        return { id, verified: false, message: `There is no event filter '${filter.id}'.` };
      try {
        if (filter.condition !== undefined && filter.condition.trim() !== '')
          compileCondition(filter.condition, this.names);
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        return { id, verified: false, message: error.message };
      }
      good.push(filter);
      return { id, verified: true };
    });
    this.filters = good;
    return answers;
  }

  private entries(): BreakpointEntry[] {
    return [...this.groups.values()].flat();
  }

  private set<Request extends BreakpointOptions>(
    group: string,
    kind: BreakpointEntry['kind'],
    requests: readonly Request[],
    resolve: (request: Request, id: number) => Resolved,
  ): Breakpoint[] {
    const before = this.groups.get(group) ?? [];
    const entries = requests.map((request): BreakpointEntry => {
      const same = before.find(({ options }) => JSON.stringify(options) === JSON.stringify(request));
      if (same) return same;
      const id = this.nextId++;
      const problem = problemOf(request);
      const { sites, watch = null, answer } = problem === null ? resolve(request, id) : refused(problem);
      return { answer: { id, ...answer }, kind, options: request, sites, watch, asked: 0, fast: new Map() };
    });
    this.groups.set(group, entries);
    return entries.map(({ answer }) => answer);
  }
}

/** Every access to a watched page costs. */
const MOST_WATCHED_BYTES = 16 * 1024 * 1024;

interface Resolved {
  readonly sites: readonly number[];
  readonly watch?: DataWatch;
  readonly answer: Omit<Breakpoint, 'id'>;
}

function refused(message: string): Resolved {
  return { sites: [], answer: { verified: false, message } };
}

function problemOf({ hitCondition }: BreakpointOptions): string | null {
  return hitCondition === undefined || hitCondition.trim() === '' || parseHitCondition(hitCondition)
    ? null
    : `'${hitCondition}' is no hit count: write 5, == 5, > 5, >= 5, < 5, <= 5 or % 5.`;
}

/** What the program's thread can decide by itself, and whether it has to ask. */
function decidedThere({
  condition = '',
  hitCondition = '',
  logMessage,
  mode = 'any',
}: BreakpointOptions): Pick<SiteBreakpoint, 'mode' | 'grid' | 'ask' | 'hit'> {
  const text = condition.trim();
  const grid = text !== '' && compileGridCondition(text) !== null ? text : null;
  return {
    mode,
    grid,
    ask: (text !== '' && grid === null) || logMessage !== undefined,
    hit: parseHitCondition(hitCondition),
  };
}

export function parseHitCondition(text: string): HitCondition | null {
  const found = /^\s*(==|>=|<=|>|<|=|%)?\s*(\d{1,15})\s*$/.exec(text);
  if (!found) return null;
  const operator = found[1] === '=' || found[1] === undefined ? '==' : (found[1] as HitCondition['operator']);
  const count = Number(found[2]);
  return operator === '%' && count === 0 ? null : { operator, count };
}
