/** Opening and closing the elements of the reader's stack. */

import type { Comments, Element } from './ast.ts';
import {
  type ActionsFrame,
  type ConditionsFrame,
  commentsOf,
  describe,
  type Frame,
  type ListPurpose,
} from './frames.ts';
import type { Reader } from './reader.ts';
import type { Token } from './token.ts';

export function openConditions(reader: Reader, token: Token): void {
  reader.stack.push({ kind: 'conditions', token, conditions: [], isInverted: false, isException: false });
}

export function openList(reader: Reader, purpose: ListPurpose, token: Token, brace: Token | null): void {
  reader.stack.push({ kind: 'actions', purpose, token, elements: [], brace });
}

/** Pops the guard on top; the transition or `if` below gets it. */
export function handConditions(reader: Reader, frame: ConditionsFrame): void {
  reader.stack.pop();
  if (frame.isInverted) reader.fault('danglingNot', frame.token, 'a guard ends with not');
  const owner = reader.top;
  if (owner?.kind !== 'transition' && owner?.kind !== 'if') return;
  if (owner.conditions !== null) reader.fault('repeatedBlock', frame.token, 'a second guard');
  owner.conditions = frame.conditions;
  if (owner.kind === 'transition') owner.isException = frame.isException;
}

/** Pops the list on top, which `token` closes, or an `if` without a block; the owner below gets it. */
export function closeList(reader: Reader, token: Token | null): void {
  const list = reader.top;
  if (list?.kind === 'actions') {
    reader.stack.pop();
    if (token !== null) checkBraces(reader, list, token);
    // In an empty block they wait for the next node.
    if (list.elements.length > 0) withLastComments(list.elements, reader.takeComments());
  }
  const owner = reader.top;
  const elements = list?.kind === 'actions' ? list.elements : [];
  switch (owner?.kind) {
    case 'function':
      owner.elements = elements;
      return;
    case 'state':
      if (list?.kind === 'actions' && list.purpose === 'exit') owner.exit = elements;
      else owner.enter = elements;
      return;
    case 'transition':
      if (owner.actions !== null) reader.fault('repeatedBlock', list?.token ?? owner.token, 'a second list of actions');
      owner.actions = elements;
      owner.hasArrow = true;
      return;
    case 'if':
      if (list?.kind === 'actions' && list.purpose === 'else') owner.otherwise = elements;
      else if (list?.kind === 'actions') owner.whenTrue = elements;
      endIf(reader);
      return;
    case 'for':
      owner.elements = elements;
      endFor(reader);
      return;
  }
}

function endIf(reader: Reader): void {
  const frame = reader.top;
  if (frame?.kind !== 'if') return;
  reader.stack.pop();
  const { conditions, whenTrue, otherwise, before, position } = frame;
  const rest = { conditions: conditions ?? [], otherwise, position, ...commentsOf(before) };
  // biome-ignore lint/suspicious/noThenProperty: a list of elements, not a function: nothing takes it for a promise.
  append(reader, { kind: 'if', then: whenTrue, ...rest });
}

function endFor(reader: Reader): void {
  const frame = reader.top;
  if (frame?.kind !== 'for') return;
  reader.stack.pop();
  const { head, elements, before, token } = frame;
  if (head === null) return;
  const { position } = reader.place(token);
  append(reader, { kind: 'for', head, elements, position, ...commentsOf(before) });
}

function append(reader: Reader, element: Element): void {
  if (reader.top?.kind === 'actions') reader.top.elements.push(element);
}

/** Comments behind the last element stay with it. */
function withLastComments(elements: Element[], lines: readonly string[]): void {
  const last = elements.pop();
  if (last === undefined) return;
  const { comments } = commentsOf([], lines);
  const before: Comments = last.comments ?? { before: [], after: [] };
  elements.push(
    comments === undefined ? last : { ...last, comments: { before: before.before, after: comments.after } },
  );
}

