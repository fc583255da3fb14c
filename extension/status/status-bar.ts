/** In the status bar: driver, machine and device memory in use of the shown program; a click changes them. */
import * as vscode from 'vscode';
import { formatBytes, formatCount } from '../../engine/trace/format.js';
import { PAGE_SIZE } from '../../media/messages.js';
import { commands, section, settings } from '../manifest.js';
import type { EngineLoader } from '../session/engine-loader.js';
import { deviceMemoryOf, machineOf } from '../session/machine-of.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';

const { t } = vscode.l10n;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('faultline', vscode.StatusBarAlignment.Left, 40);
  private readonly subscriptions: vscode.Disposable;

  constructor(
    private readonly sessions: Sessions,
    private readonly engine: EngineLoader,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.item.name = t('Faultline machine');
    this.item.command = commands.configureRun;
    this.subscriptions = vscode.Disposable.from(
      this.item,
      sessions.onDidChange((session) => void this.show(session)),
    );
  }

  /** What it says, for tests. */
  get text(): string {
    return this.item.text;
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private async show(session: ProgramSession | null): Promise<void> {
    if (session === null || session.state === 'closed') {
      this.item.hide();
      return;
    }
    const machine = machineOf(session, this.engine);
    const driver = String(session.configured('driver') ?? this.engine.loaded?.drivers[0]?.name ?? '');
    const name = machine?.name ?? String(session.configured('machine') ?? '');
    const total = deviceMemoryOf(session, machine);
    let memory = '';
    if (session.state === 'stopped' || session.state === 'ended') {
      try {
        const used = await usedOnDevices(session);
        memory = total === null ? formatBytes(used) : `${formatBytes(used)} / ${formatBytes(total)}`;
      } catch (error) {
        this.log.debug(`status: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (session !== this.sessions.current) return;
    this.item.text = `$(chip) ${[driver, name, memory].filter((part) => part !== '').join(' · ')}`;
    this.item.tooltip = t('Driver, machine and device memory in use. Click to change them.');
    this.item.accessibilityInformation = {
      label: t('Faultline: driver {0}, machine {1}, device memory {2}', driver, name, memory),
    };
    this.item.show();
  }
}

/** Bytes that living allocations have on devices. */
async function usedOnDevices(session: ProgramSession): Promise<number> {
  const { allocations } = await session.request('faultline/allocations', {});
  let pages = 0;
  for (const { freed, residency } of allocations) {
    if (freed) continue;
    for (const [node, count] of Object.entries(residency)) if (node !== 'cpu') pages += count;
  }
  return pages * PAGE_SIZE;
}

/** Asks what to change, then asks for the value. */
export async function configureRun(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(section);
  const said = (name: string): string => configuration.get<string>(name, '');
  const chosen = await vscode.window.showQuickPick(
    [
      { label: `$(gear) ${t('Driver')}`, description: said(settings.driver), command: commands.chooseDriver },
      { label: `$(server) ${t('Machine')}`, description: said(settings.machine), command: commands.chooseMachine },
      {
        label: `$(chip) ${t('Device memory')}`,
        description: said(settings.deviceMemory) || t("the machine's own"),
        command: commands.chooseDeviceMemory,
      },
    ],
    {
      title: t('Faultline: what to run on'),
      placeHolder: t('Changes hold for what is started next; a program that runs is started again.'),
    },
  );
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

export class RunChoices {
  constructor(
    private readonly sessions: Sessions,
    private readonly engine: EngineLoader,
  ) {}

  async driver(): Promise<void> {
    const { drivers } = await this.engine.load();
    await this.choose(
      settings.driver,
      t('Driver'),
      drivers.map(({ name, title, description }) => ({
        label: name,
        description: title,
        detail: description,
        value: name,
      })),
    );
  }

  async machine(): Promise<void> {
    const { machines } = await this.engine.load();
    const items = machines.map(({ name, title, devices }) => ({
      label: name,
      description: title,
      detail: t(
        '{0} of device memory, {1} multiprocessors',
        formatBytes(devices[0]?.memoryBytes ?? 0),
        formatCount(devices[0]?.multiprocessors ?? 0),
      ),
      value: name,
    }));
    await this.choose(settings.machine, t('Machine'), items);
  }

  async deviceMemory(): Promise<void> {
    const sizes = ['1MiB', '4MiB', '16MiB', '64MiB', '256MiB', '1GiB', '4GiB'];
    const own = { label: t("The machine's own"), value: '' };
    const other = { label: t('Another size …'), value: null };
    const picked = await vscode.window.showQuickPick(
      [own, ...sizes.map((size) => ({ label: size, value: size })), other],
      {
        title: t('Device memory'),
        placeHolder: t('Less than the program uses makes the device evict.'),
      },
    );
    if (!picked) return;
    const value =
      picked.value ??
      (await vscode.window.showInputBox({
        title: t('Device memory'),
        value: '32MiB',
        validateInput: (text) =>
          /^\s*\d+(\.\d+)?\s*[kmgt]?(i?b)?\s*$/i.test(text) ? null : t('A size such as 64MiB or 512K.'),
      }));
    if (value !== undefined) await this.set(settings.deviceMemory, value);
  }

  private async choose(
    setting: string,
    title: string,
    items: readonly (vscode.QuickPickItem & { readonly value: string })[],
  ): Promise<void> {
    const now = vscode.workspace.getConfiguration(section).get<string>(setting, '');
    const marked = items.map((item) => (item.value === now ? { ...item, label: `$(check) ${item.label}` } : item));
    const picked = await vscode.window.showQuickPick(marked, { title, matchOnDescription: true, matchOnDetail: true });
    if (picked) await this.set(setting, picked.value);
  }

  /** For what is started next; the program that is being debugged is started again with it. */
  private async set(setting: string, value: string): Promise<void> {
    const target = vscode.workspace.workspaceFolders
      ? vscode.ConfigurationTarget.Workspace
      : vscode.ConfigurationTarget.Global;
    await vscode.workspace.getConfiguration(section).update(setting, value === '' ? undefined : value, target);
    const session = this.sessions.current;
    if (session === null || session.state === 'closed') return;
    const { configuration, workspaceFolder } = session.debugSession;
    const again = { ...configuration, [setting]: value === '' ? undefined : value };
    if (session.state !== 'ended') await vscode.debug.stopDebugging(session.debugSession);
    await vscode.debug.startDebugging(workspaceFolder, again);
  }
}
