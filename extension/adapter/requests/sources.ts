/** The files of the program, and the one module that they are compiled to. */
import { MIGRATION_REFERENCE, migrationText } from '../migration-text.js';
import { RequestError } from '../request-error.js';
import { request } from '../request.js';
import { count, fields, maybe } from '../schema.js';
import { source } from './breakpoints.js';

export const MODULE_ID = 1;

const LANGUAGE_TYPES: readonly (readonly [RegExp, string])[] = [
  [/\.(cu|cuh)$/i, 'text/x-cuda'],
  [/\.(c|h)$/i, 'text/x-csrc'],
  [/./, 'text/x-c++src'],
];

export const sourceRequests = [
  request('loadedSources', fields({}), (_, { state }) => ({
    sources: state.session.sources.map((path) => state.sources.of(path)),
  })),

  request(
    'source',
    fields({ source: maybe(source), sourceReference: maybe(count) }),
    async ({ source: said, sourceReference }, { state }) => {
      const reference = said?.sourceReference ?? sourceReference ?? 0;
      if (reference === MIGRATION_REFERENCE) return { content: migrationText, mimeType: 'text/x-csrc' };
      if (said?.path === undefined) throw new RequestError('There is no text under that number.');
      const path = state.client.pathFrom(said.path);
      const mimeType = LANGUAGE_TYPES.find(([pattern]) => pattern.test(path))?.[1] ?? 'text/plain';
      return { content: await state.sources.text(path), mimeType };
    },
  ),

  request('modules', fields({ startModule: maybe(count), moduleCount: maybe(count) }), (args, { state }) => {
    const { startModule = 0, moduleCount = 0 } = args;
    const { configuration } = state;
    const [first = 'program'] = configuration?.request.sources ?? [];
    const name = `${first.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '')}.wasm`;
    const modules = [
      {
        id: MODULE_ID,
        name,
        isOptimized: (configuration?.request.optimize ?? 0) > 0,
        isUserCode: true,
        symbolStatus: state.session.sources.length > 0 ? 'Symbols loaded.' : 'No symbols.',
      },
    ];
    const end = moduleCount === 0 ? modules.length : startModule + moduleCount;
    return { modules: modules.slice(startModule, end), totalModules: modules.length };
  }),
];
