/** Money in integer micro-units: a millionth of the currency's unit. There is no floating point in a price. */
import { CodedError, Type } from '../../core/index.ts';

const microPerUnit = 1_000_000;
const mostUnits = Math.floor(Number.MAX_SAFE_INTEGER / microPerUnit);
const pattern = '^-?[0-9]{1,10}([.][0-9]{1,6})?$';
const title = 'decimal text such as "12.50"';

/** An amount as people write it, `12.5`: a text, because a number of YAML or JSON would be a floating one. */
export const Amount = Type.String({ pattern, title, description: 'At most six places.' });
/** An amount that is not negative. */
export const Price = (description: string, options: { readonly default?: string } = {}) =>
  Type.String({ pattern: pattern.replace('-?', ''), title, description, ...options });

/** @throws CodedError `rpc.wrongType`. */
export function microOf(text: string): number {
  const [, sign = '', units = '', places = ''] = /^(-?)(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (units === '') throw new CodedError('rpc.wrongType', 'an amount: expected a decimal text such as "12.5"');
  const micro = Number(units) * microPerUnit + Number(places.padEnd(6, '0'));
  mustBeExact(micro);
  return sign === '-' && micro !== 0 ? -micro : micro;
}

/** Beyond 9,007,199,254 units a number is no longer exact to the millionth. @throws CodedError `rpc.wrongType`. */
export function mustBeExact(micro: number): void {
  if (Number.isSafeInteger(micro)) return;
  throw new CodedError('rpc.wrongType', `an amount: only up to ${mostUnits} units are exact to the millionth`);
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
