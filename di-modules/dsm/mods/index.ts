import type { DsmModule } from '../../../core/index.ts';
import { mysql } from './mysql/index.ts';
import { py } from './py/index.ts';
import { redis } from './redis/index.ts';

/** Modules of scripts that come with the server: one line a module. */
export const dsmModules: readonly DsmModule[] = [
  mysql,
  py,
  redis,
];
