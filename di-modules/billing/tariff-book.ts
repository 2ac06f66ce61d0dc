import { CodedError, type ModuleContext } from '../../core/index.ts';
import type { Rate } from './rate.ts';
import type { OpenCall } from './record.ts';
import { userOf } from './record.ts';
import { Tariff, type TariffValues, weekTime } from './tariff.ts';

const mostTariffs = 10_000;

export interface TariffBookParts {
  readonly configured: { readonly [name: string]: TariffValues };
  /** Tariffs that were set at run time; those go before configured ones of the same name. */
  readonly kept: readonly { readonly key: string; readonly value: unknown }[];
  readonly storage: Pick<ModuleContext<unknown>['storage'], 'set' | 'delete'>;
  /** Of calls with an account and no tariff of their own; empty: none. */
  readonly standard: string;
  readonly timeZone: string;
}

/** All tariffs by name. */
export class TariffBook {
  readonly #parts: TariffBookParts;
  readonly #values = new Map<string, TariffValues>();
  readonly #tariffs = new Map<string, Tariff>();
  readonly #weekTime: ReturnType<typeof weekTime>;

  /** @throws CodedError `config.invalid`, `rpc.wrongType`. */
  constructor(parts: TariffBookParts) {
    this.#parts = parts;
    try {
      this.#weekTime = weekTime(parts.timeZone);
    } catch {
      throw new CodedError('config.invalid', `modules.billing.timeZone: ${parts.timeZone} is no zone of the IANA list`);
    }
    for (const [name, values] of Object.entries(parts.configured)) this.#put(name, values);
    // Written by `set`, which got it through the schema.
    for (const { key, value } of parts.kept) this.#put(key.slice(tariffPrefix.length), value as TariffValues);
    if (parts.standard !== '' && !this.#tariffs.has(parts.standard))
      throw new CodedError('config.invalid', `modules.billing.defaultTariff: there is no tariff ${parts.standard}`);
  }

  list(): readonly { readonly name: string; readonly tariff: TariffValues }[] {
    return [...this.#values].map(([name, tariff]) => ({ name, tariff }));
  }

  /** Calls that are answered from now on. @throws CodedError `rpc.wrongType`, `module.full`, `storage.failed`. */
  async set(name: string, values: TariffValues): Promise<void> {
    if (!this.#tariffs.has(name) && this.#tariffs.size >= mostTariffs)
      throw new CodedError('module.full', `billing: ${mostTariffs} tariffs`);
    const tariff = new Tariff(name, values);
    await this.#parts.storage.set(tariffPrefix + name, values);
    this.#values.set(name, values);
    this.#tariffs.set(name, tariff);
  }

  /** A configured one comes back in its configured form. @throws CodedError `billing.unknownTariff`. */
  async remove(name: string): Promise<void> {
    this.known(name);
    await this.#parts.storage.delete(tariffPrefix + name);
    this.#values.delete(name);
    this.#tariffs.delete(name);
    const configured = this.#parts.configured[name];
    if (configured !== undefined) this.#put(name, configured);
  }

  /** @throws CodedError `billing.unknownTariff`. */
  known(name: string): Tariff {
    const tariff = this.#tariffs.get(name);
    if (tariff === undefined) throw new CodedError('billing.unknownTariff', name);
    return tariff;
  }

  rate(tariff: Tariff, number: string, atUnixMs: number): Rate {
    return tariff.rate(number, this.#weekTime(atUnixMs));
  }

  /** Of a call that is answered then. `unknown`: it names a tariff that there is not. */
  rateOf(call: Pick<OpenCall, 'account' | 'tariff' | 'ruri'>, answeredAtMs: number): TariffChoice {
    const name = call.tariff ?? (call.account === null ? '' : this.#parts.standard);
    if (name === '') return { kind: 'none' };
    const tariff = this.#tariffs.get(name);
    if (tariff === undefined) return { kind: 'unknown', name };
    return { kind: 'rate', name, rate: this.rate(tariff, userOf(call.ruri), answeredAtMs) };
  }

  #put(name: string, values: TariffValues): void {
    this.#tariffs.set(name, new Tariff(name, values));
    this.#values.set(name, values);
  }
}

/** Of the module's own storage. */
export const tariffPrefix = 'tariff.';

export type TariffChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'rate'; readonly name: string; readonly rate: Rate };
