/** What a call carries for billing and for who dialled it (`CallLabels`), checked at the edge. */
import { type DiValue, Double } from '../di/index.ts';
import { CodedError, type Static, Type } from '../runtime/index.ts';
import type { CallLabels } from './types.ts';

/** Of `data`, as JSON. */
export const labelBytes = 4096;
const nameChars = 128;

/** No control characters: names stand in log lines and detail records. */
const LabelName = (description: string) =>
  Type.String({ maxLength: nameChars, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description });

/** `CallLabels` as functions take and give them. */
export const LabelsSchema = Type.Object(
  {
    account: Type.Optional(LabelName('Who pays.')),
    tariff: Type.Optional(LabelName('Name of the tariff.')),
    data: Type.Optional(Type.Unsafe<DiValue>({ description: 'Given back in events; 4096 bytes as JSON.' })),
  },
  { additionalProperties: false },
);

/** A schema's value as labels: absent stays absent. @throws CodedError `rpc.wrongType` when they are too large. */
export function labelsOf({ account, tariff, data }: Static<typeof LabelsSchema> = {}): CallLabels {
  const labels = {
    ...(account === undefined ? {} : { account }),
    ...(tariff === undefined ? {} : { tariff }),
    ...(data === undefined ? {} : { data }),
  };
  return checkedLabels(labels);
}

/** @throws CodedError `rpc.wrongType` naming the label that is too large or no name. */
export function checkedLabels(labels: CallLabels): CallLabels {
  for (const name of ['account', 'tariff'] as const) {
    const text = labels[name];
    if (text === undefined) continue;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would break the lines of logs and records
    if (text.length > nameChars || /[\u0000-\u001f\u007f]/.test(text))
      throw new CodedError('rpc.wrongType', `${name}: expected at most ${nameChars} characters without controls`);
  }
  if (labels.data === undefined) return labels;
  const bytes = Buffer.byteLength(asJson(labels.data));
  if (bytes > labelBytes)
    throw new CodedError('rpc.wrongType', `data: ${bytes} bytes as JSON, at most ${labelBytes} are kept with a call`);
  return labels;
}

/** `labels` with those of `more` in their place. @throws CodedError `rpc.wrongType`. */
export function mergedLabels(labels: CallLabels, more: CallLabels): CallLabels {
  return checkedLabels({ ...labels, ...more });
}

/** As the JSON wires write it, for its length. */
function asJson(data: DiValue): string {
  return JSON.stringify(data, (_name, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Double) return Number(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });
}
