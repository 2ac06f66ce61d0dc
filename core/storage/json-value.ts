import { CodedError } from '../runtime/index.ts';

/** A value as the JSON text that is stored. @throws CodedError `storage.failed` for what JSON cannot hold. */
export function storedText(value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (fault) {
    throw new CodedError('storage.failed', 'only JSON values can be stored', { cause: fault });
  }
  throw new CodedError('storage.failed', 'undefined cannot be stored');
}

export const storedValue = (text: string): unknown => JSON.parse(text);
