/** `HOST[:GUEST][:ro]`, which directory of the host the program sees under which name; and `NAME=VALUE`. */
import type { DirectoryGrant } from '../trace/run.js';
import { UsageError } from './usage-error.js';

/** Without a guest name the program sees the directory under the name it has here. */
export function parseDirectory(text: string, option: string): DirectoryGrant {
  const parts = text.split(':');
  // A single letter before the first colon is a drive, not a directory: C:\data.
  if (/^[A-Za-z]$/.test(parts[0]!) && parts.length > 1 && /^[\\/]/.test(parts[1]!))
    parts.splice(0, 2, `${parts[0]!}:${parts[1]!}`);
  const readOnly = parts.length > 1 && parts.at(-1) === 'ro';
  if (readOnly) parts.pop();
  const [host, guest = host, ...rest] = parts;
  if (host === undefined || host === '' || guest === undefined || guest === '' || rest.length > 0) {
    throw new UsageError(
      `${option} needs HOST[:GUEST][:ro], but is '${text}'.`,
      'Write for example data, data:/data or data:/data:ro.',
    );
  }
  return { host, guest, readOnly };
}

export function parseAssignment(text: string, option: string, example: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 1)
    throw new UsageError(`${option} needs NAME=VALUE, but is '${text}'.`, `Write for example ${example}.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
