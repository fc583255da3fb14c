/** What files say of a program: its sources, and with which flags they are compiled. */
import { flagsBeside, readBuildFile } from './build-files.js';
import type { Files } from './files.js';
import { readProject } from './project.js';
import type { Settings } from './settings.js';
import type { ProgramFiles } from './sources.js';

/** @throws UsageError */
export function settingsOfProgram(program: ProgramFiles, files: Files): Settings {
  if (program.kind === 'project') return readProject(program.directory, files);
  if (program.kind === 'build') return readBuildFile(program.buildFile, files);
  return { ...flagsBeside(program.sources, files), sources: program.sources };
}
