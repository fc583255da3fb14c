/**
 * The debugger in VS Code: gives the editor an adapter that runs in the extension's own process, and completes launch configurations
 * so that F5 works in a file without any. The adapter and the engine are loaded when the first program is debugged.
 */
import { basename, extname, isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { debugType, section, settings } from './manifest.js';
import { programOf, saidByProject } from './program-of.js';
import type { EngineLoader } from './session/engine-loader.js';
import type { Sessions } from './session/sessions.js';

const PROGRAM_EXTENSIONS: ReadonlySet<string> = new Set(['.c', '.cc', '.cpp', '.cxx', '.cu', '.hip']);

/** Registers all of it. */
export function registerDebugger(loader: EngineLoader, sessions: Sessions): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, new AdapterFactory(loader, sessions)),
    vscode.debug.registerDebugConfigurationProvider(debugType, new ConfigurationResolver()),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      { provideDebugConfigurations: offeredConfigurations },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.onDidChangeActiveDebugSession((session) => sessions.show(session)),
  );
}

/** An adapter for each session, over one engine: the compiler stays warm from one to the next. */
class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(
    private readonly loader: EngineLoader,
    private readonly sessions: Sessions,
  ) {}

  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    const { module, engine } = await this.loader.load();
    const adapter = this.sessions.begin(session, new module.FaultlineDebugAdapter(engine));
    return new vscode.DebugAdapterInlineImplementation(adapter);
  }
}

/** "Debug Current File": as F5 without launch.json. */
export async function debugActiveFile(noDebug = false): Promise<void> {
  const file = activeProgram();
  if (file === null) {
    await vscode.window.showErrorMessage(
      vscode.l10n.t('No program file is open. Open a .c, .cpp, .cu or .hip file and run it again.'),
    );
    return;
  }
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file));
  await vscode.debug.startDebugging(folder, configurationOf(file), { noDebug });
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
          vscode.l10n.t(
            'There is no program to debug. Open a .c, .cpp, .cu or .hip file, or name one as "program" in launch.json.',
          ),
        );
        return undefined;
      }
      configuration.program = programOf(file);
    }
    if (!(await savedOrAccepted())) return undefined;
    return configuration;
  }

  /**
   * A relative program is one of the workspace; that of another editor than this one starts at the adapter's own folder. What is said of
   * machine and driver wins over what a project says, and that over the settings.
   */
  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    const [first] = [configuration.program as unknown].flat();
    const relative = typeof first === 'string' && !isAbsolute(first);
    const cwd = folder?.uri.fsPath ?? '';
    return {
      ...fromSettings(),
      ...saidByProject(first, cwd),
      ...(folder && relative && { cwd }),
      ...configuration,
    };
  }
}

/** What the settings say of machine and driver, for whatever a configuration leaves out. */
function fromSettings(): Partial<vscode.DebugConfiguration> {
  const configuration = vscode.workspace.getConfiguration(section);
  const names = [settings.driver, settings.machine, settings.deviceMemory];
  return Object.fromEntries(
    names.map((name) => [name, configuration.get<string>(name, '')]).filter(([, value]) => value !== ''),
  ) as Partial<vscode.DebugConfiguration>;
}

/** The compiler reads what is on the disk. @returns whether the program may be started */
async function savedOrAccepted(): Promise<boolean> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.isDirty !== true || document.uri.scheme !== 'file') return true;
  return (await document.save()) || document.isClosed;
}

/** Without the empty texts of a configuration that does not exist. */
function said(configuration: vscode.DebugConfiguration): Partial<vscode.DebugConfiguration> {
  return Object.fromEntries(Object.entries(configuration).filter(([, value]) => value !== '' && value !== undefined));
}

function configurationOf(file: string): vscode.DebugConfiguration {
  return { type: debugType, request: 'launch', name: `Faultline: ${basename(file)}`, program: programOf(file) };
}

function activeProgram(): string | null {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === 'file' && PROGRAM_EXTENSIONS.has(extname(uri.fsPath)) ? uri.fsPath : null;
}
