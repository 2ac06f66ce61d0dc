/**
 * A reader of small XML documents (XML 1.0 without DTD): one pass, no copy but the text. Tags,
 * attributes (skipped), comments, processing instructions, CDATA, the five named references and
 * numeric ones. A DOCTYPE is refused, and with it every entity attack. Line ends stay as they were sent:
 * XML 1.0, 2.11 would fold CRLF to LF, but SIP headers travel in these strings.
 */
import { CodedError } from '../../core/runtime/index.ts';

const entities: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
const namePattern = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y;
const attributePattern = /\s+[^\s=<>/"']+\s*=\s*(?:"[^"<]*"|'[^'<]*')/y;
/** XML 1.0, 2.2: these characters cannot stand in a document. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const illegalPattern = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const maxAttributes = 32;

export interface StartTag {
  readonly name: string;
  /** `<name/>`: there is no end tag. */
  readonly isEmpty: boolean;
}

export class XmlReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    const illegal = illegalPattern.exec(text);
    if (illegal !== null) {
      this.#at = illegal.index;
      throw this.fault('a character that XML does not allow');
    }
  }

  /** White space, comments and processing instructions between tags; anything else is a fault. */
  space(): void {
    const from = this.#at;
    if (this.charData().trim() !== '') {
      this.#at = from;
      throw this.fault('text where a tag should be');
    }
  }

  /** Next is an end tag? */
  get atEndTag(): boolean {
    return this.#text.startsWith('</', this.#at);
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  startTag(): StartTag {
    if (this.#text[this.#at] !== '<' || this.atEndTag) throw this.fault('a start tag was expected');
    this.#at++;
    const name = this.#name();
    for (let count = 0; this.#matches(attributePattern); count++) {
      if (count === maxAttributes) throw this.fault('too many attributes');
    }
    this.#skipBlanks();
    const isEmpty = this.#text[this.#at] === '/';
    if (isEmpty) this.#at++;
    this.#expectClosingBracket(name);
    return { name, isEmpty };
  }

  /** A start tag of that name; false when it is `<name/>`. */
  enter(name: string): boolean {
    this.space();
    const from = this.#at;
    const tag = this.startTag();
    if (tag.name === name) return !tag.isEmpty;
    this.#at = from;
    throw this.fault(`<${name}> was expected, not <${tag.name}>`);
  }

  /** The end tag of that name. */
  leave(name: string): void {
    this.space();
    this.endTag(name);
  }

  endTag(name: string): void {
    if (!this.atEndTag) throw this.fault(`</${name}> was expected`);
    const from = this.#at;
    this.#at += 2;
    const found = this.#name();
    if (found !== name) {
      this.#at = from;
      throw this.fault(`</${name}> was expected, not </${found}>`);
    }
    this.#skipBlanks();
    this.#expectClosingBracket(`/${name}`);
  }

  /** Text up to the next tag, references and CDATA decoded, comments left out. */
  charData(): string {
    let text = '';
    for (;;) {
      const next = this.#text.indexOf('<', this.#at);
      const end = next === -1 ? this.#text.length : next;
      if (end > this.#at) text += this.#decode(this.#text.slice(this.#at, end));
      this.#at = end;
      const mark = this.#text.charCodeAt(end + 1);
      if (mark === 0x3f) this.#skipPast('?>', 'a processing instruction');
      else if (mark !== 0x21) return text;
      else if (this.#text.startsWith('<!--', end)) this.#skipPast('-->', 'a comment');
      else if (this.#text.startsWith('<![CDATA[', end)) {
        this.#skipPast(']]>', 'a CDATA section');
        text += this.#text.slice(end + 9, this.#at - 3);
      } else throw this.fault('a DOCTYPE or other declaration is not accepted');
    }
  }

  /** A fault with the place where the reader stands. */
  fault(what: string): CodedError {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const where = `line ${line}, column ${this.#at - before.lastIndexOf('\n')}`;
    const ended = this.#at >= this.#text.length ? ' (the document ends here)' : '';
    return new CodedError('rpc.parse', `${where}: ${what}${ended}`);
  }

  #name(): string {
    namePattern.lastIndex = this.#at;
    const name = namePattern.exec(this.#text)?.[0];
    if (name === undefined) throw this.fault('a tag name was expected');
    this.#at += name.length;
    return name;
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    this.#at += match[0].length;
    return true;
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #expectClosingBracket(name: string): void {
    if (this.#text[this.#at] !== '>') throw this.fault(`the tag <${name}> is not closed by ">"`);
    this.#at++;
  }

  #skipPast(mark: string, what: string): void {
    const end = this.#text.indexOf(mark, this.#at);
    if (end === -1) {
      this.#at = this.#text.length;
      throw this.fault(`${what} is not closed`);
    }
    this.#at = end + mark.length;
  }

  #decode(raw: string): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(/&([^;&]{0,10};?)/g, (_, reference: string) => this.#reference(reference));
  }

  #reference(reference: string): string {
    const body = reference.endsWith(';') ? reference.slice(0, -1) : null;
    const known = body === null || !Object.hasOwn(entities, body) ? undefined : entities[body];
    if (known !== undefined) return known;
    const digits = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(body ?? '');
    if (digits === null) throw this.fault(`&${reference} is not a reference that XML-RPC knows`);
    const [, hexadecimal, decimal] = digits;
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    if (code > 0x10ffff || isSurrogate || illegalPattern.test(String.fromCodePoint(code)))
      throw this.fault(`&${reference} names a character that XML does not allow`);
    return String.fromCodePoint(code);
  }
}
