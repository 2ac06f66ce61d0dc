/**
 * What becomes of the keys of `<module>.conf`. Our modules keep SEMS's names, so most keys are carried by the
 * module's own schema; here stand the exceptions.
 */
import type { TSchema } from '../runtime/index.ts';
import type { SemsEntry } from './sems.ts';
import { because, count, flag, isYes, oneOf, type SemsDraft, type SemsRule, text } from './sems-draft.ts';

const noThreads = because('one thread serves all connections');

/** Rules of whole files whose server is not a module of ours, and exceptions of modules. */
export const moduleRules: { readonly [module: string]: { readonly [key: string]: SemsRule } } = {
  xmlrpc2di: {
    run_server: (value, draft) => {
      if (!isYes(value)) draft.set('rpc.listen.port', null);
      return null;
    },
    server_ip: text('rpc.listen.address'),
    xmlrpc_port: count('rpc.listen.port', { most: 65_535 }),
    multithreaded: noThreads,
    threads: noThreads,
    export_di: because('di is always offered, under the scopes of who calls'),
    direct_export: (value, draft) => {
      const modules = value.split(';').map((name) => name.trim());
      draft.set('rpc.directExport', [...new Set(modules.filter((name) => name !== ''))]);
      return null;
    },
    debug_server_params: because('what changes state stands in the audit log, without secrets'),
    debug_server_result: because('what changes state stands in the audit log, without secrets'),
  },
  jsonrpc: {
    jsonrpc_port: count('rpc.netstring.port', { most: 65_535 }),
    jsonrpc_listen: text('rpc.netstring.address'),
    server_threads: noThreads,
  },
  di_dial: {
    dialout_pin(value, draft, { key }) {
      const [pin, user, realm, auth_user, password, ...more] = value.split(';');
      if (password === undefined || more.length > 0) return 'expected pin;user;realm;auth_user;password';
      const pins = draft.get('modules.di_dial.dialout_pins');
      draft.set('modules.di_dial.dialout_pins', [
        ...(Array.isArray(pins) ? pins : []),
        { pin, realm, auth_user, password },
      ]);
      if (user !== '' && user !== auth_user) draft.notes.push(`${key}: the user ${user} is not used, as in SEMS`);
      return null;
    },
  },
  reg_agent: Object.fromEntries(
    ['domain', 'user', 'display_name', 'auth_user', 'pwd', 'proxy', 'contact'].map((key) => [key, account(key)]),
  ),
  session_timer: {
    session_expires: count('sip.sessionTimer.expiresSeconds', { least: 90, most: 604_800 }),
    minimum_timer: count('sip.sessionTimer.minimumSeconds', { least: 90, most: 604_800 }),
    maximum_timer: count('sip.sessionTimer.maximumSeconds', { least: 90, most: 604_800 }),
    session_refresh_method: oneOf('sip.sessionTimer.refreshMethod', {
      invite: 'INVITE',
      update: 'UPDATE',
      update_fallback_invite: 'UPDATE_FALLBACK_INVITE',
    }),
    accept_501_reply: flag('sip.sessionTimer.accept501'),
  },
  webconference: {
    tell_pin: because('SEMS never reads it'),
    star_finishes_pin: because('SEMS never reads it'),
    // The prompts 0 … 9: the fallback takes the digits off.
    '': because('the digits are read from digits_dir'),
  },
};

/** `domain`, then `domain1` … `domain99`. */
function account(key: string): SemsRule {
  return (value, draft, entry) => {
    const index = Number(/\d*$/.exec(entry.key)?.[0] || 0);
    const known = draft.get('modules.reg_agent.accounts');
    const accounts: Record<string, string>[] = Array.isArray(known) ? known : [];
    // SEMS stops at the first number that is missing.
    if (index > accounts.length) return `account ${index} comes before account ${accounts.length}`;
    accounts[index] = { ...accounts[index], [key]: value };
    draft.set('modules.reg_agent.accounts', accounts);
    return null;
  };
}

/** Carries one key of a module's file into `modules.<module>`. */
export function carryModuleKey(module: string, schema: TSchema | undefined, entry: SemsEntry, draft: SemsDraft): void {
  const rules = moduleRules[module] ?? {};
  const rule = rules[entry.key] ?? rules[entry.key.replace(/\d+$/, '')];
  const reason = rule === undefined ? bySchema(module, schema, entry, draft) : rule(entry.value, draft, entry);
  if (reason !== null) draft.leaveOut(entry, reason);
}

/** The key as the module's schema types it. */
function bySchema(
  module: string,
  schema: TSchema | undefined,
  { key, value }: SemsEntry,
  draft: SemsDraft,
): string | null {
  const { properties = {}, additionalProperties } = (schema ?? {}) as ModuleSchema;
  const part = Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (part === undefined && additionalProperties === false) return `the module ${module} has no such key here`;
  const path = `modules.${module}.${key}`;
  switch (part?.type) {
    case 'boolean':
      draft.set(path, isYes(value));
      return null;
    case 'integer':
    case 'number':
      if (!Number.isFinite(Number(value)) || value.trim() === '') return 'not a number: SEMS takes its default then';
      draft.set(path, Number(value));
      return null;
    case 'array': {
      const separator = value.includes(';') ? ';' : ',';
      const items = value.split(separator).map((item) => item.trim());
      draft.set(
        path,
        items.filter((item) => item !== ''),
      );
      return null;
    }
    case 'object':
      return `${module}.${key} is structured here: write it by hand`;
    default:
      draft.set(path, value);
      return null;
  }
}

interface ModuleSchema {
  readonly properties?: { readonly [key: string]: { readonly type?: string } };
  readonly additionalProperties?: unknown;
}
