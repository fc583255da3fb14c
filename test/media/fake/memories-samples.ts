/** Memories of a small program on one device, and of one on two that are nearly full. */
import type { HostMessageOf, MemoryNode } from '../../../media/messages.js';

const MIB = 2 ** 20;

function node(
  name: string,
  label: string,
  figures: readonly (number | null)[],
  areas: MemoryNode['areas'],
): MemoryNode {
  const [total = null, used, pinned, evictable, peak] = figures;
  const bytes = (mib: number | null | undefined): number => (mib ?? 0) * MIB;
  return {
    name,
    label,
    totalBytes: total === null ? null : bytes(total),
    usedBytes: bytes(used),
    pinnedBytes: bytes(pinned),
    evictableBytes: bytes(evictable),
    peakBytes: bytes(peak),
    areas,
  };
}

const traffic = (mib: number, transfers: number, recent: number, busyMs: number) => ({
  bytes: mib * MIB,
  transfers,
  recentBytes: recent * MIB,
  busyNs: busyMs * 1e6,
});

function history(nodes: readonly MemoryNode[]): HostMessageOf<'memories'>['history'] {
  const steps = 120;
  return {
    timesNs: Float64Array.from({ length: steps }, (_, n) => n * 1.28e6),
    usedBytes: nodes.map(({ peakBytes, usedBytes }, index) =>
      Float64Array.from({ length: steps }, (_, n) => {
        const filling = index === 0 ? 1 - Math.max(0, n - 60) / 160 : Math.min(1, Math.max(0, n - 12) / 70);
        return n === steps - 1 ? usedBytes : peakBytes * filling * (index > 0 && n > 82 && n % 9 < 3 ? 0.93 : 1);
      }),
    ),
  };
}

export function memories(): HostMessageOf<'memories'> {
  const nodes = [
    node(
      'cpu',
      'CPU',
      [null, 24.4, 0.4, 0, 32.2],
      [
        { id: 1, name: 'x', bytes: 16 * MIB },
        { id: 2, name: 'y', bytes: 7.6 * MIB },
        { id: 3, name: 'staging', bytes: 0.4 * MIB },
        { id: 4, name: 'table.bin', bytes: 0.4 * MIB },
      ],
    ),
    node(
      'gpu0',
      'gpu0',
      [16, 14.6, 1.5, 12.1, 15.8],
      [
        { id: 2, name: 'y', bytes: 8.4 * MIB },
        { id: 1, name: 'x', bytes: 3.7 * MIB },
        { id: 5, name: 'scratch', bytes: 1.5 * MIB },
        { id: 6, name: 'histogram', bytes: 1 * MIB },
      ],
    ),
  ];
  const link = {
    from: 0,
    to: 1,
    label: 'PCIe 3.0 x16',
    bytesPerSecond: 12.1e9,
    forward: traffic(21.4, 2048, 1.2, 5.8),
    backward: traffic(6.8, 310, 0, 1.9),
  };
  return { type: 'memories', seq: 0, timeNs: 153.4e6, nodes, links: [link], history: history(nodes) };
}

export function twoDevices(): HostMessageOf<'memories'> {
  const first = memories();
  const second = node('gpu1', 'gpu1', [16, 3.1, 0, 3.1, 4], [{ id: 7, name: 'z', bytes: 3.1 * MIB }]);
  const nodes = [...first.nodes, second];
  const idle = {
    from: 0,
    to: 2,
    label: 'PCIe 3.0 x16',
    bytesPerSecond: 12.1e9,
    forward: traffic(3.1, 40, 0, 0.4),
    backward: traffic(0, 0, 0, 0),
  };
  const peer = { ...idle, from: 1, to: 2, label: 'NVLink', bytesPerSecond: 20e9 };
  return { ...first, nodes, links: [...first.links, idle, peer], history: history(nodes) };
}
