/** All codecs of ours, and what this machine lacks a library for. */
import type { CodecRecord, UnavailableCodec } from '../records.ts';
import { codecs as g711 } from './g711.ts';
import { codecs as g722 } from './g722.ts';
import { codecs as g726 } from './g726.ts';
import { codecs as gsm } from './gsm.ts';
import { codecs as l16 } from './l16.ts';

export const codecs: readonly CodecRecord[] = [...g711, ...g722, ...g726, ...gsm, ...l16];

export const unavailable: readonly UnavailableCodec[] = [];
