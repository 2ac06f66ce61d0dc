/** All codecs of ours, and what this machine lacks a library for. */
import type { CodecRecord, CodecSettings, ConfiguredCodecs, UnavailableCodec } from '../records.ts';
import { codecs as g711 } from './g711.ts';
import { codecs as g722 } from './g722.ts';
import { codecs as g726 } from './g726.ts';
import { codecs as gsm } from './gsm.ts';
import { codecs as ilbc } from './ilbc.ts';
import { codecs as l16 } from './l16.ts';
import { configureOpus } from './opus.ts';
import { defaultOpusSettings } from './opus-format.ts';
import { codecs as speex, unavailable as withoutSpeex } from './speex.ts';

/** With what the configuration says. */
export function configureCodecs(settings: CodecSettings): ConfiguredCodecs {
  const opus = configureOpus(settings.opus);
  return {
    codecs: [...g711, ...g722, ...g726, ...gsm, ...l16, ...ilbc, ...opus.codecs, ...speex],
    unavailable: [...opus.unavailable, ...withoutSpeex],
  };
}

const byDefault = configureCodecs({ opus: defaultOpusSettings });

export const codecs: readonly CodecRecord[] = byDefault.codecs;

export const unavailable: readonly UnavailableCodec[] = byDefault.unavailable;
