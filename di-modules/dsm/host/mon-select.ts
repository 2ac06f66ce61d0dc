/** `$(mon_select)`: the diagram of a call by its record in monitoring (reference/dsm 6.3). */
import { type Call, type DiValue, isStruct, parseNameAddress, printValue } from '../../../core/index.ts';
import { paramVariables } from './app-param.ts';
import type { MonSelectSettings } from './settings.ts';

export interface Selected {
  readonly diagram: string;
  readonly variables: readonly (readonly [string, string])[];
}

/** Null: nothing was found, and there is no fallback. */
export async function selectByMonitoring(
  call: Call,
  settings: MonSelectSettings,
  invoke: (module: string, name: string, args: readonly DiValue[]) => Promise<DiValue>,
): Promise<Selected | null> {
  const found = await find(call, settings, invoke).catch(() => null);
  if (found !== null) return found;
  return settings.fallback === '' ? null : { diagram: settings.fallback, variables: [] };
}

async function find(
  call: Call,
  settings: MonSelectSettings,
  invoke: (module: string, name: string, args: readonly DiValue[]) => Promise<DiValue>,
): Promise<Selected | null> {
  const ids = await invoke('monitoring', 'listByFilter', conditionsOf(call, settings));
  const id = Array.isArray(ids) ? (ids as readonly DiValue[])[0] : null;
  if (typeof id !== 'string') return null;
  const records = await invoke('monitoring', 'get', [id]);
  const record = Array.isArray(records) ? (records as readonly DiValue[])[0] : null;
  const attributes = isStruct(record) ? record : {};
  const { app, appParams } = attributes;
  if (typeof app !== 'string' || app === '') return null;
  const given = isStruct(appParams) ? Object.entries(appParams) : [];
  return {
    diagram: app,
    variables: [
      ...given.map(([name, value]) => [name, typeof value === 'string' ? value : printValue(value)] as const),
      ['mon_session_record', id],
    ],
  };
}

function conditionsOf(call: Call, { caller, callee, filters }: MonSelectSettings): DiValue[] {
  const conditions: DiValue[] = [];
  const callerUser =
    caller === 'from' ? userOf(call.from) : caller === 'pai' ? userOf(call.header('P-Asserted-Identity') ?? '') : null;
  if (callerUser !== null) conditions.push(['caller', callerUser]);
  const calleeUser = callee === 'ruri' ? call.user : callee === 'to' ? userOf(call.to) : null;
  if (calleeUser !== null) conditions.push(['callee', calleeUser]);
  const given = paramVariables(call.header('P-App-Param'));
  for (const name of filters) conditions.push([name, given.get(name) ?? '']);
  return conditions;
}

function userOf(address: string): string {
  return parseNameAddress(address)?.uri.user ?? '';
}
