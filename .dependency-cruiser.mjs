/**
 * The import table of ARCHITECTURE.md as rules. A room may import itself, what its row names, packages from npm and
 * Node; everything else of ours is a violation. `test/house/architecture.test.ts` proves that each rule bites.
 */

const ours = '^(engine|extension|media|test)/';

/** Room → what it may import beside itself, as regular expressions over paths. */
const rooms = {
  'engine/memory': [],
  'engine/hmm': ['^engine/memory/'],
  'engine/drivers': ['^engine/(hmm|memory|machine)/'],
  'engine/machine': [],
  'engine/toolchain': [],
  'engine/execution': ['^engine/(memory|hmm|drivers|machine|toolchain)/'],
  'engine/symbols': [],
  'engine/trace': ['^engine/memory/(event|units)\\.ts$'],
  'engine/debug': [
    '^engine/(memory|drivers|toolchain|execution|symbols|trace)/',
    '^engine/(allocation-name|session)\\.ts$',
  ],
  'engine/project': ['^engine/trace/run\\.ts$'],
  'engine/cli': ['^engine/index\\.ts$'],
  // What stands directly in media/ is shared by pages and host; the folders in it run in a browser alone.
  // How numbers are written must not load the engine, so it may be had without the public face.
  extension: ['^engine/index\\.ts$', '^engine/trace/format\\.ts$', '^media/[^/]+\\.ts$'],
  media: [],
};

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: room.replace('/', '-'),
  comment: `${room}/ may import only itself${allowed.map((path) => ` and ${path}`).join('')}.`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: { path: ours, pathNot: [`^${room}/`, ...allowed] },
}));

/** The two packages that tie code to an editor or to its protocol. */
const editor = '^vscode$|(^|/)node_modules/@types/vscode/';
const protocol = '(^|/)@vscode/debug(adapter|protocol)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    {
      name: 'engine-root',
      comment: 'The public face imports rooms of the engine and nothing that stands on its right.',
      severity: 'error',
      from: { path: '^engine/[^/]+\\.ts$' },
      to: { path: ['^(extension|media|test)/', '^engine/cli/'] },
    },
    {
      name: 'engine-without-editor',
      comment: 'The engine knows neither VS Code nor the debug adapter protocol.',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: [editor, protocol] },
    },
    {
      name: 'adapter-without-editor',
      comment: 'The debug adapter also serves other editors, over stdio.',
      severity: 'error',
      from: { path: '^extension/adapter/' },
      to: { path: [editor, '^extension/(?!adapter/)'] },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import leads somewhere (VS Code itself exists only inside the editor).',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'declared-package',
      comment: 'What is imported is declared in package.json.',
      severity: 'error',
      from: { path: '^(engine|extension|media)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-package',
      comment: 'What ships does not need what only developers install.',
      severity: 'error',
      from: { path: '^(engine|extension|media)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: editor },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|out|coverage)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
