/** The real engine for the adapter. It keeps its compiler warm from one session to the next; dispose it, or its threads stay. */
import { Engine, EVENT_FILTERS, launchDebug, listDrivers, listMachines } from '../../engine/index.js';
import type { DebugEngine } from './engine.js';

export function createDebugEngine(): DebugEngine & Disposable {
  // Made when it is first needed: an editor that only asks what the adapter can do starts no compiler.
  let engine: Engine | undefined;
  const warm = (): Engine => (engine ??= new Engine());
  return {
    eventFilters: EVENT_FILTERS,
    drivers: listDrivers().map(({ name }) => name),
    machines: listMachines().map(({ name }) => name),
    run: (request, observer, signal) => warm().run(request, observer, signal),
    launch: (request, observer, signal) => launchDebug(warm(), request, observer, signal),
    [Symbol.dispose]: () => engine?.[Symbol.dispose](),
  };
}
