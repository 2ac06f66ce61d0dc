import type { DsmModule } from '../../../core/index.ts';

/** Modules of scripts that come with the server: one line a module. */
export const dsmModules: readonly DsmModule[] = [];
