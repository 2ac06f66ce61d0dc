import { Type } from '../../core/index.ts';
import { RecordSchema } from './record.ts';

const Call = Type.String({ description: 'Call tag.' });
const Micro = (description: string) => Type.Number({ description: `${description}, millionths of the currency unit.` });

/** A charged call while it lasts: of `billing.live`, the event and the function. */
export const LiveSchema = Type.Object({
  call: Call,
  trace: Type.String(),
  account: Type.String(),
  tariff: Type.String(),
  number: Type.String(),
  answeredAtMs: Type.Number(),
  seconds: Type.Integer({ description: 'Talk time, every second that was begun.' }),
  costMicro: Micro('What it costs until now'),
  currency: Type.String(),
});

export const billingEvents = {
  'billing.record': {
    summary: 'A call leg has its detail record: it is on disk.',
    scope: 'billing:read',
    payload: RecordSchema,
  },
  'billing.live': {
    summary: 'What a charged call costs until now; every liveSeconds.',
    scope: 'billing:read',
    payload: LiveSchema,
  },
  'billing.warning': {
    summary: 'The credit of an account is over soon: its calls were warned.',
    scope: 'billing:read',
    payload: Type.Object({
      account: Type.String(),
      secondsLeft: Type.Integer(),
      calls: Type.Array(Call),
    }),
  },
  'billing.exhausted': {
    summary: 'A call was refused or ended for want of credit.',
    scope: 'billing:read',
    payload: Type.Object({ account: Type.String(), call: Call, reason: Type.String() }),
  },
  'billing.output': {
    summary: 'An output began to fail, or works again. What it has not taken is kept.',
    scope: 'billing:read',
    payload: Type.Object({
      output: Type.String(),
      state: Type.Union([Type.Literal('working'), Type.Literal('failing')]),
      reason: Type.String({ description: 'Empty when it works.' }),
    }),
  },
};
