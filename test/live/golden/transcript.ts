/** A transcript: what is called and what comes back, once for both wires. The XML is made here, not by the server's code. */
export type Json = null | boolean | number | string | Base64 | readonly Json[] | { readonly [member: string]: Json };

/** Bytes: `<base64>` in XML, a text in base64 in JSON. */
export class Base64 {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toJSON(): string {
    return this.#text;
  }
}

export interface Step {
  /** `module.function` or a bare name. */
  readonly method: string;
  readonly params: readonly Json[];
  /** The result, or how it is refused on each wire. */
  readonly result?: Json;
  readonly refused?: { readonly json: number; readonly fault: number; readonly text: string };
}

export const gives = (method: string, params: readonly Json[], result: Json): Step => ({ method, params, result });

const refused = (json: number, fault: number) => (method: string, params: readonly Json[], text: string) => ({
  method,
  params,
  refused: { json, fault, text },
});

/** SEMS's texts (di-interfaces 1.10); what follows them is ours. */
export const tooFew = (method: string, params: readonly Json[], more: string): Step =>
  refused(-32602, 300)(method, params, `Exception: AmArg out of bounds - parameter number mismatch. ${more}`);
export const wrongType = (method: string, params: readonly Json[], more: string): Step =>
  refused(-32602, 300)(method, params, `Exception: Type mismatch in arguments. ${more}`);
/** SEMS's built-in methods refuse a type with -1. */
export const typeError = (method: string, params: readonly Json[], more: string): Step =>
  refused(-32602, -1)(method, params, `type error: ${more}`);
export const noMethod = (method: string, params: readonly Json[] = []): Step =>
  refused(-32601, -1)(method, params, `${method}: unknown method name`);
/** Functions that are not there, or not for the wire (F3). */
export const notExported = (module: string, name: string, params: readonly Json[]): Step => ({
  method: 'di',
  params: [module, name, ...params],
  refused: { json: -32601, fault: 504, text: `Exception: AmDynInvoke::NotImplemented: ${name}` },
});

export function xmlRequest({ method, params }: Step): string {
  const list = params.map((param) => `<param>${xmlValue(param, 'boolean')}</param>`).join('');
  return `<?xml version="1.0"?>\n<methodCall><methodName>${method}</methodName><params>${list}</params></methodCall>\n`;
}

export function xmlReply({ result, refused }: Step): string {
  const value = refused === undefined ? xmlValue(result ?? null) : xmlValue(faultOf(refused));
  const [open, close] = refused === undefined ? ['<params><param>', '</param></params>'] : ['<fault>', '</fault>'];
  return `<?xml version="1.0"?>\r\n<methodResponse>${open}\r\n\t${value}\r\n${close}</methodResponse>\r\n`;
}

const faultOf = ({ fault, text }: { readonly fault: number; readonly text: string }): Json => ({
  faultCode: fault,
  faultString: text,
});

/** di-interfaces 1.5: no nil, no boolean, members in byte order. */
function xmlValue(value: Json, flag: Flag = 'i4'): string {
  return `<value>${xmlType(value, flag)}</value>`;
}

/** SEMS takes booleans and never gives one. */
type Flag = 'boolean' | 'i4';

function xmlType(value: Json, flag: Flag): string {
  if (value === null) return '<i4>0</i4>';
  if (typeof value === 'boolean') return `<${flag}>${Number(value)}</${flag}>`;
  if (typeof value === 'number') return Number.isInteger(value) ? `<i4>${value}</i4>` : `<double>${value}</double>`;
  if (typeof value === 'string') return `<string>${value.replace(/[<>&"']/g, escaped)}</string>`;
  if (value instanceof Base64) return `<base64>${value.toJSON()}</base64>`;
  if (isList(value)) return `<array><data>${value.map((item) => xmlValue(item, flag)).join('')}</data></array>`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `<struct>${members.map(([name, member]) => `<member><name>${name}</name>${xmlValue(member, flag)}</member>`).join('')}</struct>`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const entities: { readonly [letter: string]: string } = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};
const escaped = (letter: string): string => entities[letter] ?? letter;

/** What differs from run to run, under a name: call tags, and the server line of webconference. */
export function normal(text: string): string {
  return text
    .replace(/Server: Callbus \([^)]+\) calls: \d+ active\/\d+ total\/\d+ connect\/\d+ min/g, 'INFO')
    .replace(/\b[0-9a-f]{24}\b/g, 'TAG');
}
