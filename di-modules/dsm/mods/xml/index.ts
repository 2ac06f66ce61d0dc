/** XML (reference/dsm 5.10): documents and results of XPath are objects that scripts name, track and free. */
import type { Document, Node } from '@xmldom/xmldom';
import type { DsmModule, DsmScript } from '../../../../core/index.ts';
import { action } from '../rows.ts';
import { dumpXml, parseXml, setContent, XmlRefusal } from './document.ts';
import { evaluateXPath, loadXPath, type XPathValue } from './xpath.ts';

const maxObjects = 1000;
const maxExpressionChars = 10_000;
const levels: readonly string[] = ['error', 'warn', 'info', 'debug'];

class XmlDocument {
  readonly document: Document;

  constructor(document: Document) {
    this.document = document;
  }
}

class XPathResult {
  readonly value: XPathValue;

  constructor(value: XPathValue) {
    this.value = value;
  }

  get nodes(): readonly Node[] {
    return Array.isArray(this.value) ? this.value : [];
  }
}

export const xml: DsmModule = {
  name: 'mod_xml',
  summary: 'XML: reading, XPath, changing, writing.',
  async load() {
    await loadXPath();
  },
  actions: [
    action.two(
      'text',
      'object',
    )({
      name: 'xml.parse',
      summary: 'Reads a document into the object of that name.',
      errno: ['arg'],
      run: (script, text, name) => attempt(script, () => keep(script, name, new XmlDocument(parseXml(text)))),
    }),
    action.two(
      'body',
      'object',
    )({
      name: 'xml.parseSIPMsgBody',
      summary: 'Reads a body, such as SipSubscriptionBody, into the object of that name.',
      errno: ['arg'],
      run: (script, body, name) =>
        attempt(script, () => keep(script, name, new XmlDocument(parseXml(bodyText(script.objects.get(body), body))))),
    }),
    action.two(
      'xpath',
      'object',
    )({
      name: 'xml.evalXPath',
      summary:
        'Evaluates XPath on a document; the result is the object name.xpath. Namespaces: $name.ns, "p=uri q=uri".',
      errno: ['arg'],
      run: (script, expression, name) =>
        attempt(script, async () => {
          const { document } = documentNeeded(script, name);
          if (expression.length > maxExpressionChars) throw new XmlRefusal('the expression is too long');
          const namespaces = namespacesOf(script.variables.get(`${name}.ns`));
          keep(script, `${name}.xpath`, new XPathResult(await evaluate(expression, document, namespaces)));
        }),
    }),
    action.assign(
      'variable:N',
      'result',
    )({
      name: 'xml.XPathResultCount',
      summary: 'Puts the number of nodes in a variable; 0 without a result.',
      run(script, variable, name) {
        script.variables.set(variable, String(resultOf(script, name)?.nodes.length ?? 0));
        return undefined;
      },
    }),
    action.assign(
      'variable:N',
      'result',
    )({
      name: 'xml.getXPathResult',
      summary: 'Puts the text of the node in a variable, of several in $variable[0], [1], …',
      run(script, variable, name) {
        const nodes = resultOf(script, name)?.nodes;
        if (nodes === undefined) script.variables.set(variable, '0');
        else if (nodes.length < 2) script.variables.set(variable, nodes[0]?.textContent ?? '');
        else for (const [i, node] of nodes.entries()) script.variables.set(`${variable}[${i}]`, node.textContent ?? '');
        return undefined;
      },
    }),
    action.assign(
      'variable:N',
      'result',
    )({
      name: 'xml.printXPathResult',
      summary: 'Appends a description of the result to a variable.',
      errno: ['arg'],
      run: (script, variable, name) =>
        attempt(script, () => {
          const { value, nodes } = resultNeeded(script, name);
          const lines = nodes.map((node, i) => `[${i}] ${node.nodeName}: ${node.textContent ?? ''}\n`);
          const text = Array.isArray(value) ? `${nodes.length} nodes\n${lines.join('')}` : `${String(value)}\n`;
          script.variables.set(variable, script.variables.get(variable) + text);
        }),
    }),
    action.assign(
      'result',
      'content',
    )({
      name: 'xml.updateXPathResult',
      summary: 'Sets the text of all nodes of a result, or of one: result[i]=text.',
      errno: ['arg'],
      run: (script, place, content) =>
        attempt(script, () => {
          const [, name = place, index] = /^(.*)\[(\d{1,9})\]$/.exec(place) ?? [];
          const { nodes } = resultNeeded(script, name);
          const wanted = index === undefined ? nodes : nodes.slice(Number(index), Number(index) + 1);
          if (wanted.length === 0) throw new XmlRefusal(`${place.slice(0, 80)}: there is no such node`);
          for (const node of wanted) setContent(node, content);
        }),
    }),
    action.assign(
      'variable:N',
      'object',
    )({
      name: 'xml.docDump',
      summary: 'Puts a document in a variable, indented.',
      errno: ['arg'],
      run: (script, variable, name) =>
        attempt(script, () => script.variables.set(variable, dumpXml(documentNeeded(script, name).document))),
    }),
    action.one('level')({
      name: 'xml.setLoglevel',
      summary: 'Accepted: error, warn, info or debug. What is wrong with XML is in $strerror.',
      errno: ['arg'],
      run: (script, level) =>
        attempt(script, () => {
          if (!levels.includes(level)) throw new XmlRefusal(`the level is one of ${levels.join(', ')}`);
        }),
    }),
  ],
  conditions: [],
};

/** "errno `arg`; never cleared". */
async function attempt(script: DsmScript, run: () => void | Promise<void>): Promise<undefined> {
  try {
    await run();
  } catch (fault) {
    if (!(fault instanceof XmlRefusal)) throw fault;
    script.log.warn('DSM: mod_xml', { reason: fault.message });
    script.setError('arg', fault.message);
  }
}

async function evaluate(...args: Parameters<typeof evaluateXPath>): Promise<XPathValue> {
  try {
    return await evaluateXPath(...args);
  } catch (fault) {
    throw new XmlRefusal(`XPath ${args[0].slice(0, 80)}: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}

function keep(script: DsmScript, name: string, object: XmlDocument | XPathResult): void {
  if (name === '') throw new XmlRefusal('the object has no name');
  if (!script.objects.has(name) && script.objects.size >= maxObjects)
    throw new XmlRefusal(`more than ${maxObjects} objects: free them with freeObject`);
  script.objects.set(name, object);
}

function documentNeeded(script: DsmScript, name: string): XmlDocument {
  const object = script.objects.get(name);
  if (object instanceof XmlDocument) return object;
  throw new XmlRefusal(`${name.slice(0, 80)} is no XML document`);
}

function resultOf(script: DsmScript, name: string): XPathResult | null {
  const object = script.objects.get(name);
  return object instanceof XPathResult ? object : null;
}

function resultNeeded(script: DsmScript, name: string): XPathResult {
  const result = resultOf(script, name);
  if (result === null) throw new XmlRefusal(`${name.slice(0, 80)} is no result of XPath`);
  return result;
}

function namespacesOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(/\s+/).flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at), pair.slice(at + 1)] as const];
  });
  return Object.fromEntries(pairs);
}

/** A body as modules leave it: text, bytes, or either as `content`. */
function bodyText(body: unknown, name: string): string {
  const content = typeof body === 'object' && body !== null && 'content' in body ? body.content : body;
  if (typeof content === 'string') return content;
  if (content instanceof Uint8Array) return new TextDecoder().decode(content);
  throw new XmlRefusal(`${name.slice(0, 80)} is no body`);
}
