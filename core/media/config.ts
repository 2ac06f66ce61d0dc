/** The `media:` part of the configuration. */
import { DscpSchema, type Static, Type } from '../runtime/index.ts';
import { srtpSuites } from '../sdp/index.ts';
import { defaultOpusSettings } from './worker/codecs/opus-format.ts';

/**
 * What is offered by default, as far as the machine has it: first what every phone has and costs nothing,
 * then wideband, then what saves bandwidth. An answer follows the caller's order (`media.codecOrder`).
 */
export const defaultCodecs: readonly string[] = [
  'PCMU',
  'PCMA',
  'G722',
  'opus',
  'speex/16000',
  'iLBC',
  'GSM',
  'G726-32',
  'speex/8000',
];

export const MediaConfigSchema = Type.Object(
  {
    address: Type.String({
      default: 'auto',
      description: 'Address to bind and put into SDP; auto: the one the kernel picks towards the peer.',
    }),
    external: Type.Union([Type.String(), Type.Null()], {
      default: null,
      description: 'Public address for SDP behind NAT.',
    }),
    ports: Type.Tuple(
      [Type.Integer({ minimum: 1024, maximum: 65534 }), Type.Integer({ minimum: 1024, maximum: 65535 })],
      {
        default: [10000, 19998],
        description: 'First and last RTP port; even ones are used, RTCP is the next.',
      },
    ),
    workers: Type.Union([Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 128 })], {
      default: 'auto',
      description: 'Media threads; auto: one less than the cores, at least 1; 0: in the main thread.',
    }),
    packetIo: Type.Union([Type.Literal('auto'), Type.Literal('libc'), Type.Literal('dgram')], {
      default: 'auto',
      description: 'auto: libc where it works, else dgram (which uses one media thread).',
    }),
    dscp: DscpSchema('ef', 'RTP and RTCP'),
    codecs: Type.Array(Type.String(), {
      default: [...defaultCodecs],
      description:
        'Offered codecs, best first; name or name/rate. Of the default list those that the machine has; one that is named here must be there.',
    }),
    codecOrder: Type.Union([Type.Literal('offer'), Type.Literal('local')], {
      default: 'offer',
      description: "Whose order counts when we answer: the caller's, or that of codecs.",
    }),
    rtcpMux: Type.Union([Type.Literal('off'), Type.Literal('accept'), Type.Literal('offer')], {
      default: 'accept',
      description: 'RTCP on the RTP port (RFC 5761): never, when it is offered, or offered by us too.',
    }),
    comfortNoise: Type.Boolean({
      default: false,
      description: 'Offer and accept comfort noise (RFC 3389); silenceSuppression does so too.',
    }),
    srtp: Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
      default: 'optional',
      description:
        'Encrypted media with keys in SDP (RFC 4568). optional: RTP/SAVP and a=crypto in RTP/AVP (RFC 8643) are taken, the latter offered; required: RTP/SAVP only. A listener may say otherwise.',
    }),
    srtpSuites: Type.Array(
      Type.Union([
        Type.Literal('AES_CM_128_HMAC_SHA1_80'),
        Type.Literal('AEAD_AES_128_GCM'),
        Type.Literal('AES_256_CM_HMAC_SHA1_80'),
        Type.Literal('AEAD_AES_256_GCM'),
        Type.Literal('AES_CM_128_HMAC_SHA1_32'),
        Type.Literal('AES_256_CM_HMAC_SHA1_32'),
      ]),
      {
        minItems: 1,
        default: [...srtpSuites],
        description: 'Crypto suites that are taken; the first two are offered.',
      },
    ),
    symmetricRtp: Type.Boolean({
      default: true,
      description: "Learn the peer's address from its first packet, then lock.",
    }),
    qualityIntervalMs: Type.Integer({
      minimum: 0,
      maximum: 3_600_000,
      default: 5000,
      description: 'A quality report of each stream this often (event call.quality); 0: never.',
    }),
    silenceSuppression: Type.Boolean({
      default: false,
      description: 'Send comfort noise (RFC 3389) instead of silence where it was agreed.',
    }),
    inbandDtmf: Type.Union([Type.Literal('off'), Type.Literal('auto'), Type.Literal('on')], {
      default: 'auto',
      description: 'Find keys in the audio itself; auto: where the peer agreed to no telephone-event.',
    }),
    rtpTimeoutMs: Type.Integer({
      minimum: 0,
      default: 300000,
      description: 'End a call that receives no RTP for this long; 0: never. Not while it is on hold.',
    }),
    webRtc: Type.Boolean({
      default: true,
      description: 'Answer and call browsers (ICE-lite, DTLS-SRTP: always encrypted, whatever srtp says).',
    }),
    browserPort: Type.Union([Type.Integer({ minimum: 1, maximum: 65535 }), Type.Null()], {
      default: null,
      description:
        'One port for the media of all browsers, UDP and TCP, to be published or forwarded alone; null: a port of ports for each.',
    }),
    iceTimeoutMs: Type.Integer({
      minimum: 1000,
      maximum: 120_000,
      default: 15_000,
      description: 'A browser that nominates no address for its media in this time after the answer is given up.',
    }),
    dtlsTimeoutMs: Type.Integer({
      minimum: 1000,
      maximum: 120_000,
      default: 15_000,
      description: 'A browser whose DTLS handshake is not done in this time after ICE is given up.',
    }),
    playout: Type.Union([Type.Literal('adaptive'), Type.Literal('fixed'), Type.Literal('simple')], {
      default: 'adaptive',
      description:
        'How received audio waits: adaptive follows the network; fixed: playoutFixedMs; simple: playoutMinMs.',
    }),
    playoutMinMs: Type.Integer({ minimum: 0, maximum: 500, default: 20, description: 'Least playout delay.' }),
    playoutMaxMs: Type.Integer({
      minimum: 60,
      maximum: 2000,
      default: 1000,
      description: 'Received audio that waits longer is dropped.',
    }),
    playoutFixedMs: Type.Integer({
      minimum: 0,
      maximum: 2000,
      default: 60,
      description: 'Delay of fixed playout.',
    }),
    maxBusy: Type.Number({
      minimum: 0.1,
      maximum: 1,
      default: 0.85,
      description:
        'New calls get 503 while all media workers are busy for more than this part of their time; 1: never.',
    }),
    maxPromptBytes: Type.Integer({
      minimum: 1000,
      default: 50_000_000,
      description: 'Larger prompt files are refused.',
    }),
    maxPromptMs: Type.Integer({
      minimum: 1000,
      default: 3_600_000,
      description:
        'Longer prompts are refused: decoded, an hour takes 74 MB (narrowband) to 173 MB, once for all calls.',
    }),
    opus: Type.Object(
      {
        sampleRateHz: Type.Union([Type.Literal(8000), Type.Literal(16000), Type.Literal(24000), Type.Literal(48000)], {
          default: defaultOpusSettings.sampleRateHz,
          description: 'Rate that Opus is coded at, and that a stream or room with it works at.',
        }),
        bitrate: Type.Integer({
          minimum: 6000,
          maximum: 128_000,
          default: defaultOpusSettings.bitrate,
          description: 'Bits a second that are sent at most.',
        }),
        complexity: Type.Integer({
          minimum: 0,
          maximum: 10,
          default: defaultOpusSettings.complexity,
          description: 'Effort of the encoder; 10 costs about three times as much as 0.',
        }),
        fec: Type.Boolean({
          default: defaultOpusSettings.fec,
          description: 'Send, and ask for, a coarse copy of each frame with the next where packets are lost.',
        }),
        dtx: Type.Boolean({
          default: defaultOpusSettings.dtx,
          description: 'Send nothing in silence to who wants that, and ask for the same.',
        }),
      },
      { additionalProperties: false, default: {}, description: 'The Opus codec.' },
    ),
    recordingFormat: Type.String({
      pattern: '^[a-z0-9]+(\\|[A-Za-z0-9-]+)?$',
      default: 'wav',
      description:
        'Format of recordings whose name has no extension: wav, mp3, gsm, au, raw; wav|A-Law: a subtype of it.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type MediaConfig = Static<typeof MediaConfigSchema>;
