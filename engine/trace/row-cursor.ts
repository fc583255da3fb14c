/**
 * A row of a chunk seen as an event: one object that moves from row to row, so that a condition can be asked about
 * millions of rows without an object for each. Whoever keeps an event copies it.
 */
import type { ChunkColumns } from './columns.js';
import type { ConditionEvent } from './condition-scope.js';

export class RowCursor implements ConditionEvent {
  private columns: ChunkColumns | null = null;
  private firstEvent = 0;
  private row = 0;

  /** @param firstEvent number of the event in row 0 */
  open(columns: ChunkColumns, firstEvent: number): void {
    this.columns = columns;
    this.firstEvent = firstEvent;
  }

  /** This object, at that row of the open chunk. */
  at(row: number): this {
    this.row = row;
    return this;
  }

  get number(): number {
    return this.firstEvent + this.row;
  }

  get timeNs(): number {
    return this.columns!.timeNs[this.row]!;
  }

  get durationNs(): number {
    return this.columns!.durationNs[this.row]!;
  }

  get kind(): number {
    return this.columns!.kind[this.row]!;
  }

  get agent(): number {
    return this.columns!.agent[this.row]!;
  }

  get source(): number {
    return this.columns!.source[this.row]!;
  }

  get target(): number {
    return this.columns!.target[this.row]!;
  }

  get firstPage(): number {
    return this.columns!.firstPage[this.row]!;
  }

  get pageCount(): number {
    return this.columns!.pageCount[this.row]!;
  }

  get access(): number {
    return this.columns!.access[this.row]!;
  }

  get cause(): number {
    return this.columns!.cause[this.row]!;
  }

  get driver(): number {
    return this.columns!.driver[this.row]!;
  }

  get codeOffset(): number {
    return this.columns!.codeOffset[this.row]!;
  }

  get launch(): number {
    return this.columns!.launch[this.row]!;
  }

  get block(): number {
    return this.columns!.block[this.row]!;
  }

  get thread(): number {
    return this.columns!.thread[this.row]!;
  }

  get allocation(): number {
    return this.columns!.allocation[this.row]!;
  }

  get extra(): number {
    return this.columns!.extra[this.row]!;
  }
}
