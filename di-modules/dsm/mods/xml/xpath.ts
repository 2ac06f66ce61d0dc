import type { Document, Node } from '@xmldom/xmldom';
import { isRecord } from '../../../../core/index.ts';

/** What an expression gives: nodes, or a value that is none. */
export type XPathValue = readonly Node[] | string | number | boolean | null;

type Select = (expression: string, node: Node) => unknown;
type UseNamespaces = (namespaces: Readonly<Record<string, string>>) => Select;

/** The package's types bring those of a browser into all of our code: it is loaded without them. */
const packageName: string = 'xpath';
let loaded: Promise<UseNamespaces> | null = null;

export function loadXPath(): Promise<UseNamespaces> {
  loaded ??= import(packageName).then(useNamespacesOf);
  return loaded;
}

/** @throws the package's error for an expression that is none. */
export async function evaluateXPath(
  expression: string,
  document: Document,
  namespaces: Readonly<Record<string, string>>,
): Promise<XPathValue> {
  const value = (await loadXPath())(namespaces)(expression, document);
  if (Array.isArray(value)) return value.filter(isNode);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function useNamespacesOf(module: unknown): UseNamespaces {
  const face = isRecord(module) && isRecord(module['default']) ? module['default'] : module;
  const make = isRecord(face) ? face['useNamespaces'] : null;
  if (typeof make !== 'function') throw new Error('the package xpath is not the one that is expected');
  return (namespaces) => {
    const select: unknown = make(namespaces);
    if (typeof select !== 'function') throw new Error('the package xpath is not the one that is expected');
    return (expression, node) => select(expression, node);
  };
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'nodeType' in value && 'textContent' in value;
