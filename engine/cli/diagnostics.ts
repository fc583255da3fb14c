/** What the compiler says, written as compilers write it, so that editors and CI annotate the lines. */
import type { Diagnostic, Paint, Painter } from './engine.js';

const PAINTS: Readonly<Record<Diagnostic['severity'], Paint>> = { error: 'red', warning: 'magenta', note: 'cyan' };

/** `file:line:column: error: message`, one a line, with a newline at the end of each. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], paint: Painter): string {
  return diagnostics
    .map(({ file, line, column, severity, message }) => {
      const place = line === 0 ? file : `${file}:${line}:${column}`;
      return `${paint('bold', `${place}:`)} ${paint(PAINTS[severity], `${severity}:`)} ${message}\n`;
    })
    .join('');
}

/** `2 errors and 1 warning generated.` */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const counts = (['error', 'warning'] as const)
    .map((severity) => ({ severity, count: diagnostics.filter((each) => each.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}${count === 1 ? '' : 's'}`);
  return counts.length === 0 ? '' : `${counts.join(' and ')} generated.\n`;
}
