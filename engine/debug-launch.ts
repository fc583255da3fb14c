/** A program under the debugger: builds it with polls, loads its symbols, and hands out a session. */
import { POLL_TABLE } from './execution/layout.js';
import { ProgramCode } from './debug/program-code.js';
import { ProgramDebugger } from './debug/session.js';
import type { DebugObserver, DebugSession } from './debug/types.js';
import { chosenDriver } from './driver-choice.js';
import { completedRun, machineOf, programStart, sourceTexts, type Engine } from './run.js';
import { runSession } from './session.js';
import { Lldb } from './symbols/lldb.js';
import { isUserPath, userPath } from './toolchain/source-tree.js';
import { spilledLocals } from './toolchain/instrument/debug-code.js';
import type { Diagnostic, RunRequest } from './trace/run.js';

export type DebugLaunch =
  | { readonly ok: true; readonly session: DebugSession }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Builds a program and holds it before its first statement. @throws EngineError for what the user can put right */
export async function launchDebug(
  engine: Engine,
  request: RunRequest,
  observer: DebugObserver,
  signal: AbortSignal,
): Promise<DebugLaunch> {
  const driver = await chosenDriver(request, engine.workerFile('driver'));
  const machine = await machineOf(request);
  const began = performance.now();
  // LLDB takes longer to load than the program to build.
  const symbols = Lldb.warmUp(engine.workerFile('lldb'));
  try {
    const built = await engine.build(request, observer, signal);
    if (!built.ok) {
      await symbols.dispose();
      return built;
    }
    const { image } = built;
    observer.progress({ phase: 'instrument', detail: image.sources.join(' ') });
    const sources = engine.sourceMap(image);
    await sources.resolve(image.debugFunctions.map(({ lowPc }) => lowPc));
    const { module } = image;
    const code = new ProgramCode({
      module,
      lines: sources.lines,
      projectFolder: image.projectFolder,
      userFile: (file) => (isUserPath(file) ? userPath(file) : null),
      functionName: (start) => sources.at(start)?.functionName ?? null,
      isUser: (start) => sources.isUser(start),
      texts: new Map([...(await sourceTexts(image))].map(([name, lines]) => [name, lines.join('\n')])),
    });
    let program = await engine.prepare(image, sources, { steps: code.lineStarts, instructions: new Set() });
    signal.throwIfAborted();
    const compileMs = performance.now() - began;
    const memory: { bytes: () => Uint8Array } = { bytes: () => new Uint8Array() };
    const lldb = Lldb.load(module.bytes, () => memory.bytes(), symbols);
    // Whoever looks first hears of a failure.
    lldb.catch(() => undefined);
    const locals = new Map(image.debugFunctions.map((fn) => [fn.lowPc, fn.locals]));
    const startOf = (functionIndex: number): number =>
      (module.bodies[functionIndex - module.importedFunctions]?.start ?? 0) - module.codeStart;
    const session = new ProgramDebugger(
      {
        code,
        module,
        inspected: {
          lldb: () => lldb,
          spilled: (functionIndex) => spilledLocals(module, functionIndex, locals.get(startOf(functionIndex)) ?? []),
          libraryName: (functionIndex) =>
            sources.at(startOf(functionIndex))?.functionName ?? module.functionNames.get(functionIndex) ?? '?',
        },
        start: (debug, runObserver, runSignal, hooks) =>
          runSession(
            { ...programStart(request, image, machine, driver), program, debug },
            {
              workerFile: engine.workerFile('debuggee'),
              timeoutMs: request.timeoutMs,
              observer: runObserver,
              signal: runSignal,
              debug: {
                live: (run) => {
                  memory.bytes = () => (run.memory ? new Uint8Array(run.memory.buffer) : new Uint8Array());
                  hooks.live(run);
                },
                notice: (notice) => {
                  hooks.notice(notice);
                },
              },
            },
          ),
        devices: machine.devices.length,
        driver: driver.name,
        pollAt: async (instructions) => {
          program = await engine.prepare(image, sources, { steps: code.lineStarts, instructions });
          return program.polls?.sites.length ?? 0;
        },
        polls: program.polls?.sites.length ?? 0,
        pollTable: POLL_TABLE,
        complete: (result) => completedRun(image, sources, machine, driver, result, compileMs),
        dispose: () => symbols.dispose(),
      },
      observer,
    );
    return { ok: true, session };
  } catch (error) {
    await symbols.dispose();
    throw error;
  }
}
