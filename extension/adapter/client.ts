/**
 * How the client counts and writes: its lines and columns may start at 0, its paths may be URIs. The engine counts from 1 and
 * knows absolute paths; everything that crosses passes through here.
 */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { quoted, RequestError } from './request-error.js';

/** What the client said in `initialize`; absent members are the protocol's defaults. */
export type ClientCapabilities = Omit<DebugProtocol.InitializeRequestArguments, 'adapterID'>;

export class Client {
  private said: ClientCapabilities | null = null;
  private firstLine = 1;
  private firstColumn = 1;
  private usesUris = false;

  /** What the client can show. */
  get capabilities(): ClientCapabilities {
    return this.said ?? {};
  }

  /** Whether the client has sent `initialize`. */
  get introduced(): boolean {
    return this.said !== null;
  }

  introduce(capabilities: ClientCapabilities): void {
    this.said = capabilities;
    this.firstLine = capabilities.linesStartAt1 === false ? 0 : 1;
    this.firstColumn = capabilities.columnsStartAt1 === false ? 0 : 1;
    this.usesUris = capabilities.pathFormat === 'uri';
  }

  /** @throws RequestError if it is before the first line */
  lineFrom(line: number): number {
    const counted = line - this.firstLine + 1;
    if (counted < 1) throw new RequestError(`There is no line ${line}: lines are counted from ${this.firstLine}.`);
    return counted;
  }

  columnFrom(column: number): number {
    const counted = column - this.firstColumn + 1;
    if (counted < 1)
      throw new RequestError(`There is no column ${column}: columns are counted from ${this.firstColumn}.`);
    return counted;
  }

  /** Line 0 of the engine, a place without a line, stays the first one. */
  lineTo(line: number): number {
    return Math.max(1, line) + this.firstLine - 1;
  }

  columnTo(column: number): number {
    return Math.max(1, column) + this.firstColumn - 1;
  }

  /** @throws RequestError for what is not an absolute path or the URI of a file */
  pathFrom(path: string): string {
    // Some clients that announce paths send URIs none the less.
    if (this.usesUris || /^file:/i.test(path)) {
      try {
        return fileURLToPath(path);
      } catch {
        throw new RequestError(`${quoted(path)} is not the URI of a file on this computer.`);
      }
    }
    if (!isAbsolute(path)) throw new RequestError(`${quoted(path)} is not an absolute path.`);
    return resolve(path);
  }

  pathTo(path: string): string {
    return this.usesUris ? pathToFileURL(path).href : path;
  }
}
