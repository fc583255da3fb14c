/** What a person means who runs the file that is open, the file or the project beside it, and what a project says that views show. */
import { readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { projectFile } from './manifest.js';

/** Null: there is none, or one that is half written. The engine says what is wrong with it. */
function readProject(folder: string): Readonly<Record<string, unknown>> | null {
  try {
    const project: unknown = JSON.parse(readFileSync(join(folder, projectFile), 'utf8'));
    return typeof project === 'object' && project !== null ? { ...project } : null;
  } catch {
    return null;
  }
}

/** @returns the path of the file, or of the folder with the project that it is a part of */
export function programOf(file: string): string {
  const folder = dirname(file);
  const project = readProject(folder);
  if (project === null) return file;
  const { sources } = project;
  // A project that names no sources compiles all that lie beside it.
  const isPart = !Array.isArray(sources) || sources.some((source) => join(folder, String(source)) === file);
  return isPart ? folder : file;
}

const FILE = /\.(?:json|[cm]?[jt]s)$/i;

/** Of a project, what the editor has settings for, too: the project's own wins over them, and views show it. */
export function saidByProject(program: unknown, cwd: string): Readonly<Record<string, unknown>> {
  if (typeof program !== 'string') return {};
  const path = isAbsolute(program) ? program : join(cwd, program);
  const folder = basename(path) === projectFile ? dirname(path) : path;
  const project = readProject(folder) ?? {};
  const said = ['driver', 'machine', 'deviceMemory'].flatMap((name) => {
    const value = project[name];
    if (value === undefined) return [];
    return [[name, typeof value === 'string' && FILE.test(value) ? join(folder, value) : value]];
  });
  return Object.fromEntries(said) as Record<string, unknown>;
}
