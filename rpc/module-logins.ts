/**
 * Credentials that modules judge: a row that says `login: <kind>` is asked when `auth.login` comes with its arguments by
 * name (`{ room, pin }` of webconference). `rpc` knows no module: it finds such rows on the bus.
 */
import type { Bus, Caller, DiValue, RegisteredFunction } from '../core/di/index.ts';
import { isStruct } from '../core/di/index.ts';
import { CodedError } from '../core/runtime/index.ts';

/** What `auth.login` was given by name. */
export type NamedCredentials = { readonly [name: string]: DiValue };

export interface ModuleLogin {
  /** For a listener's `access.credentials`. */
  readonly kind: string;
  /** What is asked for, by the row's `limit`: the room. */
  readonly target: string;
  /** The caller with those rights, limited to what the module says, and to that module; null: refused. */
  verify(): Promise<Caller | null>;
}

export interface ModuleLogins {
  /** The row that takes these arguments; null: none does. */
  find(given: NamedCredentials): ModuleLogin | null;
  /** Would the credentials that gave this caller still do? True for callers that no module let in. */
  isCurrent(caller: Caller): Promise<boolean>;
}

const longestTarget = 128;

export function createModuleLogins(bus: Bus): ModuleLogins {
  /** What to ask again, as long as somebody holds the caller. */
  const asked = new WeakMap<Caller, () => Promise<Caller | null>>();

  async function ask({ module, name }: RegisteredFunction, given: NamedCredentials): Promise<Caller | null> {
    try {
      return callerOf(module, await bus.invoke(module, name, given, bus.moduleContext('rpc')));
    } catch (fault) {
      // Arguments of a wrong type or length are wrong credentials, and cost as much.
      if (fault instanceof CodedError && fault.code === 'rpc.wrongType') return null;
      throw fault;
    }
  }

  return {
    find(given) {
      const names = Object.keys(given);
      const row = bus.functions().find(({ row: { login, params } }) => {
        if (login === undefined || !names.every((name) => params.some((one) => one.name === name))) return false;
        return params.every((one) => one.kind === 'opt' || names.includes(one.name));
      });
      const kind = row?.row.login;
      if (row === undefined || kind === undefined) return null;
      const { limit } = row.row;
      return {
        kind,
        target: limit === undefined ? '' : String(given[limit]).slice(0, longestTarget),
        async verify() {
          const granted = await ask(row, given);
          if (granted === null) return null;
          const caller: Caller = { ...granted, credential: kind };
          asked.set(caller, () => ask(row, given));
          return caller;
        },
      };
    },
    async isCurrent(caller) {
      const again = asked.get(caller);
      return again === undefined || (await again()) !== null;
    },
  };
}

/** A row's answer, checked; a module can let nobody into another one. */
function callerOf(module: string, grant: DiValue): Caller | null {
  if (!isStruct(grant)) return null;
  const { name, scopes, limits, subject = '' } = grant;
  if (typeof name !== 'string' || !isTexts(scopes) || !isTexts(limits) || typeof subject !== 'string')
    throw new CodedError('rpc.handlerFailed', `${module}: its login gave no rights that can be read`);
  const own = scopes.filter((scope) => scope.startsWith(`${module}:`));
  return { name, scopes: own, limits: { [module]: limits }, modules: [module], ...(subject === '' ? {} : { subject }) };
}

const isTexts = (value: DiValue | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
