/** All file formats of ours. */
import type { FormatRecord } from '../records.ts';
import { formats as wav } from './wav.ts';

export const formats: readonly FormatRecord[] = [...wav];
