import { CodedError, type Static, Type } from '../../core/index.ts';
import { microOf, Price, share } from './money.ts';
import type { Rate } from './rate.ts';

const Time = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$' });
const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const Day = Type.Union([
  Type.Literal('mon'),
  Type.Literal('tue'),
  Type.Literal('wed'),
  Type.Literal('thu'),
  Type.Literal('fri'),
  Type.Literal('sat'),
  Type.Literal('sun'),
]);

const rateKeys = {
  perMinute: Type.Optional(Price('Price of sixty seconds. Default "0".')),
  connectionFee: Type.Optional(Price('Once, with the answer. Default "0".')),
  increments: Type.Optional(
    Type.String({
      pattern: '^[1-9][0-9]{0,3}/[1-9][0-9]{0,3}$',
      description: 'Seconds: the first increment and each following, as 60/1 or 30/6. Default "1/1".',
    }),
  ),
  freeSeconds: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 86_400, description: 'Seconds that cost nothing. Default 0.' }),
  ),
};

/** One tariff, of the configuration or of `billing.setTariff`. */
export const TariffSchema = Type.Object(
  {
    ...rateKeys,
    prefixes: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[+]?[0-9]{1,18}$' }),
        Type.Object(rateKeys, { additionalProperties: false }),
        {
          description: 'By the first digits of the dialled number: the longest that fits; what it lacks is as above.',
        },
      ),
    ),
    times: Type.Optional(
      Type.Array(
        Type.Object(
          {
            days: Type.Optional(Type.Array(Day)),
            from: Time,
            to: Time,
            percent: Type.Integer({ minimum: 0, maximum: 10_000, description: 'Of the price per minute.' }),
          },
          { additionalProperties: false },
        ),
        { maxItems: 100, description: 'Times of day; the first that holds at the answer counts for the whole call.' },
      ),
    ),
  },
  { additionalProperties: false },
);
export type TariffValues = Static<typeof TariffSchema>;

interface TimeBand {
  readonly days: ReadonlySet<string>;
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly percent: number;
}

/** A tariff, ready to be asked. */
export class Tariff {
  readonly name: string;
  readonly #base: Rate;
  readonly #prefixes = new Map<string, Rate>();
  readonly #longest: number;
  readonly #bands: readonly TimeBand[];

  /** @throws CodedError `rpc.wrongType`: a time band that ends before it begins. */
  constructor(name: string, values: TariffValues) {
    this.name = name;
    this.#base = rateOf(values);
    for (const [prefix, own] of Object.entries(values.prefixes ?? {}))
      this.#prefixes.set(digitsOf(prefix), rateOf({ ...values, ...own }));
    this.#longest = Math.max(0, ...[...this.#prefixes.keys()].map(({ length }) => length));
    this.#bands = (values.times ?? []).map(({ days = dayNames, from, to, percent }) => {
      const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)];
      if (toMinute <= fromMinute)
        throw new CodedError('rpc.wrongType', `tariff ${name}: times: ${from} is not before ${to}`);
      return { days: new Set<string>(days), fromMinute, toMinute, percent };
    });
  }

  /** The rate of a call to `number` that is answered at that minute of the week. */
  rate(number: string, at: { readonly day: string; readonly minute: number }): Rate {
    const rate = this.#rateOfNumber(digitsOf(number));
    const band = this.#bands.find(
      ({ days, fromMinute, toMinute }) => days.has(at.day) && at.minute >= fromMinute && at.minute < toMinute,
    );
    return band === undefined ? rate : { ...rate, perMinuteMicro: share(rate.perMinuteMicro, band.percent, 100) };
  }

  #rateOfNumber(digits: string): Rate {
    for (let length = Math.min(this.#longest, digits.length); length > 0; length--) {
      const rate = this.#prefixes.get(digits.slice(0, length));
      if (rate !== undefined) return rate;
    }
    return this.#base;
  }
}

type RateValues = Pick<TariffValues, 'perMinute' | 'connectionFee' | 'increments' | 'freeSeconds'>;

function rateOf({ perMinute = '0', connectionFee = '0', increments = '1/1', freeSeconds = 0 }: RateValues): Rate {
  const [firstSeconds = 1, nextSeconds = 1] = increments.split('/').map(Number);
  return {
    perMinuteMicro: microOf(perMinute),
    connectionMicro: microOf(connectionFee),
    ...{ firstSeconds, nextSeconds, freeSeconds },
  };
}

/** `+49 (30) 123-4` → `49301234`; a name has none of it. */
const digitsOf = (number: string): string => number.replace(/^\+|[\s().-]/g, '');

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Day and minute of a moment in a time zone of the IANA list. @throws RangeError for an unknown zone. */
export function weekTime(timeZone: string): (unixMs: number) => { readonly day: string; readonly minute: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (unixMs) => {
    const parts = new Map(format.formatToParts(unixMs).map(({ type, value }) => [type, value]));
    return {
      day: (parts.get('weekday') ?? '').toLowerCase(),
      minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    };
  };
}
