/** Money in integer micro-units: a millionth of the currency's unit. There is no floating point in a price. */
import { CodedError, Type } from '../../core/index.ts';

const microPerUnit = 1_000_000;
const pattern = '^-?[0-9]{1,9}([.][0-9]{1,6})?$';

/** An amount as people write it, `12.5`: a text, because a number of YAML or JSON would be a floating one. */
export const Amount = Type.String({ pattern, description: 'Decimal text, at most six places: "12.5".' });
/** An amount that is not negative. */
export const Price = (description: string, options: { readonly default?: string } = {}) =>
  Type.String({ pattern: pattern.replace('-?', ''), description, ...options });

/** @throws CodedError `rpc.wrongType`. */
export function microOf(text: string): number {
  const [, sign = '', units = '', places = ''] = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (units === '') throw new CodedError('rpc.wrongType', 'an amount: expected a decimal text such as "12.5"');
  const micro = Number(units) * microPerUnit + Number(places.padEnd(6, '0'));
  return sign === '-' && micro !== 0 ? -micro : micro;
}

/** `12.5`; at least two places: `12.50`. */
export function amountOf(micro: number): string {
  const size = Math.abs(micro);
  const places = String(size % microPerUnit).padStart(6, '0');
  const shown = places.slice(0, 2) + places.slice(2).replace(/0+$/, '');
  return `${micro < 0 ? '-' : ''}${Math.floor(size / microPerUnit)}.${shown}`;
}

/** `count × price / divisor`, rounded up to the next micro-unit, exact also where a double would not be. */
export function share(count: number, price: number, divisor: number): number {
  const product = count * price;
  if (Number.isSafeInteger(product + divisor)) return Math.ceil(product / divisor);
  return Number((BigInt(count) * BigInt(price) + BigInt(divisor - 1)) / BigInt(divisor));
}
