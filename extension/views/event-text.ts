/** Events in words: what happened, where, why and at what cost. */
import * as vscode from 'vscode';
import type { EventRow } from '../../engine/index.js';
import { formatAddress, formatBytes, formatCount, formatNs } from '../../engine/trace/format.js';
import { PAGE_SIZE, type EventText, type SourcePlace } from '../../media/messages.js';
import { placeLabel } from './source-label.js';

const { t } = vscode.l10n;

/** What a person calls a kind of event. */
export function kindLabel(kind: string): string {
  switch (kind) {
    case 'cpuFault':
      return t('CPU page fault');
    case 'deviceFault':
      return t('device page fault');
    case 'faultBatch':
      return t('fault batch');
    case 'migrate':
      return t('migration');
    case 'evict':
      return t('eviction');
    case 'invalidate':
      return t('invalidation');
    case 'expectFailed':
      return t('failed expectation');
    case 'fatalFault':
      return t('fatal fault');
    case 'remoteMap':
      return t('remote mapping');
    case 'launch':
      return t('kernel launch');
    case 'complete':
      return t('kernel end');
    default:
      return kind;
  }
}

/** Bytes that an event is about; 0 if it is about none. */
export function bytesOf({ kind, pageCount, extra }: Pick<EventRow, 'kind' | 'pageCount' | 'extra'>): number {
  return kind === 'migrate' || kind === 'evict' || kind === 'copy' ? extra : pageCount * PAGE_SIZE;
}

export function placeOf({ path, line }: Pick<EventRow, 'path' | 'line'>): SourcePlace | null {
  return path === null || line === null ? null : { path, line, label: placeLabel(path, line) };
}

/** `cpu → gpu0`, or one of them, or nothing. */
export function moveOf({ source, target }: Pick<EventRow, 'source' | 'target'>): string {
  if (source !== null && target !== null && source !== target) return `${source} → ${target}`;
  return '';
}

/** @param allocation the name of the one with that id */
export function eventText(row: EventRow, allocation: (id: number) => string | null): EventText {
  const { kind, agent, access, cause, firstPage, pageCount, number, timeNs, durationNs } = row;
  const move = moveOf(row);
  const name = row.allocation === 0 ? null : allocation(row.allocation);
  const place = placeOf(row);
  const bytes = bytesOf(row);
  const fields: [string, string][] = [[t('Event'), `${formatCount(number)} · ${formatNs(timeNs)}`]];
  if (pageCount > 0) {
    const pages = pageCount === 1 ? t('1 page') : t('{0} pages', formatCount(pageCount));
    fields.push([t('Pages'), `${formatAddress(firstPage * PAGE_SIZE)} · ${pages} · ${formatBytes(bytes)}`]);
  }
  if (name !== null) fields.push([t('Allocation'), name]);
  if (move !== '') fields.push([t('Moved'), move]);
  if (access !== 'none') fields.push([t('Access'), access]);
  if (cause !== 'none') fields.push([t('Cause'), cause]);
  if (durationNs > 0) fields.push([t('Cost'), formatNs(durationNs)]);
  if (row.block !== null) fields.push([t('Block, thread'), `${row.block}, ${row.thread ?? 0}`]);
  const headline = [agent, kindLabel(kind), name ?? '', move].filter((part) => part !== '').join(' · ');
  return {
    event: number,
    timeNs,
    headline,
    fields,
    source: place,
    pages: pageCount > 0 ? { firstPage, pageCount } : null,
  };
}
