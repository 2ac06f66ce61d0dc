/** All codecs of ours, and what this machine lacks a library for. */
import type { CodecRecord, UnavailableCodec } from '../records.ts';
import { codecs as g711 } from './g711.ts';

export const codecs: readonly CodecRecord[] = [...g711];

export const unavailable: readonly UnavailableCodec[] = [];