function checkBraces(reader: Reader, list: ActionsFrame, token: Token): void {
  if (list.purpose !== 'transition') {
    const isElseIf = list.purpose === 'else' && list.elements[0]?.kind === 'if';
    if (list.brace === null && !isElseIf)
      reader.fault('missingBrace', list.token, `the { of ${describe(list)} is missing`);
    if (token.text === '->') reader.fault('unbalancedBrace', token, `-> ends ${describe(list)}`, 'a block ends with }');
    return;
  }
  if (token.text === '->' && list.brace !== null)
    reader.fault('unbalancedBrace', list.brace, 'the { of the actions is not closed before ->', 'write } -> TARGET');
  else if (token.text === '}' && list.brace === null)
    reader.fault('unbalancedBrace', token, 'a } that no { opened ends the actions');
}

/** Mode `sems`, at the end of the file: what is still open has no effect. */
export function tellOpen(reader: Reader): void {
  for (const [index, frame] of reader.stack.entries()) {
    if (frame.kind === 'function' ? frame.isRegistered : frame.kind !== 'state' && frame.kind !== 'transition')
      continue;
    const next = reader.stack[index + 1];
    const inner = next?.kind === 'actions' || next?.kind === 'conditions' ? next : null;
    const what = inner === null ? missingEnd(frame) : `${describe(inner)} has no end`;
    reader.fault('unclosedElement', frame.token, `${describe(frame)} is lost: ${what}`, hintOf(inner ?? frame));
  }
}

/** Mode `strict`, at a keyword or the end of the file: what is open is told of, and taken as closed. */
export function closeAll(reader: Reader, token: Token | null): void {
  const open = reader.top;
  if (open === undefined || (open.kind === 'function' && open.isRegistered)) {
    reader.stack.length = 0;
    return;
  }
  const names = reader.stack.filter(({ kind }) => kind !== 'initial' && kind !== 'actions' && kind !== 'conditions');
  const where = names[0] === undefined || names[0] === open ? '' : ` in ${describe(names[0])}`;
  const before = token === null ? 'the end of the file' : JSON.stringify(token.text);
  const at = open.kind === 'actions' ? (open.brace ?? open.token) : (reader.previous ?? open.token);
  const what =
    open.kind === 'actions' || open.kind === 'conditions' ? `${describe(open)} has no end` : missingEnd(open);
  const message = `${what}${where}, before ${before}`;
  reader.fault('unclosedElement', at, message, hintOf(open));
  for (let frame = reader.top; frame !== undefined; frame = reader.top) closeTop(reader, frame);
}

function closeTop(reader: Reader, frame: Frame): void {
  switch (frame.kind) {
    case 'actions':
      closeList(reader, null);
      return;
    case 'conditions':
      handConditions(reader, frame);
      return;
    case 'if':
      endIf(reader);
      return;
    case 'for':
      endFor(reader);
      return;
    case 'state': {
      reader.stack.pop();
      const isInitial = reader.top?.kind === 'initial';
      if (frame.nameToken !== null) reader.declared.addState(frame, isInitial);
      return;
    }
    case 'transition':
      reader.stack.pop();
      if (frame.sourceToken !== null && frame.target !== null) reader.declared.addTransition(frame);
      return;
    case 'function':
      reader.stack.pop();
      if (!frame.isRegistered && frame.name !== null) reader.declared.addFunction(frame);
      return;
    default:
      reader.stack.pop();
  }
}

function missingEnd(frame: Frame): string {
  switch (frame.kind) {
    case 'state':
      return frame.nameToken === null ? 'a state without a name' : `the ; behind ${describe(frame)} is missing`;
    case 'transition':
      return frame.target === null ? `${describe(frame)} has no target` : `the ; behind ${describe(frame)} is missing`;
    case 'function':
      return `the ; behind ${describe(frame)} is missing`;
    case 'initial':
      return 'initial without a state';
    default:
      return `${describe(frame)} has no end`;
  }
}

function hintOf(frame: Frame): string {
  switch (frame.kind) {
    case 'conditions':
      return 'a guard ends with -> TARGET or / ACTIONS -> TARGET';
    case 'actions':
      if (frame.purpose === 'else') return 'a } is missing; "else if" opens two blocks, and needs one } more';
      return frame.purpose === 'transition' ? 'write -> TARGET; behind the actions' : 'a } is missing';
    case 'transition':
      return frame.target === null ? 'write -> TARGET;' : 'write ;';
    default:
      return 'write ;';
  }
}
