import { byteOrder } from '../../../core/index.ts';
import { type Compatibility, soundBehaviour } from './compatibility.ts';
import { parseInteger } from './numbers.ts';
import { type Operand, parseOperand, plainValue, type ValueSource } from './operand.ts';
import { strip } from './strip.ts';

/** A condition's expression, read once. `always`: it is empty · `never`: it has no operator (reference/dsm 2.5). */
export type Expression = { readonly operator: 'always' } | { readonly operator: 'never' } | Comparison;

interface Comparison {
  readonly operator: '==' | '!=' | '<' | '>' | '<=' | '>=';
  readonly left: Operand;
  readonly right: Operand;
}

/** In the order in which SEMS searches them; the first that occurs splits the text. Quotes are not looked at. */
const operators = ['==', '!=', '<', '>'] as const;

/** Reads `test(…)`'s text. */
export function parseExpression(text: string, compatibility: Compatibility = soundBehaviour): Expression {
  if (text === '') return { operator: 'always' };
  for (const found of operators) {
    const at = text.indexOf(found);
    if (at < 0) continue;
    const orEqual = (found === '<' || found === '>') && text[at + 1] === '=' && !compatibility.noOrEqual;
    const operator = orEqual ? (`${found}=` as const) : found;
    return { operator, left: side(text.slice(0, at)), right: side(text.slice(at + operator.length)) };
  }
  return { operator: 'never' };
}

function side(text: string): Operand {
  const trimmed = strip(text, ' ');
  return trimmed.length > 5 && trimmed.startsWith('len(') && trimmed.endsWith(')')
    ? { kind: 'length', of: parseOperand(trimmed.slice(4, -1)) }
    : parseOperand(trimmed);
}

/** Whether it holds now. */
export function holds(expression: Expression, source: ValueSource): boolean {
  if (expression.operator === 'always') return true;
  if (expression.operator === 'never') return false;
  const left = plainValue(expression.left, source);
  const right = plainValue(expression.right, source);
  switch (expression.operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return left !== right;
    case '<':
      return compare(left, right) < 0;
    case '>':
      return compare(left, right) > 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>=':
      return compare(left, right) >= 0;
  }
}

/** Reads and tests in one go. */
export const testExpression = (text: string, source: ValueSource, compatibility?: Compatibility): boolean =>
  holds(parseExpression(text, compatibility), source);

/** With `*` in the right side only what stands before it counts. */
function equal(left: string, right: string): boolean {
  const star = right.indexOf('*');
  return star < 0 ? left === right : left.startsWith(right.slice(0, star));
}

/** As numbers where both are integers, else by their bytes. */
function compare(left: string, right: string): number {
  const a = parseInteger(left);
  const b = a === null ? null : parseInteger(right);
  if (a === null || b === null) return byteOrder(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}
