/** How scripts read and write numbers: all values are texts (reference/dsm 2.5, 4.2, 5.0). */

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/**
 * A whole text as a decimal integer, as C's `strtol` reads it: blanks and a sign may lead, an empty text
 * is 0. Null: it is none. What is past 64 bits becomes their end.
 */
export function parseInteger(text: string): number | bigint | null {
  if (text === '') return 0;
  if (!/^[ \t\n\v\f\r]*[+-]?[0-9]+$/.test(text)) return null;
  if (text.length <= 15) return Number(text);
  const isNegative = text.includes('-');
  const digits = /[1-9][0-9]*$/.exec(text)?.[0] ?? '0';
  if (digits.length > 19) return isNegative ? int64Min : int64Max;
  const exact = isNegative ? -BigInt(digits) : BigInt(digits);
  return exact < int64Min ? int64Min : exact > int64Max ? int64Max : exact;
}

/** `parseInteger` where only what JavaScript counts exactly is of use. */
export function parseSafeInteger(text: string): number | null {
  const parsed = parseInteger(text);
  return typeof parsed === 'number' && Number.isSafeInteger(parsed) ? parsed : null;
}

/**
 * An unsigned decimal as SEMS's `str2i` reads it: leading blanks, digits, then the end, a blank or a line end
 * (what follows is not looked at). Empty is 0, null what is no number.
 */
export function parseUnsigned(text: string): number | null {
  const digits = /^ *([0-9]{0,15})(?:[ \r\n]|$)/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Non-empty and digits only: what `eval` computes with. */
export const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);

/**
 * A floating result as scripts get it: C's `%#.16g` with trailing zeros cut but one kept behind the last
 * significant digit: 9 → `9.0`, 1.5 → `1.50`, 0.25 → `0.250` (reference/dsm 5.0, K).
 */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential(15).split('e');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const written = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
    return `${sign}${cutZeros(`${digits[0]}.${digits.slice(1)}`)}e${written}`;
  }
  if (exponent < 0) return sign + cutZeros(`0.${'0'.repeat(-exponent - 1)}${digits}`);
  return sign + cutZeros(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

function cutZeros(text: string): string {
  const significant = text.replace(/0+$/, '');
  return significant.length === text.length ? text : `${significant}0`;
}
