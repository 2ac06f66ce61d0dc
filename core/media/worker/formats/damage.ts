import { CodedError } from '../../../runtime/index.ts';

/** What is wrong with a file, and where. */
export function damaged(format: string, byte: number, what: string): CodedError {
  return new CodedError('file.format', `${format}, byte ${byte}: ${what}`);
}

/** What a format cannot be asked for. */
export function impossible(format: string, what: string): CodedError {
  return new CodedError('file.format', `${format}: ${what}`);
}

/** Four characters of a file. */
export function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

export function setTag(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
