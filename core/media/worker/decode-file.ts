import { CodedError } from '../../runtime/index.ts';
import { extensionOf } from './file-extension.ts';
import { shareAudio, shareReader } from './prompt-store.ts';
import type { SharedAudio } from './protocol.ts';
import type { FormatRecord } from './records.ts';

/**
 * A file as a prompt: decoded by the format of its name, into shared memory.
 * @throws CodedError `file.format`, `file.tooLarge` (longer than `maxMs`; 0: no limit), with the name.
 */
export async function decodeFile(
  formats: readonly FormatRecord[],
  name: string,
  bytes: Uint8Array,
  maxMs: number,
): Promise<SharedAudio> {
  const extension = extensionOf(name);
  const format = formats.find(({ extensions }) => extensions.includes(extension));
  if (format === undefined) throw new CodedError('file.format', `${name}: no format reads .${extension}`);
  try {
    if (format.open === undefined) return shareAudio(await format.decode(bytes));
    const reader = await format.open(bytes);
    try {
      return shareReader(reader, maxMs);
    } finally {
      reader.dispose?.();
    }
  } catch (fault) {
    throw fault instanceof CodedError
      ? new CodedError(fault.code, `${name}: ${fault.detail}`, { cause: fault })
      : new CodedError('file.format', `${name}: ${String(fault)}`, { cause: fault });
  }
}
