import { DOMParser, type Document, type Node, XMLSerializer } from '@xmldom/xmldom';

const maxChars = 512 << 10;
const maxDepth = 200;

/** What is not taken from outside, said for `$strerror`. */
export class XmlRefusal extends Error {}

/**
 * A document. Bounded, because reading time and stack grow with size and depth; declarations of entities are refused,
 * so that none can grow. @throws XmlRefusal
 */
export function parseXml(text: string): Document {
  if (text.length > maxChars) throw new XmlRefusal(`more than ${maxChars} characters of XML`);
  if (/<!ENTITY/i.test(text)) throw new XmlRefusal('entities may not be declared');
  if (depthOf(text) > maxDepth) throw new XmlRefusal(`more than ${maxDepth} levels`);
  try {
    return new DOMParser({
      locator: false,
      onError(level, message) {
        if (level !== 'warning') throw new XmlRefusal(message);
      },
    }).parseFromString(text.trimStart(), 'text/xml');
  } catch (fault) {
    throw new XmlRefusal(fault instanceof Error ? fault.message.slice(0, 300) : 'no XML');
  }
}

/** Before it is read; too high only where an attribute holds `>`. */
function depthOf(text: string): number {
  const tags = text.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>/g, '');
  let depth = 0;
  let deepest = 0;
  for (const [, close, , empty] of tags.matchAll(/<(\/?)([A-Za-z_:][^\s/>]*)[^>]*?(\/?)>/g)) {
    if (close === '/') depth--;
    else if (empty !== '/') deepest = Math.max(deepest, ++depth);
  }
  return deepest;
}

const textNode = 3;
const characterDataNode = 4;
const elementNode = 1;

/** Serialised, indented where an element holds no text. */
export function dumpXml(document: Document): string {
  const copy = document.cloneNode(true) as Document; // a copy of a document is one
  const { documentElement } = copy;
  if (documentElement !== null) indent(copy, documentElement, 0);
  const text = new XMLSerializer().serializeToString(copy);
  return `${text.startsWith('<?xml') ? '' : '<?xml version="1.0"?>\n'}${text}\n`;
}

function indent(document: Document, element: Node, level: number): void {
  const children = [...element.childNodes];
  if (children.length === 0 || children.some(({ nodeType }) => nodeType === textNode || nodeType === characterDataNode))
    return;
  for (const child of children) {
    element.insertBefore(document.createTextNode(`\n${'  '.repeat(level + 1)}`), child);
    if (child.nodeType === elementNode) indent(document, child, level + 1);
  }
  element.appendChild(document.createTextNode(`\n${'  '.repeat(level)}`));
}

const entities: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Sets the text of a node; XML's own entities in it stand for their characters. */
export function setContent(node: Node, content: string): void {
  const text = content.replace(/&(amp|lt|gt|quot|apos);/g, (whole, name: string) => entities[name] ?? whole);
  if (node.nodeType === textNode || node.nodeType === 2) node.nodeValue = text;
  else node.textContent = text;
}
