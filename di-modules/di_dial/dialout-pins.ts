import { CodedError, equalSecrets } from '../../core/index.ts';
import type { DialoutPin } from './config.ts';

/**
 * All accounts of `dial_pin`: the records, then SEMS's `dialout_pin0` … in the order of their
 * numbers, with the fields in the order of SEMS's code: pin; user part (unused); realm; auth user;
 * password (di-interfaces 5.3, F27). @throws CodedError `config.invalid`.
 */
export function dialoutPinsOf(config: {
  readonly dialout_pins: readonly DialoutPin[];
  readonly [key: string]: unknown;
}): DialoutPin[] {
  const numbered = Object.entries(config)
    .flatMap(([key, value]) => {
      const number = /^dialout_pin(\d+)$/.exec(key)?.[1];
      return number === undefined || typeof value !== 'string' ? [] : [{ number: Number(number), key, value }];
    })
    .sort((a, b) => a.number - b.number)
    .map(({ key, value }) => parseDialoutPin(key, value));
  return [...config.dialout_pins, ...numbered];
}

function parseDialoutPin(key: string, text: string): DialoutPin {
  const fields = text.split(';');
  if (fields.at(-1) === '' && fields.length === 6) fields.pop(); // a final semicolon, as the sample file has
  const [pin = '', , realm = '', auth_user = '', password = ''] = fields;
  if (fields.length !== 5 || pin === '' || realm === '' || auth_user === '')
    throw new CodedError('config.invalid', `modules.di_dial.${key}: expected "pin;user;realm;auth_user;password"`);
  return { pin, realm, auth_user, password };
}

/** The account of that PIN, or null. All are compared, in constant time. */
export function accountOf(pins: readonly DialoutPin[], pin: string): DialoutPin | null {
  let found: DialoutPin | null = null;
  for (const account of pins) if (equalSecrets(pin, account.pin)) found ??= account;
  return found;
}
