/** YAML text with positions: what a fault needs to name file, line and column. */
import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';

export interface YamlSource {
  readonly value: unknown;
  /** Syntax faults, each with its place. */
  readonly faults: readonly PlacedText[];
  /** Place of the key or the value at `path`, or of the nearest one that holds it. */
  locate(path: readonly string[], part: 'key' | 'value'): Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface PlacedText extends Place {
  readonly text: string;
}

/** Aliases may stand for this many nodes at most: more is a bomb. */
const maxAliasCount = 100;

/** Parses one YAML 1.2 document. Never throws. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      strict: true,
      logLevel: 'silent',
    });
    const place = (offset: number): Place => {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    };
    const faults = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
      text: message === 'Map keys must be unique' ? 'this key is given twice' : message.replace(/\s+/g, ' '),
      ...place(pos[0]),
    }));
    const value: unknown = faults.length > 0 ? null : document.toJS({ maxAliasCount });
    return { value, faults, locate: (path, part) => place(offsetOf(document.contents, path, part)) };
  } catch (fault) {
    const text = fault instanceof Error ? fault.message : String(fault);
    return { value: null, faults: [{ line: 1, column: 1, text }], locate: () => ({ line: 1, column: 1 }) };
  }
}

function offsetOf(root: ParsedNode | null, path: readonly string[], part: 'key' | 'value'): number {
  let node: Node | null = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const wanted = depth === path.length - 1 ? part : 'value';
    if (isMap<Node, Node | null>(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) return offset;
      const at = wanted === 'key' ? pair.key : (pair.value ?? pair.key);
      offset = at?.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq<Node>(node)) {
      node = node.items[Number(step)] ?? null;
      if (node === null) return offset;
      offset = node.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
