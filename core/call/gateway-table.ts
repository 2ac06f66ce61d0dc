import { CodedError } from '../runtime/index.ts';
import { type DialRules, gatewayHost } from './dial-rules.ts';

export interface Gateway {
  readonly name: string;
  /** `host[:port]`. */
  readonly address: string;
  readonly origin: 'configuration' | 'added';
  /** False: an added one whose name the configuration has taken since. */
  readonly active: boolean;
}

const gatewayName = /^[A-Za-z0-9_.-]{1,64}$/;
const mostGateways = 1000;

/**
 * The gateways of `dial.gateways`, and those that were added while the server runs. A name of the configuration is the
 * configuration's: it is neither removed nor given another address here.
 */
export class GatewayTable {
  readonly #rules: DialRules;
  readonly #configured: ReadonlyMap<string, string>;
  readonly #added = new Map<string, string>();

  constructor(rules: DialRules, configured: { readonly [name: string]: string }) {
    this.#rules = rules;
    this.#configured = new Map(Object.entries(configured));
  }

  list(): readonly Gateway[] {
    return [
      ...[...this.#configured].map(([name, address]) => ({
        name,
        address,
        origin: 'configuration' as const,
        active: true,
      })),
      ...[...this.#added].map(([name, address]) => ({
        name,
        address,
        origin: 'added' as const,
        active: !this.#configured.has(name),
      })),
    ];
  }

  /** @throws CodedError `rpc.wrongType`, `gateway.fixed`, `module.full`. */
  check(name: string, address: string): void {
    if (!gatewayName.test(name))
      throw new CodedError('rpc.wrongType', 'name: expected 1 to 64 letters, digits, dots, - or _');
    try {
      gatewayHost(address, 'address');
    } catch (fault) {
      throw new CodedError('rpc.wrongType', fault instanceof CodedError ? fault.detail : String(fault));
    }
    if (this.#configured.has(name)) throw new CodedError('gateway.fixed', `dial.gateways.${name}`);
    if (this.#added.size >= mostGateways && !this.#added.has(name))
      throw new CodedError('module.full', `${mostGateways} gateways`);
  }

  /** May be dialled from now on, unless `dial.deny` says otherwise; an added one of that name goes elsewhere now. */
  add(name: string, address: string): void {
    this.#added.set(name, address);
    this.#apply();
  }

  /** @throws CodedError `gateway.unknown`, `gateway.fixed`. */
  checkRemovable(name: string): void {
    if (this.#added.has(name)) return;
    if (this.#configured.has(name)) throw new CodedError('gateway.fixed', `dial.gateways.${name}`);
    throw new CodedError('gateway.unknown', name);
  }

  remove(name: string): void {
    this.#added.delete(name);
    this.#apply();
  }

  #apply(): void {
    this.#rules.useGateways(
      this.list()
        .filter(({ active }) => active)
        .map(({ address }) => address),
    );
  }
}
