/** Keys of `dsm.conf` and of bundles, whatever they were written in: one form, one reading (reference/dsm 6.1). */
import { CodedError, type SessionTimerKeys } from '../../../core/index.ts';

/** Every key with its value as SEMS would write it: what scripts see as `$config.<key>`. */
export type ConfigKeys = { readonly [key: string]: string };

/** What a bundle, or the main configuration, asks for. */
export interface BundleSettings {
  /** Ends with `/`, or is empty. */
  readonly diagPath: string;
  readonly loadDiags: readonly string[];
  readonly preloadMods: readonly string[];
  readonly registerApps: readonly string[];
  readonly loadPrompts: readonly string[];
  readonly requiredPrompts: readonly string[];
  readonly promptsSetsPath: string;
  readonly loadPromptsSets: readonly string[];
  readonly setParamVariables: boolean;
  readonly runSystemDsms: readonly string[];
  readonly mode: 'sems' | 'strict';
}

/** What only the main configuration has. */
export interface MainSettings extends BundleSettings {
  readonly inboundStartDiag: string;
  readonly outboundStartDiag: string;
  readonly confDir: string;
  readonly debugRawDsm: boolean;
  readonly consistencyCheck: boolean;
  readonly fullStategraph: boolean;
  readonly fullTransitions: boolean;
  readonly monSelect: MonSelectSettings;
  readonly sessionTimer: SessionTimerKeys;
}

export interface MonSelectSettings {
  readonly caller: 'no' | 'from' | 'pai';
  readonly callee: 'no' | 'ruri' | 'to';
  readonly filters: readonly string[];
  readonly fallback: string;
}

/** Values of YAML as SEMS writes them. */
export function keysOf(values: { readonly [key: string]: unknown }): ConfigKeys {
  const keys: { [key: string]: string } = {};
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'boolean') keys[key] = value ? 'yes' : 'no';
    else if (Array.isArray(value)) keys[key] = value.map(String).join(',');
    else if (typeof value === 'string' || typeof value === 'number') keys[key] = String(value);
    else if (value !== null && value !== undefined)
      throw new CodedError('config.invalid', `${key}: expected a text, a number, yes or no, or a list of names`);
  }
  return keys;
}

/** "Lists are comma separated without blanks, empty entries ignored". */
export function listOf(keys: ConfigKeys, key: string): readonly string[] {
  return (keys[key] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

export function bundleSettings(keys: ConfigKeys, mode: 'sems' | 'strict'): BundleSettings {
  return {
    diagPath: folder(keys['diag_path']),
    loadDiags: listOf(keys, 'load_diags'),
    preloadMods: listOf(keys, 'preload_mods'),
    registerApps: listOf(keys, 'register_apps'),
    loadPrompts: listOf(keys, 'load_prompts'),
    requiredPrompts: listOf(keys, 'required_prompts'),
    promptsSetsPath: folder(keys['prompts_sets_path']),
    loadPromptsSets: listOf(keys, 'load_prompts_sets'),
    setParamVariables: isYes(keys, 'set_param_variables'),
    runSystemDsms: listOf(keys, 'run_system_dsms'),
    mode: keys['mode'] === 'strict' ? 'strict' : keys['mode'] === 'sems' ? 'sems' : mode,
  };
}

/** @throws CodedError `config.invalid`. */
export function mainSettings(keys: ConfigKeys): MainSettings {
  return {
    ...bundleSettings(keys, 'sems'),
    inboundStartDiag: keys['inbound_start_diag'] ?? '',
    outboundStartDiag: keys['outbound_start_diag'] ?? '',
    confDir: folder(keys['conf_dir']),
    debugRawDsm: isYes(keys, 'debug_raw_dsm'),
    consistencyCheck: (keys['dsm_consistency_check'] ?? 'yes') === 'yes',
    fullStategraph: isYes(keys, 'monitoring_full_stategraph'),
    fullTransitions: isYes(keys, 'monitoring_full_transitions'),
    monSelect: {
      caller: oneOf(keys, 'monitor_select_use_caller', ['from', 'no', 'pai'] as const),
      // SEMS's code knows To by the word `from`, its documentation by `to` (reference/dsm 9).
      callee:
        keys['monitor_select_use_callee'] === 'from'
          ? 'to'
          : oneOf(keys, 'monitor_select_use_callee', ['ruri', 'no', 'to'] as const),
      filters: listOf(keys, 'monitor_select_filters'),
      fallback: keys['monitor_select_fallback'] ?? '',
    },
    sessionTimer: sessionTimer(keys),
  };
}

function sessionTimer(keys: ConfigKeys): SessionTimerKeys {
  return {
    enable_session_timer: isYes(keys, 'enable_session_timer'),
    session_expires: seconds(keys, 'session_expires', 120),
    minimum_timer: seconds(keys, 'minimum_timer', 90),
    maximum_timer: seconds(keys, 'maximum_timer', 900),
    session_refresh_method: oneOf(keys, 'session_refresh_method', [
      'UPDATE_FALLBACK_INVITE',
      'UPDATE',
      'INVITE',
    ] as const),
    accept_501_reply: (keys['accept_501_reply'] ?? 'yes') === 'yes',
  };
}

/** "`/` added". */
function folder(path: string | undefined): string {
  return path === undefined || path === '' || path.endsWith('/') ? (path ?? '') : `${path}/`;
}

function isYes(keys: ConfigKeys, key: string): boolean {
  return keys[key] === 'yes' || keys[key] === 'true';
}

/** The first is the default. */
function oneOf<T extends string>(keys: ConfigKeys, key: string, values: readonly [T, ...T[]]): T {
  const text = keys[key] ?? '';
  if (text === '') return values[0];
  const found = values.find((value) => value === text);
  if (found === undefined) throw new CodedError('config.invalid', `${key}: ${text} is none of ${values.join(', ')}`);
  return found;
}

function seconds(keys: ConfigKeys, key: string, standard: number): number {
  const text = keys[key] ?? '';
  if (text === '') return standard;
  if (!/^[0-9]{1,9}$/.test(text)) throw new CodedError('config.invalid', `${key}: ${text} is no number of seconds`);
  return Number(text);
}
