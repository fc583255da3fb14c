/** The names behind the numbers of a run that goes on: for descriptions and queries while the program is stopped. */
import type { LiveRun } from '../session.js';
import { nodeName, type NodeId } from '../memory/units.js';
import { pagesOf, type EventScope, type PageRange } from '../trace/condition-scope.js';
import type { AllocationRow, LaunchRow } from '../trace/tables.js';
import type { ProgramCode } from './program-code.js';

/** A snapshot: take a new one at each stop. */
export class LiveScope implements EventScope {
  readonly revision = 0;
  readonly nodeNames: readonly string[];
  readonly allocations: readonly AllocationRow[];
  private readonly byId: ReadonlyMap<number, AllocationRow>;
  private readonly byLaunch: ReadonlyMap<number, LaunchRow>;

  constructor(
    live: LiveRun,
    private readonly code: ProgramCode,
    devices: number,
    readonly driverNames: readonly string[],
  ) {
    this.nodeNames = Array.from({ length: devices + 1 }, (_, node) => nodeName(node as NodeId));
    this.allocations = live.allocations().map((row) => {
      const at = code.index.at(row.codeOffset);
      return at
        ? { ...row, file: at.file, line: at.line, name: row.name ?? code.index.allocationName(row.codeOffset) }
        : row;
    });
    this.byId = new Map(this.allocations.map((row) => [row.id, row]));
    this.byLaunch = new Map(
      live.launches().map((launch) => {
        const at = code.index.at(launch.kernelOffset);
        return [launch.id, { ...launch, file: at?.file ?? null, line: at?.line ?? null }];
      }),
    );
  }

  allocationName(id: number): string | null {
    return this.byId.get(id)?.name ?? null;
  }

  allocationRange(name: string): readonly PageRange[] {
    return this.allocations
      .filter((row) => row.name === name && row.bytes > 0)
      .map((row) => pagesOf(row.address, row.bytes));
  }

  allocationOf(id: number): AllocationRow | null {
    return this.byId.get(id) ?? null;
  }

  lineOf(codeOffset: number): number | null {
    return this.code.index.at(codeOffset)?.line ?? null;
  }

  fileOf(codeOffset: number): string | null {
    return this.code.index.at(codeOffset)?.file ?? null;
  }

  functionOf(codeOffset: number): string | null {
    return this.code.index.functionAt(codeOffset) ?? null;
  }

  kernelOf(launch: number): string | null {
    return this.byLaunch.get(launch)?.kernel ?? null;
  }

  gridOf(launch: number): LaunchRow | null {
    return this.byLaunch.get(launch) ?? null;
  }
}
