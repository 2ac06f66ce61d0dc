/** `gateway.*`: where calls may go, changed while the server runs and kept over restarts. */
import { arg, Bool, type Bus, rowsFor, Text } from '../di/index.ts';
import { type Disposable, type Log, Type } from '../runtime/index.ts';
import type { KeyValueStore } from '../storage/types.ts';
import type { Gateway, GatewayTable } from './gateway-table.ts';

export interface GatewayState {
  readonly table: GatewayTable;
  readonly store: KeyValueStore;
}

const { fn, defineFunctions } = rowsFor<GatewayState>();

const Name = Type.String({ minLength: 1, maxLength: 64, description: 'Letters, digits, dots, - and _.' });
const GatewayRow = Type.Object({
  name: Text,
  address: Type.String({ description: 'host[:port].' }),
  origin: Type.Union([Type.Literal('configuration'), Type.Literal('added')]),
  active: Type.Unsafe<boolean>({
    ...Bool,
    description: 'False: added, but the configuration has another of that name now, which counts.',
  }),
});

const trunk: Gateway = { name: 'trunk', address: 'trunk.example:5060', origin: 'added', active: true };

export const gatewayFunctions = defineFunctions({
  list: fn({
    summary: 'The gateways: those of dial.gateways first, then the added ones.',
    params: [],
    result: Type.Array(GatewayRow),
    scope: 'gateway:read',
    examples: [{ params: [], result: [{ ...trunk }] }],
    handler: ({ state }) => state.table.list(),
  }),
  add: fn({
    summary: 'Let calls go to a host from now on and after restarts; dial.deny still wins.',
    description: 'An added gateway of that name gets the new address. A name of the configuration cannot be taken.',
    params: [
      arg('name', Name),
      arg('address', Type.String({ minLength: 1, maxLength: 300 }), 'host[:port], one host.'),
    ],
    result: GatewayRow,
    // It widens what may be dialled, and so what a stolen token can cost.
    scope: 'gateway:admin',
    examples: [{ params: ['trunk', 'trunk.example:5060'], result: { ...trunk } }],
    async handler({ state }, name, address) {
      state.table.check(name, address);
      await state.store.set(name, { address });
      state.table.add(name, address);
      return { name, address, origin: 'added' as const, active: true };
    },
  }),
  remove: fn({
    summary: 'Take away an added gateway. Calls that run there go on.',
    params: [arg('name', Name)],
    result: Text,
    scope: 'gateway:admin',
    examples: [{ params: ['trunk'], result: '200 OK' }],
    async handler({ state }, name) {
      state.table.checkRemovable(name);
      await state.store.delete(name);
      state.table.remove(name);
      return '200 OK';
    },
  }),
});

/** Takes over what is stored, and registers the functions. What cannot be used any more is told, and kept aside. */
export async function registerGateways(bus: Bus, state: GatewayState, log: Log): Promise<Disposable> {
  for (const { key, value } of await state.store.list()) {
    const address = typeof value === 'object' && value !== null && 'address' in value ? value.address : null;
    if (typeof address === 'string') restore(state.table, key, address, log);
    else log.error('a stored gateway is no gateway', { gateway: key });
  }
  return bus.register('gateway', gatewayFunctions, state);
}

function restore(table: GatewayTable, name: string, address: string, log: Log): void {
  try {
    table.add(name, address);
  } catch (fault) {
    table.remove(name);
    log.error('a stored gateway cannot be used', { gateway: name, fault: String(fault) });
    return;
  }
  if (table.list().some((each) => each.name === name && !each.active))
    log.warn('a stored gateway has the name of one in dial.gateways, which counts', { gateway: name });
}
