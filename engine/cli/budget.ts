/** The `--max-…` budgets, checked against the figures of the report: what a person sees is what decides. */
import { formatBytes, formatCount, formatNs, type RunLimits, type Summary } from './engine.js';

/** A sentence for every budget that was exceeded. */
export function exceededBudgets(limits: RunLimits, { unifiedMemory, time }: Summary): string[] {
  const { hostToDevice, deviceToHost, deviceToDevice, cpuFaults, deviceFaults } = unifiedMemory;
  const migrated = hostToDevice.totalBytes + deviceToHost.totalBytes + deviceToDevice.totalBytes;
  const checks: Check[] = [
    ['--max-faults', limits.maxFaults, cpuFaults + deviceFaults, 'CPU and device faults', formatCount, ''],
    ['--max-migrated', limits.maxMigratedBytes, migrated, 'migrated', formatBytes, ' B'],
    ['--max-simulated-time', limits.maxSimulatedNs, time.simulatedNs, 'of simulated time', formatNs, ' ns'],
  ];
  return checks.flatMap(([option, limit, figure, what, round, unit]) => {
    if (limit === undefined || figure <= limit) return [];
    // Rounded for people the two could read the same; then the exact figures stand there.
    const exact = (value: number): string => formatCount(value) + unit;
    const format = round(figure) === round(limit) ? exact : round;
    return [`${format(figure)} ${what}, more than ${option} allows (${format(limit)}).`];
  });
}

type Check = [
  option: string,
  limit: number | undefined,
  figure: number,
  what: string,
  round: (value: number) => string,
  unit: string,
];
