/**
 * The adapter and the engine behind it, loaded when a program is debugged or a machine is chosen for the first time, and not before:
 * they are most of what the extension weighs.
 */
import { pathToFileURL } from 'node:url';
import type * as vscode from 'vscode';
import type * as adapterModule from '../adapter/main.js';

export type Machine = ReturnType<typeof adapterModule.listMachines>[number];
export type Driver = ReturnType<typeof adapterModule.listDrivers>[number];

export interface LoadedEngine {
  readonly module: typeof adapterModule;
  readonly engine: ReturnType<typeof adapterModule.createDebugEngine>;
  readonly machines: readonly Machine[];
  readonly drivers: readonly Driver[];
}

export class EngineLoader implements vscode.Disposable {
  private loading: Promise<LoadedEngine> | undefined;
  private present: LoadedEngine | null = null;

  /** @param file the adapter's bundle; it is an ES module, and this one is not */
  constructor(private readonly file: string) {}

  /** One engine for all sessions: its compiler stays warm from one to the next. */
  load(): Promise<LoadedEngine> {
    this.loading ??= this.read();
    return this.loading;
  }

  /** What is loaded already. */
  get loaded(): LoadedEngine | null {
    return this.present;
  }

  dispose(): void {
    void this.loading?.then(({ engine }) => engine[Symbol.dispose]());
  }

  private async read(): Promise<LoadedEngine> {
    const module = (await import(pathToFileURL(this.file).href)) as typeof adapterModule;
    this.present = {
      module,
      engine: module.createDebugEngine(),
      machines: module.listMachines(),
      drivers: module.listDrivers(),
    };
    return this.present;
  }
}
