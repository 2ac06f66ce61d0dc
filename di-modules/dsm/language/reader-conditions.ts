import type { ConditionCall } from './ast.ts';
import type { ConditionsFrame, Frame } from './frames.ts';
import { splitCall } from './parameters.ts';
import type { Reader } from './reader.ts';
import { checkCall, isNote, noteHint, unknownHint } from './reader-calls.ts';
import { handConditions } from './reader-closing.ts';
import type { Token } from './token.ts';

export function readCondition(reader: Reader, frame: ConditionsFrame, owner: Frame | undefined, token: Token): void {
  const { name, text } = splitCall(token.text);
  const condition = reader.names.condition(name);
  if (condition === null) {
    unknownCondition(reader, frame, owner, token, name);
    return;
  }
  const { first, second } = checkCall(reader, condition, token, name, text);
  if (condition.test === undefined && text.trim() !== '' && !/==|!=|<|>/.test(text))
    reader.fault('noOperator', token, `${name} compares nothing`, text.includes('=') ? 'did you mean ==?' : undefined);
  const { position } = reader.place(token);
  const call: ConditionCall = { condition, name, inverted: frame.isInverted, text, first, second, position };
  frame.conditions.push(call);
  frame.isInverted = false;
}

function unknownCondition(
  reader: Reader,
  frame: ConditionsFrame,
  owner: Frame | undefined,
  token: Token,
  name: string,
): void {
  frame.isInverted = false;
  if (reader.faults.isFull || reader.names.isOfUnknownModule(name)) return;
  if (isNote(token) && token.text !== '-->') {
    reader.fault('unknownCondition', token, `there is no condition ${JSON.stringify(token.text)}`, noteHint);
    reader.skipLine(token);
    return;
  }
  const isTarget = owner?.kind === 'transition' && reader.declared.hasState(token.text);
  reader.fault(
    'unknownCondition',
    token,
    `there is no condition ${JSON.stringify(name === '' ? token.text : name)}`,
    isTarget ? `is the -> before the target ${token.text} missing?` : hintFor(reader, owner, token, name),
  );
  if (!isTarget) return;
  // Most likely meant so: what follows is read accordingly.
  handConditions(reader, frame);
  owner.target = token.text;
  owner.hasArrow = true;
}

function hintFor(reader: Reader, owner: Frame | undefined, token: Token, name: string): string | undefined {
  const isIf = owner?.kind === 'if';
  if (token.text === '-->') return 'a guard ends with ->; --> stands only where there is none';
  if (name === 'and' || name === '&&') return 'all conditions of a guard must hold: put ; between them';
  if (name === 'or' || name === '||') return 'there is no "or": write a transition for each';
  if (token.text.startsWith('('))
    return isIf ? 'no parentheses around the guard: write if test($x == 1) { … }' : 'no blank before the (';
  if (isIf && reader.names.action(name) !== null) return `the guard of an if ends at {: write if … { ${token.text}; }`;
  if (reader.names.action(name) !== null) return 'actions stand behind a /, before ->';
  if (name.includes('/')) return 'put blanks around the /';
  if (name.includes('->') || name.includes('--')) return 'put a blank before and behind ->';
  return unknownHint(reader, name, 'condition');
}
