/** Programs to try: copied to a place of the user's choice the first time, because what is inside the extension cannot be changed. */
import { basename } from 'node:path';
import * as vscode from 'vscode';

const { t } = vscode.l10n;

const SAMPLES: readonly { readonly file: string; readonly label: string; readonly detail: () => string }[] = [
  {
    file: 'vector_add.cu',
    label: 'CUDA',
    detail: () => t('Adds two vectors in managed memory: every page faults and moves.'),
  },
  { file: 'ping_pong.cu', label: 'CUDA', detail: () => t('CPU and device take turns with the same pages.') },
  { file: 'too_large.cu', label: 'CUDA', detail: () => t('Uses more than the device has, so that it evicts.') },
  { file: 'vector_add.hip', label: 'HIP', detail: () => t('Adds two vectors in managed memory, for AMD devices.') },
  { file: 'stencil.c', label: 'OpenMP', detail: () => t('A stencil in target regions, with map clauses.') },
  { file: 'null_pointer.c', label: 'C', detail: () => t('Writes through a null pointer: stops where it happens.') },
];

/** @param file one of the samples; asks which if there is none */
export async function openSample(extensionUri: vscode.Uri, storage: vscode.Uri, file: unknown): Promise<void> {
  const chosen = typeof file === 'string' ? file : await choose();
  if (!SAMPLES.some((sample) => sample.file === chosen) || chosen === undefined) return;
  const from = vscode.Uri.joinPath(extensionUri, 'extension', 'samples', chosen);
  const to = vscode.Uri.joinPath(storage, 'samples', basename(chosen));
  try {
    await vscode.workspace.fs.stat(to);
  } catch {
    await vscode.workspace.fs.copy(from, to);
  }
  await vscode.window.showTextDocument(to, { preview: false });
}

async function choose(): Promise<string | undefined> {
  const picked = await vscode.window.showQuickPick(
    SAMPLES.map(({ file, label, detail }) => ({ label: file, description: label, detail: detail(), file })),
    { title: t('Open a sample program'), matchOnDetail: true },
  );
  return picked?.file;
}
