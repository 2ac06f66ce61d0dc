/** Imports codec and format modules: ours and a plug-in's come through this door. */
import { CodedError } from '../../runtime/index.ts';
import type { CodecRecord, CodecSettings, ConfiguredCodecs, FormatRecord, UnavailableCodec } from './records.ts';

/**
 * The codec records of modules that export `codecs`, and what they lack on this machine. A module with
 * a `configureCodecs` is asked by that when there are settings. @throws CodedError `module.failed`.
 */
export async function importCodecs(urls: readonly string[], settings?: CodecSettings): Promise<ConfiguredCodecs> {
  const codecs: CodecRecord[] = [];
  const unavailable: UnavailableCodec[] = [];
  for (const url of urls) {
    const module = await load(url);
    const has = settings === undefined ? module : configured(url, module, settings);
    for (const entry of listOf(url, has, 'codecs')) {
      if (!isCodec(entry)) throw broken(url, 'codecs', 'an entry is no CodecRecord (name, rates, create)');
      codecs.push(entry);
    }
    if (has['unavailable'] === undefined) continue;
    for (const entry of listOf(url, has, 'unavailable')) {
      if (!isUnavailable(entry)) throw broken(url, 'unavailable', 'an entry has no name or no reason');
      unavailable.push(entry);
    }
  }
  return { codecs, unavailable };
}

type Exports = { readonly [name: string]: unknown };

function configured(url: string, module: Exports, settings: CodecSettings): Exports {
  const { configureCodecs } = module;
  if (typeof configureCodecs !== 'function') return module;
  let result: unknown;
  try {
    result = configureCodecs(settings);
  } catch (fault) {
    throw new CodedError('module.failed', `${url}: configureCodecs: ${String(fault)}`, { cause: fault });
  }
  if (typeof result !== 'object' || result === null) throw broken(url, 'configureCodecs', 'it gives no codecs');
  return { ...result };
}

function isUnavailable(entry: unknown): entry is UnavailableCodec {
  if (typeof entry !== 'object' || entry === null) return false;
  const record: { readonly [Key in keyof UnavailableCodec]?: unknown } = entry;
  return typeof record.name === 'string' && typeof record.reason === 'string';
}

/** The format records of modules that export `formats`. @throws CodedError `module.failed`. */
export async function importFormats(urls: readonly string[]): Promise<FormatRecord[]> {
  const records: FormatRecord[] = [];
  for (const url of urls) {
    const list = listOf(url, await load(url), 'formats');
    for (const entry of list) {
      if (!isFormat(entry)) throw broken(url, 'formats', 'an entry is no FormatRecord (extensions, mime, decode)');
      records.push(entry);
    }
  }
  return records;
}

async function load(url: string): Promise<Exports> {
  try {
    const module: Exports = await import(url);
    return module;
  } catch (fault) {
    throw new CodedError('module.failed', `${url}: ${String(fault)}`, { cause: fault });
  }
}

function listOf(url: string, module: Exports, name: string): readonly unknown[] {
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
