import { type Static, Type } from '../../core/index.ts';

const DialoutPinSchema = Type.Object(
  {
    pin: Type.String({ minLength: 1, description: 'What dial_pin must be given. Secret.', 'x-secret': true }),
    realm: Type.String({ minLength: 1, description: 'Domain of the calls, and realm of their credentials.' }),
    auth_user: Type.String({ minLength: 1, description: 'User of the credentials; From is sip:<auth_user>@<realm>.' }),
    password: Type.String({ description: 'Password of the credentials. Secret.', 'x-secret': true }),
  },
  { additionalProperties: false },
);

/** `modules.di_dial`: SEMS's keys (`di_dial.conf`), and the same as a list of records. */
export const DiDialConfigSchema = Type.Object(
  {
    dialout_pins: Type.Array(DialoutPinSchema, {
      maxItems: 100,
      default: [],
      description: 'Accounts of dial_pin. SEMS: dialout_pin0 … dialout_pin99: "pin;user;realm;auth_user;password".',
    }),
    pin_failures: Type.Integer({
      minimum: 1,
      default: 5,
      description: 'Wrong dial-out PINs in a row after which a source is locked out.',
    }),
    pin_lock_s: Type.Integer({ minimum: 1, default: 60, description: 'Seconds of the lock-out.' }),
  },
  {
    additionalProperties: false,
    patternProperties: { '^dialout_pin[0-9]{1,2}$': { type: 'string', 'x-secret': true } },
    default: {},
    description: 'Starts calls.',
  },
);
export type DiDialConfig = Static<typeof DiDialConfigSchema>;
export type DialoutPin = Static<typeof DialoutPinSchema>;
