/** Going on, forwards and back. All of it answers at once; that the program stands again is told by a `stopped` event. */
import * as v from 'valibot';
import type { DebugSession, StepGranularity } from '../../../engine/index.js';
import { RequestError } from '../request-error.js';
import { define, request, type Call } from '../request.js';
import { count, fields, maybe, whole } from '../schema.js';
import { customArguments } from '../custom-requests.js';
import { source } from './breakpoints.js';

const granularity = maybe(v.picklist(['statement', 'line', 'instruction'], '"statement", "line" or "instruction"'));
const thread = { threadId: maybe(whole) };
const shown = { showUser: true } as const;

/** What the protocol says an absent granularity means. */
const STATEMENT: StepGranularity = 'statement';

/** Lets the program go on. */
function go({ state }: Call, on: (session: DebugSession) => void): undefined {
  const session = state.stoppedSession;
  on(session);
  state.program?.resume();
  return undefined;
}

/**
 * Lets the program go somewhere that is reached by running it again from an earlier point, which may take a while: that is shown,
 * and can be given up.
 */
function travel({ state }: Call, title: string, on: (session: DebugSession) => void): undefined {
  const session = state.stoppedSession;
  on(session);
  state.program?.resume(state.progress.start(title, null, () => session.pause()));
  return undefined;
}

export const executionRequests = [
  request(
    'continue',
    fields(thread),
    (_, call) => {
      go(call, (session) => session.continue());
      return { allThreadsContinued: true };
    },
    shown,
  ),

  request(
    'next',
    fields({ ...thread, granularity }),
    (args, call) => go(call, (session) => session.step('over', args.granularity ?? STATEMENT)),
    shown,
  ),

  request(
    'stepIn',
    fields({ ...thread, granularity, targetId: maybe(whole) }),
    (args, call) => go(call, (session) => session.step('in', args.granularity ?? STATEMENT, args.targetId)),
    shown,
  ),

  request(
    'stepOut',
    fields({ ...thread, granularity }),
    (args, call) => go(call, (session) => session.step('out', args.granularity ?? STATEMENT)),
    shown,
  ),

  request(
    'stepBack',
    fields({ ...thread, granularity }),
    (args, call) => travel(call, 'Stepping back', (session) => session.stepBack(args.granularity ?? STATEMENT)),
    shown,
  ),

  request(
    'reverseContinue',
    fields(thread),
    (_, call) => travel(call, 'Running back', (session) => session.reverseContinue()),
    shown,
  ),

  request(
    'restartFrame',
    fields({ frameId: count }),
    ({ frameId }, call) => travel(call, 'Restarting the frame', (session) => session.restartFrame(frameId)),
    shown,
  ),

  request(
    'goto',
    fields({ ...thread, targetId: whole }),
    ({ targetId }, call) => travel(call, 'Going there', (session) => session.goto(targetId)),
    shown,
  ),

  request(
    'pause',
    fields(thread),
    (_, { state }) => {
      const { session } = state;
      if (state.program?.over === true) throw new RequestError('The program has ended.');
      // Two clicks, or a breakpoint that came first: it stands, as was wanted.
      if (!session.stopped) session.pause();
      return undefined;
    },
    shown,
  ),

  request('stepInTargets', fields({ frameId: count }), async ({ frameId }, { state }) => {
    const { client } = state;
    const targets = await state.stoppedSession.stepInTargets(frameId);
    return {
      targets: targets.map(({ id, label, line, column }) => ({
        id,
        label,
        ...(line !== undefined && { line: client.lineTo(line) }),
        ...(column !== undefined && { column: client.columnTo(column) }),
      })),
    };
  }),

  request(
    'gotoTargets',
    fields({ source, line: whole, column: maybe(whole) }),
    async ({ source: { path }, line }, { state }) => {
      const { client } = state;
      if (path === undefined) return { targets: [] };
      const targets = await state.stoppedSession.gotoTargets(client.pathFrom(path), client.lineFrom(line));
      return {
        targets: targets.map(({ id, label, line: at, column }) => ({
          id,
          label,
          line: at === undefined ? line : client.lineTo(at),
          ...(column !== undefined && { column: client.columnTo(column) }),
        })),
      };
    },
  ),

  define(
    'faultline/runToEvent',
    customArguments['faultline/runToEvent'],
    ({ event }, call) => {
      travel(call, `Going to event ${event}`, (session) => session.runToEvent(event));
      continued(call);
    },
    shown,
  ),

  define(
    'faultline/focus',
    customArguments['faultline/focus'],
    async ({ position }, call) => {
      const session = call.state.stoppedSession;
      await session.focus(position ?? null);
      if (session.stopped) return;
      call.state.program?.resume();
      continued(call);
    },
    shown,
  ),
];

/** The client does not know that a request of our own lets the program run. */
function continued({ state }: Call): void {
  state.events('continued', { threadId: state.program?.threads[0]?.id ?? 1, allThreadsContinued: true });
}
