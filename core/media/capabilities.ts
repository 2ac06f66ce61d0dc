import { CodedError } from '../runtime/index.ts';
import type { CodecCapability, MediaCapabilities } from '../sdp/types.ts';
import type { CodecRecord } from './worker/records.ts';

/**
 * What is offered: the codecs that `media.codecs` names, in its order; a name with several rates
 * offers them all. @throws CodedError `config.invalid` for a name that no loaded codec has.
 */
export function capabilitiesOf(records: readonly CodecRecord[], names: readonly string[]): MediaCapabilities {
  const codecs: CodecCapability[] = [];
  names.forEach((name, index) => {
    const found = records.filter((record) => record.name.toUpperCase() === name.toUpperCase());
    if (found.length === 0) {
      const known = [...new Set(records.map((record) => record.name))].join(', ');
      throw new CodedError('config.invalid', `media.codecs[${index}]: no codec "${name}" is loaded; loaded: ${known}`);
    }
    for (const { name: encoding, clockRateHz, channels, staticPayloadType, fmtp, negotiate } of found) {
      codecs.push({ name: encoding, clockRateHz, channels, staticPayloadType, fmtp, negotiate });
    }
  });
  if (codecs.length === 0) throw new CodedError('config.invalid', 'media.codecs: no codec is named');
  return { codecs, ptimeMs: 20 };
}
