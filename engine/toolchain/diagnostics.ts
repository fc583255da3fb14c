/** Compiler and linker messages as data. */

export interface Diagnostic {
  /** Path as the user named it (relative to the project), or '' for a message of the linker. */
  readonly file: string;
  /** 1-based; 0 where there is no position. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
}

const CLANG_MESSAGE = /^(.+?):(\d+):(\d+): (fatal error|error|warning|note): (.*)$/;
const LINKER_MESSAGE = /^wasm-ld: (error|warning): (.*)$/;
const BARE_MESSAGE = /^(error|warning): (.*)$/;

/**
 * @param output text of clang -cc1 or wasm-ld
 * @param toUserPath maps a path of the virtual file system to the user's
 */
export function parseDiagnostics(output: string, toUserPath: (path: string) => string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const line of output.split('\n')) {
    const clang = CLANG_MESSAGE.exec(line);
    if (clang) {
      const [, file = '', row = '0', column = '0', severity = 'error', message = ''] = clang;
      diagnostics.push({
        file: toUserPath(file),
        line: Number(row),
        column: Number(column),
        severity: severity === 'fatal error' ? 'error' : (severity as Diagnostic['severity']),
        message,
      });
      continue;
    }
    const other = LINKER_MESSAGE.exec(line) ?? BARE_MESSAGE.exec(line);
    if (other) {
      const [, severity = 'error', message = ''] = other;
      diagnostics.push({ file: '', line: 0, column: 0, severity: severity as Diagnostic['severity'], message });
    }
  }
  return diagnostics;
}
