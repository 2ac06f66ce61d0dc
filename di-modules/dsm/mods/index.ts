import type { DsmModule } from '../../../core/index.ts';

/** Modules of scripts that come with the server. */
export const dsmModules: readonly DsmModule[] = [];
