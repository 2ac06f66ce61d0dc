/**
 * A diagram as text, in one way of writing it. Reading the text again gives the same diagram; comments and
 * single empty lines stay. Parameters are left as they were written.
 */
import type { Comments, ConditionCall, Diagram, Element, FunctionDefinition, Item, State, Transition } from './ast.ts';
import { printName } from './print-name.ts';

const widest = 120;
const step = '  ';

export function printDiagram(diagram: Diagram): string {
  const lines = diagram.items.flatMap((item) => {
    const { comments, printed } = printItem(item);
    return [...(comments?.before ?? []), ...printed];
  });
  // What follows the last item. A file of comments only has nothing else.
  lines.push(...(diagram.comments?.before ?? []), ...(diagram.comments?.after ?? []));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

interface Printed {
  readonly comments: Comments | undefined;
  readonly printed: readonly string[];
}

function printItem(item: Item): Printed {
  switch (item.kind) {
    case 'import':
      return { comments: item.comments, printed: [`import(${item.module});`] };
    case 'include':
      return { comments: item.comments, printed: [`#include "${item.path}"`] };
    case 'function':
      return { comments: item.definition.comments, printed: printFunction(item.definition) };
    case 'state':
      return { comments: item.state.comments, printed: printState(item.state) };
    case 'transition':
      return { comments: item.transition.comments, printed: printTransition(item.transition) };
  }
}

function printFunction({ name, text, elements }: FunctionDefinition): string[] {
  return [`function ${name}(${text}) {`, ...block(elements, step), '};'];
}

function printState({ name, isInitial, enter, exit }: State): string[] {
  const lines = [`${isInitial ? 'initial ' : ''}state ${printName(name, 'bare')}`];
  for (const [word, elements] of [['enter', enter] as const, ['exit', exit] as const])
    if (elements.length > 0) lines.push(`${step}${word} {`, ...block(elements, step + step), `${step}}`);
  lines.push(`${lines.pop()};`);
  return lines;
}

function printTransition(transition: Transition): string[] {
  const { name, sources, target, actions, conditions, isException } = transition;
  const [only = ''] = sources;
  const from = sources.length === 1 ? printName(only, 'bare') : `(${sources.join(', ')})`;
  const head = `transition ${printName(name, 'quoted')} ${from}`;
  const end = `-> ${printName(target, 'bare')};`;
  const isFree = conditions.length === 0 && !isException;
  if (isFree && actions.length === 0) return [`${head} -${end}`];
  const guard = isFree ? '' : ` ${printGuard(conditions, isException)}`;
  const begin =
    fits(`${head} -${guard}`) || conditions.length < 2 ? [`${head} -${guard}`] : brokenGuard(head, transition);
  if (actions.length === 0) return withLast(begin, ` ${end}`);
  const [first] = actions;
  const slash = isFree ? '/' : ' /';
  if (actions.length === 1 && first !== undefined && isSimple(first) && begin.length === 1) {
    const line = `${begin[0]}${slash} ${printCall(first)} ${end}`;
    if (fits(line)) return [line];
  }
  return [...withLast(begin, `${slash} {`), ...block(actions, step), `} ${end}`];
}

/** A line for each condition. */
function brokenGuard(head: string, { conditions, isException }: Transition): string[] {
  const each = conditions.map(printCondition);
  const all = isException ? ['exception', ...each] : each;
  return [`${head} -`, ...all.map((text, index) => `${step}${text}${index === all.length - 1 ? '' : ';'}`)];
}

function withLast(lines: readonly string[], text: string): string[] {
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}${text}`];
}

function fits(line: string): boolean {
  return line.length <= widest && !line.includes('\n');
}

function printGuard(conditions: readonly ConditionCall[], isException: boolean): string {
  const each = conditions.map(printCondition);
  return (isException ? ['exception', ...each] : each).join('; ');
}

function printCondition({ condition, name, text, inverted }: ConditionCall): string {
  // An event needs no parentheses: `hangup`; a question has them: `test()`.
  const isBare = text === '' && condition.event !== null;
  return `${inverted ? 'not ' : ''}${name}${isBare ? '' : `(${text})`}`;
}

type Call = Extract<Element, { kind: 'action' | 'function' }>;

function isSimple(element: Element): element is Call {
  return (element.kind === 'action' || element.kind === 'function') && element.comments === undefined;
}

function printCall(element: Call): string {
  return `${element.kind === 'action' ? element.name : element.definition.name}(${element.text})`;
}

function block(elements: readonly Element[], indent: string): string[] {
  const indented = (line: string): string => (line === '' ? '' : `${indent}${line}`);
  return elements.flatMap((element) => [
    ...(element.comments?.before ?? []).map(indented),
    ...printElement(element, indent),
    ...(element.comments?.after ?? []).map(indented),
  ]);
}

function printElement(element: Element, indent: string): string[] {
  const inner = indent + step;
  if (element.kind === 'if') {
    const { conditions, then, otherwise } = element;
    const guard = conditions.length === 0 ? '' : `${printGuard(conditions, false)} `;
    const lines = [`${indent}if ${guard}{`, ...block(then, inner)];
    if (otherwise.length > 0) lines.push(`${indent}} else {`, ...block(otherwise, inner));
    return [...lines, `${indent}}`];
  }
  if (element.kind === 'for')
    return [`${indent}for (${printHead(element.head)}) {`, ...block(element.elements, inner), `${indent}}`];
  return [`${indent}${printCall(element)};`];
}

function printHead(head: Extract<Element, { kind: 'for' }>['head']): string {
  switch (head.kind) {
    case 'range':
      return `$${head.variable} in range(${head.low === '0' ? '' : `${head.low}, `}${head.high})`;
    case 'array':
      return `$${head.variable} in $${head.array}`;
    case 'struct':
      return `$${head.key}, $${head.value} in $${head.struct}`;
  }
}
