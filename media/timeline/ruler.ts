/**
 * What crosses all lanes: round times with their lines, markers of phases and breakpoints, the selected part, the cursor, hits of
 * a search. Drawn over and under the lanes on the same canvas.
 */
import type { Marker } from '../messages.js';
import { formatTick } from '../shared/format.js';
import { css, rgb, type Theme } from '../shared/theme.js';
import type { TimeScale, TimeSpan } from './span.js';

/** CSS pixels. */
export const RULER = 24;
const APART = 110;
const FLAG = 7;

export function drawGrid(context: CanvasRenderingContext2D, time: TimeScale, height: number, theme: Theme): void {
  const { stepNs, times } = time.ticks(APART);
  context.font = `11px ${theme.font}`;
  context.textBaseline = 'middle';
  for (const at of times) {
    const x = Math.round(time.x(at)) + 0.5;
    context.strokeStyle = css(rgb(theme.foreground), theme.highContrast ? 0.3 : 0.09);
    context.beginPath();
    context.moveTo(x, RULER - 6);
    context.lineTo(x, height);
    context.stroke();
    context.fillStyle = theme.muted;
    context.fillText(formatTick(at, stepNs), x + 4, RULER / 2 - 1);
  }
}

export function drawMarkers(
  context: CanvasRenderingContext2D,
  time: TimeScale,
  height: number,
  markers: readonly Marker[],
  theme: Theme,
): void {
  context.font = `11px ${theme.font}`;
  context.textBaseline = 'middle';
  for (const { timeNs, kind, label } of markers) {
    const x = Math.round(time.x(timeNs)) + 0.5;
    if (x < -200 || x > time.width + 20) continue;
    const color = kind === 'phase' ? theme.muted : theme.color('debugIcon-breakpointForeground', '#e51400');
    context.strokeStyle = context.fillStyle = kind === 'now' ? theme.focus : color;
    // A phase is dashed, a breakpoint has a disc, now a pennant.
    context.setLineDash(kind === 'phase' ? [3, 3] : []);
    context.beginPath();
    context.moveTo(x, kind === 'phase' ? RULER - 4 : RULER / 2);
    context.lineTo(x, height);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    if (kind === 'breakpoint') context.arc(x, RULER - FLAG, FLAG / 2 + 0.5, 0, Math.PI * 2);
    else if (kind === 'now') {
      context.moveTo(x, 2);
      context.lineTo(x + FLAG + 2, 2 + FLAG / 2);
      context.lineTo(x, 2 + FLAG);
      context.lineTo(x, RULER);
    }
    context.fill();
    if (kind === 'phase') drawPhase(context, label, x, theme);
  }
}

function drawPhase(context: CanvasRenderingContext2D, label: string, x: number, theme: Theme): void {
  const width = context.measureText(label).width + 8;
  context.fillStyle = theme.background;
  context.fillRect(x - 1, RULER - 18, width + 2, 16);
  context.strokeStyle = theme.muted;
  context.strokeRect(x, RULER - 18, width, 15);
  context.fillStyle = theme.foreground;
  context.fillText(label, x + 4, RULER - 10);
}

export function drawSelected(
  context: CanvasRenderingContext2D,
  time: TimeScale,
  height: number,
  { fromNs, toNs }: TimeSpan,
  theme: Theme,
): void {
  const [from, to] = [time.x(fromNs), time.x(toNs)];
  context.fillStyle = css(rgb(theme.focus), 0.16);
  context.fillRect(from, 0, to - from, height);
  context.strokeStyle = theme.focus;
  context.beginPath();
  for (const x of [from, to]) {
    context.moveTo(Math.round(x) + 0.5, 0);
    context.lineTo(Math.round(x) + 0.5, height);
  }
  context.stroke();
}

export function drawHits(
  context: CanvasRenderingContext2D,
  time: TimeScale,
  timesNs: Float64Array,
  current: number,
  theme: Theme,
): void {
  const path = new Path2D();
  let drawn = -Infinity;
  for (const timeNs of timesNs) {
    const x = Math.round(time.x(timeNs));
    if (x < 0 || x > time.width || x === drawn) continue;
    path.rect(x - 1, RULER - 4, 2, 4);
    drawn = x;
  }
  context.fillStyle = theme.color('editorOverviewRuler-findMatchForeground', '#d18616');
  context.fill(path);
  const at = timesNs[current];
  if (at === undefined) return;
  context.beginPath();
  const x = time.x(at);
  context.moveTo(x - 5, RULER - 8);
  context.lineTo(x + 5, RULER - 8);
  context.lineTo(x, RULER);
  context.fill();
}
