/** XML-RPC requests to DI values (di-interfaces 1.4, by the standard; Apache's `ex:` types too). */
import { type DiValue, setMember, toDouble } from '../../core/di/index.ts';
import { CodedError } from '../../core/runtime/index.ts';
import { type StartTag, XmlReader } from './xml-reader.ts';

export interface DecodeLimits {
  /** Arrays and structs within each other. */
  readonly depth: number;
  /** Values in the whole request. */
  readonly values: number;
}

export interface MethodCall {
  readonly method: string;
  readonly params: readonly DiValue[];
}

/** @throws CodedError `rpc.parse` naming line and column, `rpc.tooLarge`, `rpc.invalidRequest`. */
export function decodeMethodCall(text: string, limits: DecodeLimits): MethodCall {
  const decoder = new Decoder(new XmlReader(text), limits);
  return decoder.methodCall();
}

type Scalar = (text: string) => DiValue;

/** Readers of the scalar types; they throw a sentence. */
const scalars: { readonly [type: string]: Scalar } = {
  string: (text) => text,
  i1: (text) => integer(text, 8),
  i2: (text) => integer(text, 16),
  i4: (text) => integer(text, 32),
  int: (text) => integer(text, 32),
  i8: (text) => integer(text, 64),
  boolean,
  double,
  float: double,
  'dateTime.iso8601': (text) => text.trim(),
  dateTime: (text) => text.trim(),
  base64,
};
/** Types that may be empty; an empty number is a fault. */
const emptyTypes = new Set(['string', 'base64']);

class Decoder {
  readonly #xml: XmlReader;
  readonly #limits: DecodeLimits;
  #values = 0;

  constructor(xml: XmlReader, limits: DecodeLimits) {
    this.#xml = xml;
    this.#limits = limits;
  }

  methodCall(): MethodCall {
    const xml = this.#xml;
    if (!xml.enter('methodCall')) throw new CodedError('rpc.invalidRequest', 'the <methodCall> is empty');
    const method = xml.enter('methodName') ? xml.charData().trim() : '';
    if (method === '') throw new CodedError('rpc.invalidRequest', 'the <methodName> is missing or empty');
    xml.endTag('methodName');
    xml.space();
    const params = xml.atEndTag ? [] : this.#params();
    xml.leave('methodCall');
    xml.space();
    if (!xml.atEnd) throw xml.fault('nothing may follow </methodCall>');
    return { method, params };
  }

  #params(): DiValue[] {
    const params: DiValue[] = [];
    if (!this.#xml.enter('params')) return params;
    for (this.#xml.space(); !this.#xml.atEndTag; this.#xml.space()) {
      if (!this.#xml.enter('param')) throw this.#xml.fault('a <param> needs a <value>');
      params.push(this.#value(0));
      this.#xml.leave('param');
    }
    this.#xml.endTag('params');
    return params;
  }

  #value(depth: number): DiValue {
    const xml = this.#xml;
    if (++this.#values > this.#limits.values)
      throw new CodedError('rpc.tooLarge', `more than ${this.#limits.values} values`);
    if (!xml.enter('value')) return '';
    const text = xml.charData();
    // XML-RPC: if no type is indicated, the type is string.
    if (xml.atEndTag) {
      xml.endTag('value');
      return text;
    }
    if (text.trim() !== '') throw xml.fault('text beside a typed value');
    const value = this.#typed(xml.startTag(), depth);
    xml.leave('value');
    return value;
  }

  #typed(tag: StartTag, depth: number): DiValue {
    const type = tag.name.startsWith('ex:') ? tag.name.slice(3) : tag.name;
    if (type === 'array') return this.#array(tag, this.#deeper(depth));
    if (type === 'struct') return this.#struct(tag, this.#deeper(depth));
    if (type === 'nil') {
      if (!tag.isEmpty) this.#xml.leave(tag.name);
      return null;
    }
    const read = Object.hasOwn(scalars, type) ? scalars[type] : undefined;
    if (read === undefined) throw this.#xml.fault(`<${tag.name}> is not a type of XML-RPC`);
    const text = tag.isEmpty ? '' : this.#xml.charData();
    if (!tag.isEmpty) this.#xml.endTag(tag.name);
    if (text === '' && !emptyTypes.has(type)) throw this.#xml.fault(`<${tag.name}> is empty`);
    try {
      return read(text);
    } catch (fault) {
      throw this.#xml.fault(`<${tag.name}>: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  }

  #array(tag: StartTag, depth: number): DiValue {
    const items: DiValue[] = [];
    if (tag.isEmpty) return items;
    if (this.#xml.enter('data')) {
      for (this.#xml.space(); !this.#xml.atEndTag; this.#xml.space()) items.push(this.#value(depth));
      this.#xml.endTag('data');
    }
    this.#xml.leave('array');
    return items;
  }

  #struct(tag: StartTag, depth: number): DiValue {
    const members: Record<string, DiValue> = {};
    if (tag.isEmpty) return members;
    for (this.#xml.space(); !this.#xml.atEndTag; this.#xml.space()) {
      if (!this.#xml.enter('member')) throw this.#xml.fault('a <member> needs a <name> and a <value>');
      let name = '';
      if (this.#xml.enter('name')) {
        name = this.#xml.charData();
        this.#xml.endTag('name');
      }
      const value = this.#value(depth);
      this.#xml.leave('member');
      // As in SEMS the first of equal names wins.
      if (!Object.hasOwn(members, name)) setMember(members, name, value);
    }
    this.#xml.endTag('struct');
    return members;
  }

  #deeper(depth: number): number {
    if (depth < this.#limits.depth) return depth + 1;
    throw new CodedError('rpc.tooLarge', `nested more than ${this.#limits.depth} deep (rpc.limits.depth)`);
  }
}

/** SEMS cuts to 32 bits without notice; here a value out of range is refused. */
function integer(text: string, bits: number): number | bigint {
  const digits = text.trim();
  if (!/^[+-]?\d{1,40}$/.test(digits)) throw new Error(`${sample(text)} is not an integer`);
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
  if (BigInt.asIntN(bits, value) !== value) throw new Error(`${digits} does not fit into ${bits} bits`);
  return BigInt.asIntN(32, value) === value ? Number(value) : value;
}

function double(text: string): DiValue {
  const digits = text.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits))
    throw new Error(`${sample(text)} is not a decimal number (XML-RPC has no infinity and no NaN)`);
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new Error(`${sample(text)} is too large`);
  return toDouble(value);
}

function boolean(text: string): boolean {
  const word = text.trim();
  if (word === '1' || word === 'true') return true;
  if (word === '0' || word === 'false') return false;
  throw new Error(`${sample(text)} is not 0 or 1`);
}

function base64(text: string): Uint8Array {
  const letters = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(letters)) throw new Error('a character that base64 does not know');
  return new Uint8Array(Buffer.from(letters, 'base64'));
}

const sample = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
