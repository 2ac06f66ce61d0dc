/** SEMS's configuration folder made into our YAML, with a list of all that is not carried and why. */
import { stringify } from 'yaml';
import { isIpAddress, type TSchema } from '../runtime/index.ts';
import type { SemsConfig, SemsEntry } from './sems.ts';
import { coreRules, timerRule } from './sems-core-keys.ts';
import { type NotCarried, SemsDraft } from './sems-draft.ts';
import { carryModuleKey } from './sems-module-keys.ts';

export interface SemsFolder {
  /** sems.conf. */
  readonly main: SemsConfig;
  /** Lines of app_mapping.conf; null: there is none. */
  readonly mapping: readonly string[] | null;
  /** `<name>.conf` by name. */
  readonly modules: ReadonlyMap<string, SemsConfig>;
}

export interface SemsTarget {
  /** Schemas of the modules that can be listed. */
  readonly modules: ReadonlyMap<string, TSchema>;
  /** Modules of SEMS that this version does not have. */
  readonly planned: readonly string[];
  /** `media.codecs` without a configuration. */
  readonly codecs: readonly string[];
}

export interface ImportedSems {
  /** Our configuration file. */
  readonly yaml: string;
  readonly notCarried: readonly NotCarried[];
  readonly notes: readonly string[];
}

/** Names that SEMS's files or older versions use for modules of ours. */
const renamed: { readonly [name: string]: string } = { di_dialer: 'di_dial', call_gen: 'callgen' };

/** Plug-ins whose work is done by the core here. */
const builtIn: ReadonlySet<string> = new Set(
  'sipctrl wav adpcm gsm ilbc g722 l16 speex opus mp3 cn uac_auth_core session_timer_core'.split(' '),
);

/** Makes our configuration from SEMS's. Pure. */
export function importSems(folder: SemsFolder, target: SemsTarget): ImportedSems {
  const draft = new SemsDraft();
  const entries = new Map(folder.main.entries);
  for (const warning of [folder.main, ...folder.modules.values()].flatMap(({ warnings }) => warnings))
    draft.notes.push(warning);

  const interfaces = namesOf(entries.get('interfaces'));
  carryInterfaces(take(entries, interfaceKeys), draft);
  carryApplication(take(entries, ['application']).get('application'), folder.mapping, draft);
  carryCodecs(take(entries, ['codec_order', 'exclude_payloads']), target, draft);
  const listed = carryModules(take(entries, ['load_plugins', 'exclude_plugins']), folder, target, draft);
  for (const entry of entries.values()) {
    const key = interfaces.reduce((name, suffix) => withoutSuffix(name, `_${suffix}`), entry.key);
    const rule = /^sip_timer_([A-M]|BL)$/.test(entry.key) ? timerRule : (ruleOf(entry.key) ?? ruleOf(key));
    if (rule !== null && key !== entry.key) draft.notes.push(`${entry.key}: here it counts for all interfaces`);
    const reason = rule === null ? 'SEMS does not know this key' : rule(entry.value, draft, entry);
    if (reason !== null) draft.leaveOut(entry, reason);
  }
  for (const [file, { entries: keys }] of folder.modules) carryFile(file, [...keys.values()], listed, target, draft);
  return { yaml: printed(draft), notCarried: draft.notCarried, notes: draft.notes };
}

