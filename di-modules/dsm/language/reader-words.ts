/** What a word does, by the element on top of the stack (reference/dsm 1.4). */

import { parseForHead } from './for-head.ts';
import type { ConditionsFrame, ForFrame, FunctionFrame, IfFrame, StateFrame, TransitionFrame } from './frames.ts';
import { splitCall } from './parameters.ts';
import type { Reader } from './reader.ts';
import { readAction } from './reader-actions.ts';
import { isNote, noteHint } from './reader-calls.ts';
import { closeList, handConditions, openConditions, openList } from './reader-closing.ts';
import { readCondition } from './reader-conditions.ts';
import type { Token } from './token.ts';

export function readWord(reader: Reader, token: Token): void {
  const { top } = reader;
  switch (top?.kind) {
    case undefined:
      outside(reader, token);
      return;
    case 'function':
      ofFunction(reader, top, token);
      return;
    case 'initial':
      reader.stack.pop();
      reader.fault('misplacedInitial', token, 'state must follow initial');
      reader.skipDeclaration();
      return;
    case 'state':
      ofState(reader, top, token);
      return;
    case 'transition':
      ofTransition(reader, top, token);
      return;
    case 'conditions':
      ofConditions(reader, top, token);
      return;
    case 'if':
      ofIf(reader, top, token);
      return;
    case 'for':
      ofFor(reader, top, token);
      return;
    case 'actions':
      readAction(reader, top, token);
      return;
  }
}

function outside(reader: Reader, token: Token): void {
  if (token.text === ';') return;
  if (isNote(token)) {
    reader.fault('withoutContext', token, 'this stands in no declaration', noteHint);
    reader.skipLine(token);
    return;
  }
  reader.fault('withoutContext', token, 'this stands in no declaration');
  reader.skipDeclaration();
}

function ofFunction(reader: Reader, frame: FunctionFrame, token: Token): void {
  if (frame.isRegistered) {
    outside(reader, token);
    return;
  }
  if (frame.name === null) {
    const { name, text } = splitCall(token.text);
    if (!token.text.includes('(')) reader.fault('functionHeader', token, `function ${name} has no parentheses`);
    else if (name.startsWith('for') || name === '')
      reader.fault(
        'functionHeader',
        token,
        `a function cannot be called ${JSON.stringify(name)}`,
        name === '' ? undefined : 'every word that begins with "for" is the head of a loop',
      );
    frame.name = name;
    frame.text = text;
  } else if (token.text === '{') openList(reader, 'function', token, token);
  else if (token.text === ';') reader.declared.addFunction(frame);
  else if (frame.elements === null) {
    reader.fault('functionHeader', token, `unexpected in the head of function ${frame.name}`);
    reader.skipLine(token);
  } else {
    reader.fault('afterFunction', token, `the ; behind function ${frame.name} is missing`);
    reader.declared.addFunction(frame);
    reader.skipDeclaration();
  }
}

function ofState(reader: Reader, frame: StateFrame, token: Token): void {
  if (frame.nameToken === null) {
    frame.nameToken = token;
    return;
  }
  switch (token.text) {
    case 'enter':
    case 'exit':
      if (frame[token.text] !== null) reader.fault('repeatedBlock', token, `a second ${token.text} block`);
      openList(reader, token.text, token, null);
      return;
    case ';': {
      reader.stack.pop();
      const isInitial = reader.top?.kind === 'initial';
      if (isInitial) reader.stack.pop();
      reader.declared.addState(frame, isInitial);
      return;
    }
    case '{':
    case '}':
      reader.fault('bracesAround', token, `in state ${frame.nameToken.text}`);
      return;
    default:
      ignored(reader, frame, token, `this is no part of state ${frame.nameToken.text}, and is ignored`);
  }
}

function ofTransition(reader: Reader, frame: TransitionFrame, token: Token): void {
  if (frame.nameToken === null) {
    frame.nameToken = token;
    return;
  }
  if (frame.sourceToken === null) {
    frame.sourceToken = token;
    frame.hasNoSource = reader.declared.isNoSource(token);
    if (!frame.hasNoSource) return;
    // The rest is read as it is meant. SEMS refuses the transition when it ends, as one from a state of that name.
    if (reader.mode === 'strict') reader.declared.tellNoSource(frame.nameToken.text, token);
    else if (token.text === ';') return;
  }
  switch (token.text) {
    case '-->':
    case '->':
      frame.hasArrow = true;
      return;
    case '-':
      openConditions(reader, token);
      return;
    case '-/':
    case '/':
      openList(reader, 'transition', token, null);
      return;
    case ';':
      reader.stack.pop();
      reader.declared.addTransition(frame);
      return;
    default:
      if (frame.target === null) {
        frame.target = token.text;
        return;
      }
      ignored(reader, frame, token, `the target is ${frame.target} already; this is ignored`);
  }
}

/** One word for a run of words. */
function ignored(reader: Reader, frame: StateFrame | TransitionFrame, token: Token, message: string): void {
  if (!frame.isIgnoring)
    reader.fault('ignoredText', token, message, isNote(token) ? noteHint : 'is the ; before it missing?');
  frame.isIgnoring = true;
}

function ofConditions(reader: Reader, frame: ConditionsFrame, token: Token): void {
  const owner = reader.stack.at(-2);
  switch (token.text) {
    case ';':
    case '[':
      return;
    case '{':
      if (owner?.kind === 'if') {
        handConditions(reader, frame);
        openList(reader, 'if', owner.token, token);
        return;
      }
      reader.fault('bracesAround', token, 'in a guard');
      return;
    case '}':
      return;
    case '->':
    case ']':
      handConditions(reader, frame);
      if (owner?.kind === 'transition') owner.hasArrow = true;
      return;
    case '/':
      handConditions(reader, frame);
      if (owner?.kind === 'if') {
        reader.fault('actionsOfIf', token, '/ in the guard of an if');
        return;
      }
      openList(reader, 'transition', token, null);
      return;
    case 'not':
      frame.isInverted = !frame.isInverted;
      return;
    case 'exception':
      frame.isException = true;
      if (owner?.kind === 'if') reader.fault('exceptionInIf', token, 'exception in an if');
      return;
    default:
      readCondition(reader, frame, owner, token);
  }
}

function ofIf(reader: Reader, frame: IfFrame, token: Token): void {
  switch (token.text) {
    case '[':
      openConditions(reader, token);
      return;
    case '{':
      openList(reader, 'if', frame.token, token);
      return;
    case ';':
    case '}':
      reader.fault('missingBrace', token, 'the if has no block');
      closeList(reader, null);
      return;
    default:
      if (!frame.isReported) reader.fault('afterIfGuard', token, 'unexpected between the guard of an if and its block');
      frame.isReported = true;
  }
}

function ofFor(reader: Reader, frame: ForFrame, token: Token): void {
  if (frame.awaitsHead) {
    frame.awaitsHead = false;
    const { name, text } = splitCall(token.text);
    frame.head = token.text.includes('(') && name === '' ? parseForHead(text) : null;
    if (frame.head === null) reader.fault('forHeader', token, 'the head of the loop is not understood');
    if (token.text !== '{') return;
  }
  if (token.text === '{') {
    openList(reader, 'for', frame.token, token);
    return;
  }
  if (token.text === '}') {
    reader.fault('forWithoutBlock', token, 'the loop has no block');
    reader.stack.pop();
    return;
  }
  if (token.text !== ';' && frame.head !== null)
    reader.fault('ignoredText', token, 'ignored between for and its block');
}
