import { resolve } from 'node:path';
import type { DsmScript } from '../../../core/index.ts';
import { keysOf, listOf } from '../host/settings.ts';
import { serverOf } from './server.ts';

/** Folders in which scripts may change files: `sys_paths`, those of scripts and prompts, and the data folder. */
export function writableFolders(script: DsmScript): readonly string[] {
  const { config, dataPath } = serverOf(script);
  const keys = keysOf({ sys_paths: config.sys_paths });
  const named = [...listOf(keys, 'sys_paths'), config.diag_path, config.prompts_sets_path];
  return [dataPath, ...named.filter((path) => path !== '')].map((path) => resolve(path));
}

/** Why a script may not change that path, or null: it may. */
export function writableFault(script: DsmScript, path: string): string | null {
  const whole = resolve(path);
  if (path.includes('\0')) return 'the name has a NUL';
  if (writableFolders(script).some((folder) => whole.startsWith(folder === '/' ? folder : `${folder}/`))) return null;
  return `${path.slice(0, 200)} is in no folder where scripts may change files: see dsm.sys_paths`;
}
