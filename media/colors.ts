/**
 * The colours that we contribute to VS Code's themes. `package.json` has the same list under `contributes.colors` (a test of the
 * extension compares them); inside a page each is a CSS variable, see {@link cssVariable}. No `vscode`, no DOM.
 *
 * Invariant: nothing is told by a colour alone. Places differ in lightness, too, and cells that are big enough carry a mark.
 */

export interface ContributedColor {
  /** `faultline.cpu` */
  readonly id: string;
  readonly description: string;
  readonly light: string;
  readonly dark: string;
  readonly highContrast: string;
  readonly highContrastLight: string;
}

function color(
  name: string,
  description: string,
  [dark, light, highContrast, highContrastLight]: readonly [string, string, string, string],
): ContributedColor {
  return { id: `faultline.${name}`, description, light, dark, highContrast, highContrastLight };
}

/** Blue and orange are told apart by everyone; further devices follow in an order that keeps neighbours distinct. */
export const COLORS = [
  color('cpu', 'Pages in the memory of the CPU.', ['#3f8fd2', '#1f6fb2', '#4cb2ff', '#0f4a85']),
  color('gpu0', 'Pages in the memory of the first device.', ['#f0a33a', '#d9861a', '#ffb84d', '#9a5700']),
  color('gpu1', 'Pages in the memory of the second device.', ['#b48ee0', '#8a5cc0', '#d3b3ff', '#5b2a91']),
  color('gpu2', 'Pages in the memory of the third device.', ['#4dc2a0', '#178a6a', '#5ff0c6', '#00573e']),
  color('gpu3', 'Pages in the memory of the fourth device.', ['#e6728f', '#c24466', '#ff9fb6', '#8f1238']),
  color('nowhere', 'Pages that are mapped and have no memory yet.', ['#6b7078', '#a8adb5', '#8a8f98', '#6a6f78']),
  color('migrating', 'Pages that are being moved.', ['#ffe066', '#7a5c00', '#ffff66', '#5c4500']),
  color('changed', 'The mark of pages that changed since the last stop.', ['#ffffff', '#000000', '#ffffff', '#000000']),
  color('fault', 'Page faults in the timeline.', ['#f26d6d', '#c93535', '#ff8080', '#a31515']),
  color('batch', 'Fault batches in the timeline.', ['#d98fb3', '#a84a7a', '#ffb3d9', '#7a1f50']),
  color('eviction', 'Evictions in the timeline.', ['#d47fd4', '#9c3f9c', '#ff99ff', '#6b1a6b']),
  color('prefetch', 'Prefetches in the timeline.', ['#6cc070', '#2f8a3b', '#7dff85', '#125c1c']),
  color('kernel', 'Kernels in the timeline.', ['#7aa7d9', '#3d74b0', '#9cd0ff', '#1d4f8a']),
  color('thread', 'Host threads in the timeline.', ['#8f99a8', '#6b7585', '#b8c2d1', '#454d5a']),
] as const satisfies readonly ContributedColor[];

/** `faultline.gpu0` → `--vscode-faultline-gpu0`, as VS Code names it. */
export function cssVariable(id: string): string {
  return `--vscode-${id.replaceAll('.', '-')}`;
}
