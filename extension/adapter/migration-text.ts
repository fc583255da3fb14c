/**
 * The text behind the engine's own frames: the phases of a migration, one line each. An editor shows a frame without a source as if
 * nothing were there and selects the one below it, so a step through a migration gets something to walk through.
 * Source: Linux, mm/migrate_device.c and Documentation/mm/hmm.rst.
 */

/** Under which number the client asks for it. */
export const MIGRATION_REFERENCE = 1;
export const MIGRATION_NAME = 'migrate_vma';

export const migrationText = `/*
 * One migration as Linux does it: mm/migrate_device.c, Documentation/mm/hmm.rst.
 * The debugger stands behind the phase on the marked line. What has become of each page is under "Pages".
 */

migrate_vma_setup(args)

    migrate_vma_collect
        /* Each candidate page is locked, and its page-table entry becomes a migration entry. Notifiers of
           other devices have been told. What cannot move (pinned, locked, elsewhere) is skipped. */

    migrate_vma_unmap
        /* No other mapping and no device table has the pages any more. What somebody else still refers to
           is given up and restored. A thread that touches a page now waits for its migration entry. */

driver: allocate at the target
        /* The driver finds a frame at the target for each page; if there is none, it evicts or gives up. */

migrate_vma_pages, copy
        /* The contents are at the target, holes are filled, and the page cache names the new frames. */

migrate_vma_finalize
        /* Migration entries become entries again, of the new frame or of the old one; pages are unlocked,
           and whoever waited goes on. */
`;

const lines = migrationText.split('\n').map((line) => line.trim());

/** The line of a phase, by the name of its frame; the first line for a frame that is no phase. */
export function phaseLine(frameName: string): number {
  return Math.max(0, lines.indexOf(frameName)) + 1;
}
