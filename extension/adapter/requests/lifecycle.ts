/** From `initialize` to `disconnect`: who the client is, what is run, and its end. */
import * as v from 'valibot';
import type { LaunchConfiguration } from '../launch-configuration.js';
import { readLaunchConfiguration } from '../launch-configuration.js';
import { capabilities } from '../capabilities.js';
import { launchProgram, restartProgram, runWithoutDebugger } from '../launch.js';
import { RequestError } from '../request-error.js';
import { request } from '../request.js';
import { count, fields, flag, maybe, nothing, text } from '../schema.js';

const clientFields = fields({
  clientID: maybe(text),
  adapterID: maybe(text),
  linesStartAt1: maybe(flag),
  columnsStartAt1: maybe(flag),
  pathFormat: maybe(v.picklist(['path', 'uri'], '"path" or "uri"')),
  supportsVariableType: maybe(flag),
  supportsVariablePaging: maybe(flag),
  supportsMemoryReferences: maybe(flag),
  supportsProgressReporting: maybe(flag),
  supportsInvalidatedEvent: maybe(flag),
  supportsMemoryEvent: maybe(flag),
  supportsANSIStyling: maybe(flag),
});

/** Attributes are read by `readLaunchConfiguration`, whose sentences are about a configuration and not about a request. */
const anything = v.record(v.string(), v.unknown(), 'an object');

export const lifecycleRequests = [
  request(
    'initialize',
    clientFields,
    (args, { state }) => {
      state.client.introduce(args);
      return capabilities(state.engine.eventFilters);
    },
    { phase: 'start' },
  ),

  request(
    'launch',
    v.unknown(),
    async (args, call) => {
      const { state } = call;
      if (state.configuration !== null) throw new RequestError('This session has launched a program already.');
      const configuration: LaunchConfiguration = readLaunchConfiguration(args, state.engine);
      state.configuration = configuration;
      try {
        if (configuration.noDebug) await runWithoutDebugger(configuration, call);
        else await launchProgram(configuration, call);
      } catch (error) {
        state.configuration = null;
        throw error;
      }
      return undefined;
    },
    { phase: 'initialized' },
  ),

  request(
    'configurationDone',
    nothing,
    (_, { state }) => {
      state.configurationDone();
      return undefined;
    },
    { phase: 'initialized' },
  ),

  request('restart', fields({ arguments: maybe(anything) }), async (args, call) => {
    await restartProgram(args.arguments, call);
    return undefined;
  }),

  request(
    'terminate',
    fields({ restart: maybe(flag) }),
    (_, { state, afterResponse }) => {
      afterResponse(() => void state.end().then(() => state.terminated()));
      return undefined;
    },
    { phase: 'initialized' },
  ),

  request(
    'disconnect',
    fields({ restart: maybe(flag), terminateDebuggee: maybe(flag), suspendDebuggee: maybe(flag) }),
    async ({ terminateDebuggee }, { state, id }) => {
      if (terminateDebuggee === false && state.program?.over === false)
        state.events('output', {
          category: 'important',
          output: 'The program lives in the debugger and ended with it.\n',
        });
      await state.end(id);
      return undefined;
    },
    { phase: 'any' },
  ),

  request(
    'cancel',
    fields({ requestId: maybe(count), progressId: maybe(text) }),
    ({ requestId, progressId }, { state }) => {
      if (requestId !== undefined) state.cancelRequest(requestId);
      if (progressId !== undefined) state.progress.cancel(progressId);
      // What is done already cannot be cancelled any more; the protocol asks that this be no error.
      return undefined;
    },
    { phase: 'initialized' },
  ),
];
