import type { Element } from './ast.ts';
import { parseForHead } from './for-head.ts';
import { type ActionsFrame, commentsOf, type IfFrame } from './frames.ts';
import { splitCall } from './parameters.ts';
import type { Reader } from './reader.ts';
import { checkCall, isNote, noteHint, unknownHint } from './reader-calls.ts';
import { closeList, openConditions, openList } from './reader-closing.ts';
import type { Token } from './token.ts';

/** A word in a list of actions. */
export function readAction(reader: Reader, list: ActionsFrame, token: Token): void {
  switch (token.text) {
    case ';':
      return;
    case '{':
      openBrace(reader, list, token);
      return;
    case '}':
    case '->':
      closeList(reader, token);
      return;
    case 'if':
      openIf(reader, list, token);
      return;
    case 'else':
      reopenIf(reader, list, token);
      return;
  }
  if (token.text.startsWith('for')) {
    openFor(reader, list, token);
    return;
  }
  const { name, text } = splitCall(token.text);
  const definition = token.text.includes('(') ? reader.declared.function(name) : null;
  const { position } = reader.place(token);
  if (definition !== null) {
    if (!reader.declared.mayCall(definition, token)) return;
    list.elements.push({
      kind: 'function',
      definition,
      text,
      position,
      ...commentsOf(reader.takeCommentsOf(list.elements.length === 0)),
    });
    return;
  }
  const action = reader.names.action(name);
  if (action === null) {
    unknownAction(reader, token, name);
    return;
  }
  const { first, second } = checkCall(reader, action, token, name, text);
  const comments = commentsOf(reader.takeCommentsOf(list.elements.length === 0));
  list.elements.push({ kind: 'action', action, name, text, first, second, position, ...comments });
}

function openBrace(reader: Reader, list: ActionsFrame, token: Token): void {
  if (list.brace === null && list.elements.length === 0) list.brace = token;
  else reader.fault('nestedBrace', token, 'a { within a list of actions');
}

function openIf(reader: Reader, list: ActionsFrame, token: Token): void {
  if (!mayNest(reader, token)) return;
  if (list.purpose === 'else' && list.brace === null && list.elements.length === 0)
    reader.fault('elseIf', token, 'else if opens two blocks');
  const before = reader.takeCommentsOf(list.elements.length === 0);
  pushIf(reader, token, { before, conditions: null, whenTrue: [], position: reader.place(token).position });
  openConditions(reader, token);
}

/** The last element of the list must be an `if`: it is open again. */
function reopenIf(reader: Reader, list: ActionsFrame, token: Token): void {
  const last: Element | undefined = list.elements.at(-1);
  if (last?.kind !== 'if') {
    reader.fault('elseWithoutIf', token, 'else without an if before it');
    pushIf(reader, token, { before: [], conditions: [], whenTrue: [], position: reader.place(token).position });
    openList(reader, 'else', token, null);
    return;
  }
  list.elements.pop();
  if (last.otherwise.length > 0) reader.fault('repeatedBlock', token, 'a second else');
  const { conditions, then: whenTrue, position, comments } = last;
  pushIf(reader, token, { before: comments?.before ?? [], conditions, whenTrue, position });
  openList(reader, 'else', token, null);
}

function pushIf(
  reader: Reader,
  token: Token,
  frame: Pick<IfFrame, 'before' | 'conditions' | 'whenTrue' | 'position'>,
): void {
  reader.stack.push({ kind: 'if', token, otherwise: [], isReported: false, ...frame });
}

function openFor(reader: Reader, list: ActionsFrame, token: Token): void {
  if (!mayNest(reader, token)) return;
  const { name, text } = splitCall(token.text);
  const before = reader.takeCommentsOf(list.elements.length === 0);
  const awaitsHead = token.text === 'for';
  const head = awaitsHead || name !== 'for' ? null : parseForHead(text);
  if (head === null && !awaitsHead)
    reader.fault(
      'forHeader',
      token,
      'the head of the loop is not understood',
      name === 'for' ? undefined : 'every word that begins with "for" is the head of a loop',
    );
  reader.stack.push({ kind: 'for', token, before, head, awaitsHead, elements: [] });
}

/** Deeper ones are not read: what walks through elements need not count. */
function mayNest(reader: Reader, token: Token): boolean {
  const { stack, limits } = reader;
  let depth = 0;
  for (let at = stack.length - 1; at >= 0; at--) {
    const kind = stack[at]?.kind;
    if (kind === 'if' || kind === 'for') depth++;
    else if (kind !== 'actions' && kind !== 'conditions') break;
  }
  if (depth < limits.nesting) return true;
  reader.fault('tooDeep', token, `if and for are nested over ${limits.nesting} deep`);
  reader.skipDeclaration();
  return false;
}

function unknownAction(reader: Reader, token: Token, name: string): void {
  if (reader.faults.isFull || reader.names.isOfUnknownModule(name)) return;
  const message = `there is no action ${JSON.stringify(name === '' ? token.text : name)}`;
  if (isNote(token)) {
    reader.fault('unknownAction', token, message, noteHint);
    reader.skipLine(token);
    return;
  }
  reader.fault('unknownAction', token, message, hintFor(reader, token, name));
}

function hintFor(reader: Reader, token: Token, name: string): string | undefined {
  if (token.text.startsWith('(')) return 'no blank between a name and its (';
  const open = reader.stack.find((frame) => frame.kind === 'function');
  if (open?.kind === 'function' && open.name === name && !open.isRegistered) return 'a function cannot call itself';
  if (reader.declared.function(name) !== null) return `a function is called with parentheses: ${name}()`;
  if (reader.names.condition(name) !== null) return `${name} is a condition: it stands in a guard or in an if`;
  return unknownHint(reader, name, 'action');
}
