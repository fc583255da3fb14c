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
      if (message === IN_ASSEMBLY) explainAssembly(diagnostics);
      diagnostics.push({
        file: toUserPath(file),
        line: Number(row),
        column: Number(column),
        severity: severity === 'fatal error' ? 'error' : (severity as Diagnostic['severity']),
        message: explained(message),
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

/** In the words of those who read it: what nvcc does with other flags, or for another machine, nothing here does. */
function explained(message: string): string {
  if (message.startsWith('kernel launch from __device__ or __global__ function'))
    return 'dynamic parallelism is not supported: launch the kernel from the host, as often as the work that a kernel finds asks for';
  // PTX has constraints for its registers that no other machine knows ("=l").
  return /^invalid (?:in|out)put constraint .* in asm$|^unknown register name .* in asm$/.test(message)
    ? inlineAssembly(message)
    : message;
}

function inlineAssembly(why: string): string {
  return `inline assembly (PTX, GCN or the host's) is not supported: write it in C++, for example with an intrinsic (${why})`;
}

/** Clang's note below what is wrong with an `asm` statement. */
const IN_ASSEMBLY = 'instantiated into assembly here';

/** The statement is another machine's: PTX, GCN or x86. */
function explainAssembly(diagnostics: Diagnostic[]): void {
  const last = diagnostics.at(-1);
  if (last?.severity !== 'error') return;
  diagnostics[diagnostics.length - 1] = { ...last, message: inlineAssembly(last.message) };
}

export function sameDiagnostic(a: Diagnostic, b: Diagnostic): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column && a.message === b.message;
}

export function explainLinker(diagnostic: Diagnostic): Diagnostic {
  const mismatch = /^function signature mismatch: (\S+)/.exec(diagnostic.message);
  if (mismatch)
    return {
      ...diagnostic,
      severity: 'error',
      message: `${mismatch[1] ?? ''} is called with other parameters, or another result, than it is defined with: declare it before the call`,
    };
  const undefinedSymbol = /undefined symbol: (\S+)/.exec(diagnostic.message);
  if (!undefinedSymbol) return diagnostic;
  return {
    ...diagnostic,
    message: `${undefinedSymbol[1] ?? ''} is not defined by the program or by Faultline's runtime`,
  };
}

export const NO_MAIN: Diagnostic = {
  file: '',
  line: 0,
  column: 0,
  severity: 'error',
  message: 'the program has no main function',
};

export function atLeastOneError(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return diagnostics;
  return [
    ...diagnostics,
    { file: '', line: 0, column: 0, severity: 'error', message: 'the compiler gave no object and no reason' },
  ];
}
