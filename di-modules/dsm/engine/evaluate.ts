import { isDigits } from './numbers.ts';
import { resolve, type ValueSource } from './operand.ts';

/** More signs than this are no sum but somebody's text. */
const maxSigns = 256;

/**
 * The `eval` action (reference/dsm 2.3): all blanks go, then the first `-`, else the first `+`, splits the text
 * and both halves are evaluated; so `10-3-2` is 9 and `1-2+3` is -4 (K). What is no sum of digits is resolved.
 */
export function evaluate(text: string, source: ValueSource): string {
  return evaluatePart(text.replaceAll(' ', ''), source, maxSigns);
}

function evaluatePart(text: string, source: ValueSource, signsLeft: number): string {
  const minus = text.indexOf('-');
  const at = minus >= 0 ? minus : text.indexOf('+');
  if (at >= 0 && signsLeft > 0) {
    const left = evaluatePart(text.slice(0, at), source, signsLeft - 1);
    const right = evaluatePart(text.slice(at + 1), source, signsLeft - 1);
    if (isDigits(left) && isDigits(right)) return compute(left, right, minus >= 0);
  }
  return resolve(text, source);
}

function compute(left: string, right: string, isDifference: boolean): string {
  if (left.length <= 15 && right.length <= 15) {
    return String(isDifference ? Number(left) - Number(right) : Number(left) + Number(right));
  }
  // Of longer numbers the last 1000 digits are more than anybody counts with.
  const [a, b] = [BigInt(left.slice(-1000)), BigInt(right.slice(-1000))];
  return String(isDifference ? a - b : a + b);
}
