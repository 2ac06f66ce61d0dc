import { isRecord } from '../../../../core/index.ts';

/** A line of Python's. */
export type PythonMessage =
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: 'log'; readonly level: number; readonly text: string }
  | { readonly kind: 'done'; readonly value: boolean }
  | { readonly kind: 'failed'; readonly text: string };

const maxArgs = 10;

/** Null: it is none of these. */
export function pythonMessage(line: string): PythonMessage | null {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isRecord(message)) return null;
  const { call, args, log, done, failed } = message;
  if (typeof call === 'string' && Array.isArray(args) && args.length <= maxArgs)
    return { kind: 'call', name: call, args: args.map(textOf) };
  if (Array.isArray(log)) return { kind: 'log', level: Number(log[0]), text: textOf(log[1]) };
  if (typeof done === 'boolean') return { kind: 'done', value: done };
  return typeof failed === 'string' ? { kind: 'failed', text: failed } : null;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
