/** What a debugger shows of a migration under way: its last phase as plain data that can be sent to the session. */
import type { MigrationStep } from '../drivers/migration-step.js';
import { agentName, frameIndex, frameNode, nodeName, type FrameNumber } from '../memory/units.js';
import type { MigrationState } from './messages.js';

/** A migration's last phase, without its pages: kept for the frames of a stop within it. */
export interface MigrationRecord {
  readonly depth: number;
  readonly state: MigrationState;
}

/** @param withPages only during the call that hands the step over */
export function describeMigration(step: MigrationStep, withPages: boolean): MigrationRecord {
  return {
    depth: step.depth,
    state: {
      phase: step.phase,
      fields: [
        ['id', String(step.id)],
        ['reason', step.reason],
        ['device', agentName(step.device)],
        ['source', nodeName(step.source)],
        ['target', nodeName(step.target)],
        ['start', `0x${(step.firstPage * 4096).toString(16)}`],
        ['npages', String(step.pageCount)],
        ['cpages', String(step.collected)],
        ['notifier_seq', String(step.notifierSequence)],
      ],
      pages: withPages
        ? step.pages().map(({ page, state, sourceFrame, targetFrame, why }) => ({
            page,
            state,
            source: frameText(sourceFrame),
            target: frameText(targetFrame),
            why,
          }))
        : [],
    },
  };
}

function frameText(frame: FrameNumber | null): string {
  return frame === null ? 'none' : `${nodeName(frameNode(frame))} frame ${String(frameIndex(frame))}`;
}
