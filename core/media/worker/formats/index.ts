/** All file formats of ours. */
import type { FormatRecord } from '../records.ts';
import { formats as au } from './au.ts';
import { formats as gsm } from './gsm.ts';
import { formats as ilbc } from './ilbc.ts';
import { formats as mp3 } from './mp3.ts';
import { formats as raw } from './raw.ts';
import { formats as wav } from './wav.ts';

export const formats: readonly FormatRecord[] = [...wav, ...au, ...gsm, ...ilbc, ...mp3, ...raw];