const namesOf = (entry: SemsEntry | undefined): readonly string[] =>
  (entry?.value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

const withoutSuffix = (name: string, suffix: string): string =>
  name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;

function ruleOf(key: string) {
  return (Object.hasOwn(coreRules, key) ? coreRules[key] : undefined) ?? null;
}

const interfaceKeys = ['interfaces', 'sip_ip', 'sip_port', 'media_ip', 'rtp_low_port', 'rtp_high_port', 'public_ip'];

/** Takes these keys out, with those that carry `_<interface>` behind them. */
function take(entries: Map<string, SemsEntry>, keys: readonly string[]): ReadonlyMap<string, SemsEntry> {
  const interfaces = namesOf(entries.get('interfaces'));
  const names = keys.flatMap((key) => [key, ...interfaces.map((name) => `${key}_${name}`)]);
  const taken = new Map<string, SemsEntry>();
  for (const name of names) {
    const entry = entries.get(name);
    if (entry !== undefined) taken.set(name, entry);
    entries.delete(name);
  }
  return taken;
}

/** Reference/core-and-sbc 1.2, 1.3. */
function carryInterfaces(entries: ReadonlyMap<string, SemsEntry>, draft: SemsDraft): void {
  const names = namesOf(entries.get('interfaces'));
  const listen: object[] = [];
  let media = false;
  for (const name of names.length === 0 ? [''] : names) {
    const key = (what: string): SemsEntry | undefined => entries.get(name === '' ? what : `${what}_${name}`);
    const sipIp = key('sip_ip');
    const sipPort = key('sip_port');
    if (sipIp !== undefined) {
      const port = Number(sipPort?.value ?? 0) || 5060;
      const advertised = key('public_ip')?.value;
      const place = { address: addressOf(sipIp, draft), port, ...(name === '' ? {} : { name }) };
      for (const transport of ['udp', 'tcp'])
        listen.push({ transport, ...place, ...(advertised === undefined ? {} : { advertised }) });
    } else if (sipPort !== undefined) draft.leaveOut(sipPort, 'SEMS ignores it without sip_ip');
    const mediaKeys = ['media_ip', 'rtp_low_port', 'rtp_high_port', 'public_ip'].map(key);
    if (media) carryFurtherMedia(mediaKeys, draft);
    else media = carryMedia(mediaKeys, draft);
  }
  if (listen.length > 0) draft.set('sip.listen', listen);
}

/** True when this interface said something about media. */
function carryMedia(keys: readonly (SemsEntry | undefined)[], draft: SemsDraft): boolean {
  const [mediaIp, low, high, publicIp] = keys;
  if (mediaIp !== undefined) {
    const address = addressOf(mediaIp, draft);
    draft.set('media.address', address === '0.0.0.0' ? 'auto' : address);
  }
  if (publicIp !== undefined) draft.set('media.external', publicIp.value);
  if (low !== undefined || high !== undefined) {
    const from = Math.max(Number(low?.value ?? 1024) || 1024, 1024);
    const to = Math.min(Number(high?.value ?? 65_535) || 65_535, 65_535);
    const even = from + (from % 2);
    if (even < to) draft.set('media.ports', [even, to]);
    else for (const entry of [low, high]) if (entry !== undefined) draft.leaveOut(entry, 'no even port lies between');
  }
  return mediaIp !== undefined || low !== undefined || high !== undefined;
}

/** Of the interfaces after the first that said something about media. */
function carryFurtherMedia(keys: readonly (SemsEntry | undefined)[], draft: SemsDraft): void {
  const [mediaIp, low, high, publicIp] = keys;
  if (mediaIp !== undefined && addressOf(mediaIp, draft) !== draft.get('media.address')) {
    draft.set('media.address', 'auto');
    draft.notes.push(`${mediaIp.key}: media.address is auto: of several, the one by which the peer is reached`);
  }
  for (const entry of [low, high])
    if (entry !== undefined) draft.leaveOut(entry, 'one port range serves all listeners');
  if (publicIp !== undefined && draft.get('media.external') !== publicIp.value)
    draft.notes.push(`${publicIp.key}: told in SIP; SDP has media.external, which is one for all interfaces`);
}

function addressOf({ key, value }: SemsEntry, draft: SemsDraft): string {
  const plain = value.replace(/^\[(.*)\]$/, '$1');
  if (isIpAddress(plain)) return plain;
  draft.notes.push(`${key}=${value}: devices are not named here; all addresses are listened on`);
  return '0.0.0.0';
}

/** Reference/applications 1.1, 1.2. */
function carryApplication(entry: SemsEntry | undefined, mapping: readonly string[] | null, draft: SemsDraft): void {
  if (mapping !== null) draft.set('calls.mapping', mapping);
  if (entry === undefined) draft.notes.push('sems.conf names no application: the embedded rules of routing: serve');
  else draft.set('routing', [{ application: entry.value }]);
}

function carryCodecs(entries: ReadonlyMap<string, SemsEntry>, { codecs }: SemsTarget, draft: SemsDraft): void {
  const first = entries.get('codec_order');
  const excluded = entries.get('exclude_payloads');
  if (first === undefined && excluded === undefined) return;
  const isOf = (codec: string, name: string): boolean => codec.toLowerCase().replace(/\/.*/, '') === name.toLowerCase();
  const named = (entry: SemsEntry | undefined, separator: string, unknown: string): string[] =>
    (entry?.value ?? '').split(separator).flatMap((each) => {
      const name = each.trim();
      const found = codecs.filter((codec) => isOf(codec, name));
      if (found.length === 0 && name !== '' && entry !== undefined) draft.leaveOut({ ...entry, value: name }, unknown);
      return found;
    });
  const order = named(first, ',', 'it is not among the codecs that are offered');
  const without = named(excluded, ';', 'it is not offered anyway');
  const kept = [...new Set([...order, ...codecs])].filter((codec) => !without.includes(codec));
  if (kept.length > 0) draft.set('media.codecs', kept);
  else draft.notes.push('exclude_payloads leaves no codec: it was not carried');
  if (first !== undefined) draft.set('media.codecOrder', 'local');
}

/** Lists the modules; gives the names of those that will run. */
function carryModules(
  entries: ReadonlyMap<string, SemsEntry>,
  folder: SemsFolder,
  target: SemsTarget,
  draft: SemsDraft,
): ReadonlySet<string> {
  const load = entries.get('load_plugins');
  const exclude = entries.get('exclude_plugins');
  const split = (entry: SemsEntry | undefined): string[] =>
    (entry?.value ?? '')
      .split(';')
      .map((name) => name.trim().replace(/\.so$/, ''))
      .filter((name) => name !== '');
  const listed = split(load);
  const excluded = new Set(split(exclude));
  if (load === undefined || listed.length === 0) {
    // SEMS takes whatever lies in its folder; what has a file of its own is what was meant to run.
    draft.notes.push('load_plugins is empty: the modules that have a file of their own are listed');
    listed.push(...[...folder.modules.keys()].filter((name) => !excluded.has(name)));
  } else if (exclude !== undefined) draft.leaveOut(exclude, 'SEMS ignores it beside load_plugins');
  const loaded = new Set<string>();
  for (const given of listed) {
    const name = Object.hasOwn(renamed, given) ? (renamed[given] ?? given) : given;
    if (target.modules.has(name)) {
      draft.set(`modules.${name}`, draft.get(`modules.${name}`) ?? {});
      loaded.add(name);
    } else if (!builtIn.has(name) && load !== undefined) {
      const reason = target.planned.includes(name) ? 'this version does not have it' : 'there is no such module';
      draft.leaveOut({ ...load, value: given }, reason);
    }
  }
  return loaded;
}

/** One `<module>.conf`. */
function carryFile(
  file: string,
  entries: readonly SemsEntry[],
  loaded: ReadonlySet<string>,
  { modules, planned }: SemsTarget,
  draft: SemsDraft,
): void {
  const name = Object.hasOwn(renamed, file) ? (renamed[file] ?? file) : file;
  for (const entry of entries) {
    if (loaded.has(name)) carryModuleKey(name, modules.get(name), entry, draft);
    else if (planned.includes(name)) draft.leaveOut(entry, `this version does not have the module ${name}`);
    else draft.leaveOut(entry, `${name} is not loaded`);
  }
}

function printed({ config, notCarried, notes }: SemsDraft): string {
  const remarks = [
    'Made from the configuration of SEMS.',
    ...(notes.length === 0 ? [] : ['', 'Notes:', ...notes.map((note) => `- ${note}`)]),
    ...(notCarried.length === 0
      ? []
      : ['', 'Not carried:', ...notCarried.map((each) => `- ${describeNotCarried(each)}`)]),
  ];
  // A remark is text of SEMS's files: nothing in it may end the comment.
  const comment = remarks.map((line) => `# ${line.replace(/[\r\n\u2028\u2029]/g, ' ')}`.trimEnd()).join('\n');
  return `${comment}\n\n${stringify(config, { lineWidth: 118 })}`;
}

/** `sems.conf:12: dscp_sip=184: why not`. */
export function describeNotCarried({ file, line, key, value, reason }: NotCarried): string {
  return `${file}:${line}: ${key}${value === '' ? '' : `=${value}`}: ${reason}`;
}
