/**
 * The debugger in VS Code: gives the editor an adapter that runs in the extension's own process, and completes launch configurations
 * so that F5 works in a file without any. The adapter and the engine are loaded when the first program is debugged.
 */
import { basename, extname, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import type * as adapterModule from './adapter/main.js';
import { debugType } from './manifest.js';

const PROGRAM_EXTENSIONS: ReadonlySet<string> = new Set(['.c', '.cc', '.cpp', '.cxx', '.cu', '.hip']);

/** Registers all of it. What it returns ends the engine. */
export function registerDebugger(context: vscode.ExtensionContext): vscode.Disposable {
  const factory = new AdapterFactory(join(context.extensionPath, 'dist', 'adapter.js'));
  return vscode.Disposable.from(
    factory,
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, factory),
    vscode.debug.registerDebugConfigurationProvider(debugType, new ConfigurationResolver()),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      { provideDebugConfigurations: offeredConfigurations },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
  );
}

/** An adapter for each session, over one engine: the compiler stays warm from one to the next. */
class AdapterFactory implements vscode.DebugAdapterDescriptorFactory, vscode.Disposable {
  private loaded: Promise<Loaded> | undefined;

  /** @param file the adapter's bundle; it is an ES module, and this one is not */
  constructor(private readonly file: string) {}

  async createDebugAdapterDescriptor(): Promise<vscode.DebugAdapterDescriptor> {
    this.loaded ??= load(this.file);
    const { module, engine } = await this.loaded;
    return new vscode.DebugAdapterInlineImplementation(new InlineAdapter(new module.FaultlineDebugAdapter(engine)));
  }

  dispose(): void {
    void this.loaded?.then(({ engine }) => engine[Symbol.dispose]());
  }
}

/** The adapter as the editor's own type. */
class InlineAdapter extends vscode.Disposable implements vscode.DebugAdapter {
  private readonly sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.sent.event;

  constructor(private readonly adapter: adapterModule.FaultlineDebugAdapter) {
    super(() => {
      adapter.dispose();
      this.sent.dispose();
    });
    adapter.onDidSendMessage((message) => this.sent.fire(message));
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    this.adapter.handleMessage(message);
  }
}

interface Loaded {
  readonly module: typeof adapterModule;
  readonly engine: ReturnType<typeof adapterModule.createDebugEngine>;
}

async function load(file: string): Promise<Loaded> {
  const module = (await import(pathToFileURL(file).href)) as typeof adapterModule;
  return { module, engine: module.createDebugEngine() };
}

/** What "Run and Debug" offers besides launch.json: the file of the active editor. */
function offeredConfigurations(): vscode.DebugConfiguration[] {
  const file = activeProgram();
  return file === null ? [] : [configurationOf(file)];
}

class ConfigurationResolver implements vscode.DebugConfigurationProvider {
  /** F5 without launch.json gives an empty configuration; one in it may leave the program out. */
  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const file = activeProgram();
    const configuration: vscode.DebugConfiguration =
      !given.type && file !== null ? { ...configurationOf(file), ...said(given) } : given;
    if (configuration.program === undefined) {
      if (file === null) {
        await vscode.window.showErrorMessage(
          'There is no program to debug. Open a .c, .cpp, .cu or .hip file, or name one as "program" in launch.json.',
        );
        return undefined;
      }
      configuration.program = file;
    }
    return configuration;
  }

  /** A relative program is one of the workspace; that of another editor than this one starts at the adapter's own folder. */
  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    const [first] = [configuration.program as unknown].flat();
    const relative = typeof first === 'string' && !isAbsolute(first);
    return folder && relative ? { cwd: folder.uri.fsPath, ...configuration } : configuration;
  }
}

/** Without the empty texts of a configuration that does not exist. */
function said(configuration: vscode.DebugConfiguration): Partial<vscode.DebugConfiguration> {
  return Object.fromEntries(Object.entries(configuration).filter(([, value]) => value !== '' && value !== undefined));
}

function configurationOf(file: string): vscode.DebugConfiguration {
  return { type: debugType, request: 'launch', name: `Faultline: ${basename(file)}`, program: file };
}

function activeProgram(): string | null {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === 'file' && PROGRAM_EXTENSIONS.has(extname(uri.fsPath)) ? uri.fsPath : null;
}
