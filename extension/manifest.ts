/**
 * The names that code and `package.json` share. Every name here is contributed there and the other way round; a test
 * compares the two, and no other file of the extension spells such a name.
 */
export const commands = {
  runFile: 'faultline.runFile',
  debugFile: 'faultline.debugFile',
  openMap: 'faultline.openMap',
  openMemories: 'faultline.openMemories',
  openTimeline: 'faultline.openTimeline',
  openEvents: 'faultline.openEvents',
  showSummary: 'faultline.showSummary',
  pageHistory: 'faultline.pageHistory',
  toggleHeat: 'faultline.toggleHeat',
  chooseDriver: 'faultline.chooseDriver',
  chooseMachine: 'faultline.chooseMachine',
  chooseDeviceMemory: 'faultline.chooseDeviceMemory',
  configureRun: 'faultline.configureRun',
  openSample: 'faultline.openSample',
  openWalkthrough: 'faultline.openWalkthrough',
  showAllocationInMap: 'faultline.showAllocationInMap',
  showAllocationEvents: 'faultline.showAllocationEvents',
  openAllocationSource: 'faultline.openAllocationSource',
} as const;

/** The `type` of our launch configurations. */
export const debugType = 'faultline';

/** The four pages. Each is a view in the panel and, under the same name, an editor tab. */
export const pageViews = {
  'residency-map': 'faultline.map',
  memories: 'faultline.memories',
  timeline: 'faultline.timeline',
  events: 'faultline.events',
} as const;

export const treeViews = { allocations: 'faultline.allocations' } as const;

/** The two tabs of the panel that hold the views. */
export const containers = { memory: 'faultlineMemory', time: 'faultlineTime' } as const;

export const walkthrough = 'faultline.start';

/** What makes a folder a project. */
export const projectFile = 'faultline.json';
/** Settings, without the section. */
export const section = 'faultline';
export const settings = {
  driver: 'driver',
  machine: 'machine',
  deviceMemory: 'deviceMemory',
  lineHeat: 'lineHeat',
  kernelLenses: 'kernelLenses',
  inlineValues: 'inlineValues',
  summaryAtEnd: 'summaryAtEnd',
  revealOnStart: 'revealOnStart',
} as const;

/** What `when` clauses of the manifest ask for. */
export const contextKeys = {
  /** A program was debugged in this window: there is something to show. */
  active: 'faultline.active',
} as const;

/** Tools for language models. */
export const tools = {
  run: 'faultline_run',
  findings: 'faultline_findings',
  events: 'faultline_events',
  residency: 'faultline_residency',
} as const;

/** Tags that the documents carry which we make up: summaries and bytes of memory. */
export const schemes = { summary: 'faultline-summary', memory: 'faultline-memory' } as const;

/** What a line is painted with, from few bytes moved to many. */
export const heatColors = ['faultline.heat1', 'faultline.heat2', 'faultline.heat3', 'faultline.heat4'] as const;

/** The matcher for what the compiler says in a terminal. */
export const problemMatcher = '$faultline';
