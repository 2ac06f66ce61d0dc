import { CodedError } from '../runtime/index.ts';
import type { CodecCapability, MediaCapabilities } from '../sdp/types.ts';
import { defaultCodecs } from './config.ts';
import type { CodecRecord } from './worker/records.ts';

/**
 * What is offered: the codecs that `media.codecs` names (`speex`, `speex/16000`), in its order; a name
 * without a rate offers all that it has. Of the default list those that are missing are left out and told
 * to `onMissing`. @throws CodedError `config.invalid` for a name that no loaded codec has.
 */
export function capabilitiesOf(
  records: readonly CodecRecord[],
  names: readonly string[],
  onMissing: (names: readonly string[]) => void = () => {},
): MediaCapabilities {
  const codecs: CodecCapability[] = [];
  const missing: string[] = [];
  const mayMiss = names.join() === defaultCodecs.join();
  names.forEach((name, index) => {
    const [wanted = '', rate] = name.toUpperCase().split('/');
    const found = records.filter(
      (record) => record.name.toUpperCase() === wanted && (rate === undefined || record.clockRateHz === Number(rate)),
    );
    if (found.length === 0 && mayMiss) missing.push(name);
    else if (found.length === 0) {
      const known = [...new Set(records.map((record) => record.name))].join(', ');
      throw new CodedError('config.invalid', `media.codecs[${index}]: no codec "${name}" is loaded; loaded: ${known}`);
    }
    for (const { name: encoding, clockRateHz, channels, staticPayloadType, fmtp, negotiate } of found) {
      codecs.push({ name: encoding, clockRateHz, channels, staticPayloadType, fmtp, negotiate });
    }
  });
  if (missing.length > 0) onMissing(missing);
  if (codecs.length === 0) throw new CodedError('config.invalid', 'media.codecs: no codec is named');
  return { codecs, ptimeMs: 20 };
}
