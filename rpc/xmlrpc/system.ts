/** XML-RPC introspection, from the rows: `system.listMethods`, `methodHelp`, `methodSignature`, `getCapabilities`. */
import { type DiValue, methodHelp, methodSignature, type RegisteredFunction } from '../../core/di/index.ts';
import { CodedError } from '../../core/runtime/index.ts';
import type { Invoker } from '../invoker.ts';
import { XmlFaultError } from './fault.ts';

export type SystemMethod = (params: readonly DiValue[]) => DiValue;

interface SystemRow {
  readonly signature: readonly (readonly string[])[];
  readonly help: string;
}

/** `system.multicall` is listed here and served by `serve.ts`. */
const systemRows: { readonly [name: string]: SystemRow } = {
  'system.listMethods': { signature: [['array']], help: 'Lists the names of all methods.' },
  'system.methodHelp': { signature: [['string', 'string']], help: 'Tells what a method does and takes.' },
  'system.methodSignature': {
    signature: [['array', 'string']],
    help: 'Lists the signatures of a method: result type, then parameter types.',
  },
  'system.getCapabilities': { signature: [['struct']], help: 'Lists the specifications that this server follows.' },
  'system.multicall': {
    signature: [['array', 'array']],
    help: 'Runs several calls: an array of structs {methodName, params} in, an array of one-element arrays or fault structs out.',
  },
  di: {
    signature: [['any', 'string', 'string']],
    help: 'di(factory, function, arguments…): calls any function of any module.',
  },
};

export function createSystemMethods(invoker: Invoker): ReadonlyMap<string, SystemMethod> {
  return new Map<string, SystemMethod>([
    ['system.listMethods', () => [...new Set([...invoker.names(), ...Object.keys(systemRows)])].sort()],
    ['system.methodHelp', (params) => help(methodName(params), invoker)],
    ['system.methodSignature', (params) => signatures(methodName(params), invoker)],
    ['system.getCapabilities', () => capabilities],
  ]);
}

const capabilities: DiValue = {
  xmlrpc: { specUrl: 'http://www.xmlrpc.com/spec', specVersion: 1 },
  introspection: { specUrl: 'http://phpxmlrpc.sourceforge.net/doc-2/ch10.html', specVersion: 2 },
  'system.multicall': { specUrl: 'http://www.xmlrpc.com/discuss/msgReader$1208', specVersion: 1 },
  nil: { specUrl: 'http://www.ontosys.com/xml-rpc/extensions.php', specVersion: 20010518 },
};

function methodName(params: readonly DiValue[]): string {
  const [name] = params;
  if (typeof name === 'string') return name;
  throw new CodedError('rpc.wrongType', 'expected the name of a method');
}

function known(method: string, invoker: Invoker): RegisteredFunction {
  const found = invoker.find(method);
  if (found === null) throw new XmlFaultError({ code: -1, text: `${method}: unknown method name` });
  return found;
}

function help(method: string, invoker: Invoker): string {
  const row = systemRow(method);
  return row === null ? methodHelp(known(method, invoker)) : row.help;
}

function signatures(method: string, invoker: Invoker): DiValue {
  return systemRow(method)?.signature ?? methodSignature(known(method, invoker));
}

function systemRow(method: string): SystemRow | null {
  return Object.hasOwn(systemRows, method) ? (systemRows[method] ?? null) : null;
}
