/**
 * The extension's composition root: VS Code calls `activate` when a command, a view or the debugger is used for the first time. What
 * is made here is small; the adapter and the engine are loaded by the first program.
 */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { debugActiveFile, registerDebugger } from './debug.js';
import { commands, contextKeys, schemes, section, settings, treeViews, walkthrough } from './manifest.js';
import { runActiveFile } from './run-file.js';
import { openSample } from './samples.js';
import { EngineLoader } from './session/engine-loader.js';
import { Sessions } from './session/sessions.js';
import { CompilerDiagnostics } from './source/compiler-diagnostics.js';
import { InlineValues } from './source/inline-values.js';
import { KernelLenses } from './source/kernel-lenses.js';
import { LineFiguresSource } from './source/line-figures.js';
import { LineHeat } from './source/line-heat.js';
import { MemoryDocuments } from './source/memory-document.js';
import { openSource } from './source/open-source.js';
import { ResidencyHover } from './source/residency-hover.js';
import { SummaryDocuments } from './source/summary-document.js';
import { configureRun, RunChoices, StatusBar } from './status/status-bar.js';
import { registerLanguageModelTools } from './tools/language-model-tools.js';
import { AllocationsTree } from './views/allocations-tree.js';
import { createPages } from './views/create-pages.js';
import { AllocationCommands, pageHistory, showEvents } from './views/view-commands.js';
import type { ExtensionState } from './extension-state.js';

const LANGUAGES = ['c', 'cpp', 'cuda-cpp', 'hip'];

export function activate(context: vscode.ExtensionContext): ExtensionState {
  const started = performance.now();
  const { extensionUri, extensionPath } = context;
  const log = vscode.window.createOutputChannel('Faultline', { log: true });
  const sessions = new Sessions();
  const engine = new EngineLoader(join(extensionPath, 'dist', 'adapter.js'));
  const { pages, residency, scope, feeds } = createPages(extensionUri, sessions, engine, log);
  const figures = new LineFiguresSource(sessions, log);
  const lenses = new KernelLenses(sessions, log);
  const summaries = new SummaryDocuments(sessions, log);
  const status = new StatusBar(sessions, engine, log);
  const choices = new RunChoices(sessions, engine);
  const allocations = new AllocationsTree(sessions);
  const onAllocation = new AllocationCommands(pages, scope);
  const documents = LANGUAGES.map((language) => ({ language, scheme: 'file' }));

  context.subscriptions.push(
    log,
    sessions,
    engine,
    pages,
    feeds,
    figures,
    lenses,
    summaries,
    status,
    allocations,
    registerDebugger(engine, sessions),
    registerLanguageModelTools(sessions, extensionPath),
    new LineHeat(figures),
    new CompilerDiagnostics(sessions),
    vscode.window.registerTreeDataProvider(treeViews.allocations, allocations),
    vscode.languages.registerHoverProvider(documents, new ResidencyHover(sessions)),
    vscode.languages.registerCodeLensProvider(documents, lenses),
    vscode.languages.registerInlineValuesProvider(documents, new InlineValues()),
    vscode.workspace.registerTextDocumentContentProvider(schemes.summary, summaries),
    vscode.workspace.registerTextDocumentContentProvider(schemes.memory, new MemoryDocuments(sessions)),
    sessions.onDidChange((session) => {
      void vscode.commands.executeCommand('setContext', contextKeys.active, session !== null);
      const reveal = vscode.workspace.getConfiguration(section).get<boolean>(settings.revealOnStart, false);
      if (session?.state === 'starting' && reveal) void pages.reveal('residency-map', null);
    }),
    vscode.commands.registerCommand(commands.runFile, () => runActiveFile(extensionPath)),
    vscode.commands.registerCommand(commands.debugFile, () => debugActiveFile()),
    vscode.commands.registerCommand(commands.openMap, () => pages.openTab('residency-map')),
    vscode.commands.registerCommand(commands.openMemories, () => pages.openTab('memories')),
    vscode.commands.registerCommand(commands.openTimeline, () => pages.openTab('timeline')),
    vscode.commands.registerCommand(commands.openEvents, (argument?: { readonly filter?: string }) => {
      if (typeof argument?.filter === 'string') void showEvents(pages, scope, argument.filter);
      else pages.openTab('events');
    }),
    vscode.commands.registerCommand(commands.showSummary, () => summaries.open()),
    vscode.commands.registerCommand(commands.pageHistory, () => pageHistory(sessions, pages, scope)),
    vscode.commands.registerCommand(commands.toggleHeat, () => LineHeat.toggle()),
    vscode.commands.registerCommand(commands.configureRun, () => configureRun()),
    vscode.commands.registerCommand(commands.chooseDriver, () => choices.driver()),
    vscode.commands.registerCommand(commands.chooseMachine, () => choices.machine()),
    vscode.commands.registerCommand(commands.chooseDeviceMemory, () => choices.deviceMemory()),
    vscode.commands.registerCommand(commands.openSample, (file: unknown) =>
      openSample(extensionUri, context.globalStorageUri, file),
    ),
    vscode.commands.registerCommand(commands.openWalkthrough, () =>
      vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${context.extension.id}#${walkthrough}`,
        false,
      ),
    ),
    vscode.commands.registerCommand(commands.showAllocationInMap, (item: unknown) => onAllocation.showInMap(item)),
    vscode.commands.registerCommand(commands.showAllocationEvents, (item: unknown) => onAllocation.showEvents(item)),
    vscode.commands.registerCommand(commands.openAllocationSource, (item: unknown) =>
      onAllocation.openSource(item, openSource),
    ),
  );
  const activationMs = performance.now() - started;
  log.info(`Activated in ${activationMs.toFixed(1)} ms.`);
  return { activationMs, sessions, pages, residency, allocations, status, engine };
}
