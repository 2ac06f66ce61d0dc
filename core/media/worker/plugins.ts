/** Imports codec and format modules: ours and a plug-in's come through this door. */
import { CodedError } from '../../runtime/index.ts';
import type { CodecRecord, FormatRecord } from './records.ts';

/** The codec records of modules that export `codecs`. @throws CodedError `module.failed`. */
export async function importCodecs(urls: readonly string[]): Promise<CodecRecord[]> {
  const records: CodecRecord[] = [];
  for (const url of urls) {
    const list = await exported(url, 'codecs');
    for (const entry of list) {
      if (!isCodec(entry)) throw broken(url, 'codecs', 'an entry is no CodecRecord (name, rates, create)');
      records.push(entry);
    }
  }
  return records;
}

/** The format records of modules that export `formats`. @throws CodedError `module.failed`. */
export async function importFormats(urls: readonly string[]): Promise<FormatRecord[]> {
  const records: FormatRecord[] = [];
  for (const url of urls) {
    const list = await exported(url, 'formats');
    for (const entry of list) {
      if (!isFormat(entry)) throw broken(url, 'formats', 'an entry is no FormatRecord (extensions, mime, decode)');
      records.push(entry);
    }
  }
  return records;
}

async function exported(url: string, name: string): Promise<readonly unknown[]> {
  let module: Record<string, unknown>;
  try {
    module = await import(url);
  } catch (fault) {
    throw new CodedError('module.failed', `${url}: ${String(fault)}`, { cause: fault });
  }
  const list = module[name];
  if (!Array.isArray(list)) throw broken(url, name, 'it does not export that list');
  return list;
}

function isCodec(entry: unknown): entry is CodecRecord {
  if (typeof entry !== 'object' || entry === null) return false;
  const record: { readonly [Key in keyof CodecRecord]?: unknown } = entry;
  return (
    typeof record.name === 'string' &&
    isRate(record.clockRateHz) &&
    isRate(record.sampleRateHz) &&
    typeof record.maxFrameBytes === 'number' &&
    record.maxFrameBytes > 0 &&
    typeof record.create === 'function'
  );
}

/** Frames are 20 ms: a rate must give a whole number of samples. */
function isRate(rate: unknown): boolean {
  return typeof rate === 'number' && rate >= 8000 && rate <= 192_000 && rate % 50 === 0;
}

function isFormat(entry: unknown): entry is FormatRecord {
  if (typeof entry !== 'object' || entry === null) return false;
  const record: { readonly [Key in keyof FormatRecord]?: unknown } = entry;
  return Array.isArray(record.extensions) && typeof record.mime === 'string' && typeof record.decode === 'function';
}

function broken(url: string, name: string, what: string): CodedError {
  return new CodedError('module.failed', `${url}: ${name}: ${what}`);
}
