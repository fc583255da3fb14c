/**
 * The protocol's frames, `Content-Length: N\r\n\r\n` and N bytes of JSON, read from any sequence of chunks. The reader of
 * `@vscode/debugadapter` waits for ever on a huge length, swallows the rest on a negative one, and copies what it has with every
 * chunk; this one reports a frame that cannot be read and goes on with the next header.
 */

/** More than any client sends: the longest is a memory write of some MiB in base64. */
const MOST_BODY_BYTES = 64 * 1024 * 1024;
const MOST_HEADER_BYTES = 4096;
const HEADER_START = Buffer.from('Content-Length');
const HEADER_END = Buffer.from('\r\n\r\n');

export interface FrameSink {
  message(message: unknown): void;
  /** One sentence on what could not be read; reading goes on after it. */
  malformed(reason: string): void;
}

export class FrameReader {
  /** Chunks not yet read, in order. They are joined only when a header or a body is complete. */
  private chunks: Buffer[] = [];
  private length = 0;
  /** Bytes of the body that is awaited; null while a header is. */
  private bodyLength: number | null = null;
  /** Whether the bytes before the next header have been reported. */
  private lost = false;

  constructor(private readonly sink: FrameSink) {}

  push(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.length += chunk.byteLength;
    while (this.bodyLength === null ? this.readHeader() : this.readBody(this.bodyLength));
  }

  private readHeader(): boolean {
    const data = this.joined();
    const start = data.indexOf(HEADER_START);
    if (start === -1) {
      // What is left may be the beginning of a header.
      if (data.length >= HEADER_START.length) this.skip(data.length - HEADER_START.length + 1);
      return false;
    }
    this.skip(start);
    const end = this.joined().indexOf(HEADER_END);
    if (end === -1) {
      if (this.length <= MOST_HEADER_BYTES) return false;
      this.sink.malformed(`A message has a header of more than ${MOST_HEADER_BYTES} bytes.`);
      this.lost = true;
      this.take(HEADER_START.length);
      return true;
    }
    if (end > MOST_HEADER_BYTES) {
      this.sink.malformed(`A message has a header of more than ${MOST_HEADER_BYTES} bytes.`);
      this.lost = true;
      this.take(HEADER_START.length);
      return true;
    }
    const header = this.take(end).toString('latin1');
    this.take(HEADER_END.length);
    this.lost = false;
    const value = /^Content-Length[ \t]*:[ \t]*([^\r\n]*)/.exec(header)?.[1]?.trim() ?? '';
    const bytes = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (bytes <= MOST_BODY_BYTES) {
      this.bodyLength = bytes;
    } else {
      this.lost = true;
      this.sink.malformed(
        Number.isNaN(bytes)
          ? `A message has the Content-Length '${value.slice(0, 40)}', which is not a number of bytes.`
          : `A message of ${bytes} bytes is longer than the ${MOST_BODY_BYTES} that are read.`,
      );
    }
    return true;
  }

  private readBody(bytes: number): boolean {
    if (this.length < bytes) return false;
    const text = this.take(bytes).toString('utf8');
    this.bodyLength = null;
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      this.sink.malformed('A message is not valid JSON.');
      return true;
    }
    this.sink.message(message);
    return true;
  }

  /** Drops bytes that belong to no frame, and says so once for each stretch of them. */
  private skip(bytes: number): void {
    if (bytes === 0) return;
    const dropped = this.take(bytes);
    if (this.lost || dropped.toString('latin1').trim() === '') return;
    this.lost = true;
    this.sink.malformed('There are bytes before a Content-Length header.');
  }

  private joined(): Buffer {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0]!;
  }

  private take(bytes: number): Buffer {
    const data = this.joined();
    this.chunks = [data.subarray(bytes)];
    this.length -= bytes;
    return data.subarray(0, bytes);
  }
}

/** A message as it goes over a stream. */
export function frame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'latin1'), body]);
}
