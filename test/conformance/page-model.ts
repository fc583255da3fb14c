/**
 * What memory does, in the simplest terms that there are: each process has a map from page to what is there. No tables, no counts, no
 * notifiers; a page is an object, and two processes that share it hold the same object. Only what a program can see, and where its pages are.
 */

export interface ModelFrame {
  /** 0 = system memory, n = gpu(n-1)'s; swapped out: null. */
  node: number | null;
  pins: number;
  /** Not needed unless it is written again. */
  lazy?: boolean;
}

export interface ModelPage {
  /** Bits: 1 read, 2 write. */
  protection: number;
  value: number;
  /** A device has it for itself. */
  exclusive: boolean;
  /** Nothing yet, the zero page, or a page. */
  what: 'nothing' | 'zero' | ModelFrame;
}

export type ModelProcess = Map<number, ModelPage>;

export type Outcome = 'ok' | 'SIGSEGV' | 'error';

export class PageModel {
  readonly processes = new Map<number, ModelProcess>([[0, new Map()]]);

  pages(process: number): ModelProcess {
    const pages = this.processes.get(process);
    if (pages === undefined) throw new Error(`there is no process ${process}`);
    return pages;
  }

  mmap(process: number, start: number, count: number, protection: number): void {
    for (let at = start; at < start + count; at++)
      this.pages(process).set(at, { protection, value: 0, exclusive: false, what: 'nothing' });
  }

  munmap(process: number, start: number, count: number): void {
    for (let at = start; at < start + count; at++) this.pages(process).delete(at);
  }

  /** Stops at the first hole. */
  mprotect(process: number, start: number, count: number, protection: number): Outcome {
    for (let at = start; at < start + count; at++) {
      const page = this.pages(process).get(at);
      if (page === undefined) return 'error';
      page.protection = protection;
    }
    return 'ok';
  }

  mremap(process: number, start: number, count: number, to: number): Outcome {
    const pages = this.pages(process);
    const protections = new Set<number | undefined>();
    for (let at = start; at < start + count; at++) protections.add(pages.get(at)?.protection);
    // One mapping, not several: neighbours alike are one only if they were mapped next to each other, which the caller sees to.
    if (protections.has(undefined) || protections.size > 1) return 'error';
    const moved = Array.from({ length: count }, (_, index) => pages.get(start + index));
    this.munmap(process, start, count);
    moved.forEach((page, index) => page && pages.set(to + index, page));
    return 'ok';
  }

  dontNeed(process: number, start: number, count: number): void {
    for (let at = start; at < start + count; at++) {
      const page = this.pages(process).get(at);
      if (page) Object.assign(page, { value: 0, exclusive: false, what: 'nothing' });
    }
  }

  /** Memory is never short here: pages stay until they are paged out, but those in the swap area go. */
  free(process: number, start: number, count: number): void {
    for (let at = start; at < start + count; at++) {
      const frame = this.frame(process, at);
      if (frame?.node === null) this.dontNeed(process, at, 1);
      else if (frame?.node === 0 && this.pages(process).get(at)?.exclusive !== true && this.sharers(frame) === 1)
        frame.lazy = true;
    }
  }

  pageOut(process: number, start: number, count: number): void {
    for (let at = start; at < start + count; at++) {
      const frame = this.frame(process, at);
      const exclusive = this.pages(process).get(at)?.exclusive === true;
      if (frame?.node !== 0 || exclusive || frame.pins > 0 || this.sharers(frame) > 1) continue;
      if (frame.lazy === true) this.dontNeed(process, at, 1);
      else frame.node = null;
    }
  }

  access(process: number, at: number, write: boolean): Outcome {
    const page = this.pages(process).get(at);
    if (page === undefined || (page.protection & (write ? 2 : 3)) === 0) return 'SIGSEGV';
    page.exclusive = false;
    if (!write && page.what === 'nothing') page.what = 'zero';
    if (typeof page.what !== 'string') this.toSystem(page, page.what);
    if (write) this.own(page);
    return 'ok';
  }

  /**
   * The device moves what it touches to itself, unless it is pinned. A zero page becomes a page of its own there. A page in the swap area is
   * nothing that could migrate, nor is one that a device has for itself: it stays in system memory, where the device reaches it.
   */
  deviceAccess(at: number, node: number, write: boolean): Outcome {
    const page = this.pages(0).get(at);
    if (page === undefined || (page.protection & (write ? 3 : 1)) !== (write ? 3 : 1)) return 'SIGSEGV';
    if (typeof page.what !== 'string' && (page.what.node === null || page.exclusive)) {
      this.toSystem(page, page.what);
      page.exclusive = false;
      return 'ok';
    }
    if (typeof page.what !== 'string' && page.what.node !== node) this.toSystem(page, page.what);
    if (typeof page.what === 'string') page.what = { node, pins: 0 };
    else if (write && this.sharers(page.what) > 1) {
      this.toSystem(page, page.what);
      this.own(page);
    } else if (write) page.what.lazy = false;
    const frame = page.what;
    if (typeof frame !== 'string' && frame.pins === 0) frame.node = node;
    return 'ok';
  }

  fork(parent: number, child: number): void {
    const pages: ModelProcess = new Map();
    for (const [at, page] of this.pages(parent)) {
      const pinned = typeof page.what !== 'string' && page.what.pins > 0;
      page.exclusive = false;
      pages.set(at, { ...page, what: pinned ? { node: 0, pins: 0 } : page.what });
    }
    this.processes.set(child, pages);
  }

  /** As a write of the CPU's that shuts the CPU out afterwards. HMM asks for a readable area besides. */
  makeExclusive(at: number): Outcome {
    if (((this.pages(0).get(at)?.protection ?? 0) & 3) !== 3) return 'error';
    this.access(0, at, true);
    const page = this.pages(0).get(at);
    if (page) page.exclusive = true;
    return 'ok';
  }

  exit(process: number): void {
    this.processes.delete(process);
  }

  /** Returns the frame that is pinned now. */
  pin(process: number, at: number, write: boolean): ModelFrame | Outcome {
    const outcome = this.access(process, at, write);
    if (outcome !== 'ok') return outcome;
    const page = this.pages(process).get(at);
    if (page === undefined || page.what === 'nothing' || page.what === 'zero') return 'ok';
    if (this.sharers(page.what) > 1) this.own(page);
    page.what.pins++;
    return page.what;
  }

  frame(process: number, at: number): ModelFrame | undefined {
    const what = this.pages(process).get(at)?.what;
    return typeof what === 'object' ? what : undefined;
  }

  /** How many mappings share a page. */
  sharers(frame: ModelFrame): number {
    let count = 0;
    for (const pages of this.processes.values())
      for (const page of pages.values()) count += Number(page.what === frame);
    return count;
  }

  /** The pages that are in a node's memory: mapped, or pinned by somebody. */
  framesOn(node: number, held: readonly ModelFrame[]): number {
    const frames = new Set<ModelFrame>(held);
    for (const pages of this.processes.values())
      for (const { what } of pages.values()) if (typeof what === 'object') frames.add(what);
    return [...frames].filter((frame) => frame.node === node).length;
  }

  /** From the swap area each process gets a page of its own; from a device all of them see it come. */
  private toSystem(page: ModelPage, frame: ModelFrame): void {
    if (frame.node === null) page.what = { node: 0, pins: 0 };
    else frame.node = 0;
  }

  private own(page: ModelPage): void {
    if (typeof page.what === 'string' || this.sharers(page.what) > 1) page.what = { node: 0, pins: 0 };
    else page.what.lazy = false;
  }
}
