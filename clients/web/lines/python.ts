/** The Python lines of a call: `xmlrpc.client` where XML-RPC can say it, else JSON-RPC with `urllib`. */
import {
  hiddenParams,
  isLineList,
  type LineRequest,
  type LineValue,
  Placeholder,
  tokenVariable,
  variablesIn,
} from './request.ts';

export function pythonLines(request: LineRequest): string {
  const params = hiddenParams(request);
  const positional = positionalOf(params, request.order);
  return positional?.every(fitsXmlRpc) === true ? xmlRpcLines(request, positional) : jsonRpcLines(request, params);
}

function xmlRpcLines({ method, origin, signedIn }: LineRequest, params: readonly LineValue[]): string {
  const url = pythonText(`${origin}/RPC2`);
  const needsOs = signedIn || variablesIn(params).length > 0;
  const headers = signedIn ? `, headers=[("Authorization", "Bearer " + os.environ["${tokenVariable}"])]` : '';
  return [
    ...(needsOs ? ['import os'] : []),
    'from xmlrpc.client import ServerProxy',
    '',
    `server = ServerProxy(${url}${headers})`,
    `print(${functionOf(method)}(${params.map(pythonValue).join(', ')}))`,
  ].join('\n');
}

function jsonRpcLines({ method, origin, signedIn }: LineRequest, params: LineValue): string {
  const needsOs = signedIn || variablesIn(params).length > 0;
  return [
    `import json${needsOs ? ', os' : ''}, urllib.request`,
    '',
    `body = {"jsonrpc": "2.0", "method": ${pythonText(method)}, "params": ${pythonValue(params)}, "id": 1}`,
    'headers = {"Content-Type": "application/json"}',
    ...(signedIn ? [`headers["Authorization"] = "Bearer " + os.environ["${tokenVariable}"]`] : []),
    `request = urllib.request.Request(${pythonText(`${origin}/jsonrpc`)}, json.dumps(body).encode(), headers)`,
    'print(json.load(urllib.request.urlopen(request)))',
  ].join('\n');
}

const keywords = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/** `server.call.list`, or where a word of Python stands in the way `getattr(server, "dsm.continue")`. */
function functionOf(method: string): string {
  const isPlain = method.split('.').every((part) => /^[A-Za-z][A-Za-z0-9_]*$/.test(part) && !keywords.has(part));
  return isPlain ? `server.${method}` : `getattr(server, ${pythonText(method)})`;
}

/** Arguments by position; null: one is left out before another, or the order is not known. */
function positionalOf(params: LineValue, order: readonly string[] | undefined): readonly LineValue[] | null {
  if (isLineList(params)) return params;
  if (typeof params !== 'object' || params === null || params instanceof Placeholder) return null;
  const names = Object.keys(params);
  if (names.length === 0) return [];
  if (order === undefined || names.some((name) => !order.includes(name))) return null;
  const given = order.slice(0, names.length);
  return given.flatMap((name) => (Object.hasOwn(params, name) ? [params[name] ?? null] : [])).length === names.length
    ? given.map((name) => params[name] ?? null)
    : null;
}

/** XML-RPC has no null, integers of 32 bits, and texts without most control characters. */
function fitsXmlRpc(value: LineValue): boolean {
  if (value === null) return false;
  if (typeof value === 'number') return !Number.isInteger(value) || Math.abs(value) < 2 ** 31;
  if (typeof value === 'string') return isXmlText(value);
  if (typeof value === 'boolean' || value instanceof Placeholder) return true;
  if (isLineList(value)) return value.every(fitsXmlRpc);
  return Object.entries(value).every(([name, member]) => isXmlText(name) && fitsXmlRpc(member));
}

/** Characters of XML 1.0; a parser would make a line feed of a carriage return. */
const isXmlText = (text: string): boolean =>
  [...text].every((character) => {
    const code = character.codePointAt(0) ?? 0;
    return (
      code === 9 ||
      code === 10 ||
      (code >= 0x20 && !(code >= 0xd800 && code <= 0xdfff) && code < 0xfffe) ||
      code > 0xffff
    );
  });

/** A value as Python writes it. */
function pythonValue(value: LineValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value instanceof Placeholder) return `os.environ["${value.variable}"]`;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return pythonText(value);
  if (isLineList(value)) return `[${value.map(pythonValue).join(', ')}]`;
  const members = Object.entries(value).map(([name, member]) => `${pythonText(name)}: ${pythonValue(member)}`);
  return `{${members.join(', ')}}`;
}

/** JSON's escapes are Python's, too. */
const pythonText = (text: string): string => JSON.stringify(text);
