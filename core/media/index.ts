/** Main-thread face of the media engine, and the pure pieces that phones and tests use. */
export * from './config.ts';
export { ourCodecs, ourFormats } from './module-urls.ts';
export { createMediaPool, type MediaPoolOptions } from './pool.ts';
export * from './types.ts';
export {
  alawToLinear,
  decodeG711,
  type EncodingTable,
  encodeG711,
  encodeSample,
  linearToAlaw,
  linearToUlaw,
  ulawToLinear,
} from './worker/codecs/g711.ts';
export { DtmfPayload, DtmfReceiver, dtmfKeys, parseDtmf } from './worker/dtmf-receive.ts';
export { DtmfSender, writeDtmf } from './worker/dtmf-send.ts';
export { decodeWav, encodeWav } from './worker/formats/wav.ts';
export { Resampler, resample } from './worker/resampler.ts';
export { parseRtp, RtpHeader, rtpHeaderBytes, writeRtpHeader } from './worker/rtp.ts';
export { type ToneShape, writeTone } from './worker/tone.ts';
