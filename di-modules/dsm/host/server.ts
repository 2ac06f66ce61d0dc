/** The module's state: configurations, applications, prompts, scripts without calls, and what functions do with them. */
import {
  type Call,
  type CallContext,
  CodedError,
  type Disposable,
  type DsmModule,
  type ModuleContext,
  sessionTimerOf,
} from '../../../core/index.ts';
import { type DsmConfig, DsmConfigSchema } from '../config.ts';
import { engineCounters } from '../engine/index.ts';
import { type Diagram, suggest } from '../language/index.ts';
import { dialVariables, paramVariables } from './app-param.ts';
import type { Bundle } from './bundle.ts';
import { bundleFiles, bundleName, readBundleKeys } from './bundle-files.ts';
import { DsmCall } from './call-script.ts';
import { EventQueues } from './event-queues.ts';
import { Loader } from './loader.ts';
import { type Selected, selectByMonitoring } from './mon-select.ts';
import { PromptBook } from './prompts.ts';
import type { ScriptServices } from './services.ts';
import { bundleSettings, type ConfigKeys, keysOf, type MainSettings, mainSettings } from './settings.ts';
import { SystemScript } from './system-script.ts';
import { scriptVocabulary } from './vocabulary.ts';
import { Watch } from './watch.ts';

/** `User1`, `User2`: SIGUSR1 and SIGUSR2 of SEMS. */
export type SystemEvent = 'User1' | 'User2';

/** An application, and the bundle that its diagram is looked up in. */
interface Registered {
  readonly bundle: string;
  readonly registration: Disposable;
}

const mainName = 'main';
const dsmName = 'dsm';
const monSelect = '$(mon_select)';

export class DsmServer implements ScriptServices {
  readonly context: ModuleContext<DsmConfig>;
  readonly prompts: PromptBook;
  readonly queues: EventQueues;
  readonly watch: Watch;
  readonly counters: ScriptServices['counters'];
  readonly #loader: Loader;
  #keys: ConfigKeys;
  #main: MainSettings;
  /** By name; `main` is one of them. */
  readonly #bundles = new Map<string, Bundle>();
  readonly #applications = new Map<string, Registered>();
  readonly #systemScripts = new Set<SystemScript>();
  #systemCount = 0;

  constructor(context: ModuleContext<DsmConfig>, modules: readonly DsmModule[]) {
    this.context = context;
    this.#keys = keysOf(context.config);
    this.#main = mainSettings(this.#keys);
    this.prompts = new PromptBook({
      files: context.files,
      log: context.log,
      load: (path) => context.calls.prompt(path),
    });
    this.queues = new EventQueues(context.calls);
    this.watch = new Watch(context, () => this.#main);
    this.counters = engineCounters(context.counters);
    this.#loader = new Loader({
      context,
      files: context.files,
      log: context.log,
      modules,
      vocabulary: scriptVocabulary(modules),
      showsText: this.#main.debugRawDsm,
      warns: this.#main.consistencyCheck,
      onLoaded: (bundle, diagram, loaded, faults) =>
        context.publishDeclared('dsm.loaded', { bundle, diagram, loaded, faults: faults.slice(0, 100) }),
    });
  }

  get hooks() {
    return this.watch.hooks;
  }

  main(): MainSettings {
    return this.#main;
  }

  /**
   * "prompts → prompt sets → preload modules → diagrams → register apps → start diags → run_system_dsms → conf_dir
   * bundles". @throws CodedError naming what keeps the server from starting.
   */
  async start(): Promise<void> {
    this.#warnOfKeys(mainName, this.#keys);
    await this.prompts.load(this.#main, dsmName);
    const main = await this.#loader.bundle(mainName, this.#keys, 'sems');
    this.#bundles.set(mainName, main);
    this.#registerAll(main);
    this.#registerDsm(main);
    for (const diagram of main.settings.runSystemDsms) this.createSystemScript(mainName, diagram, 'Startup');
    for (const file of await this.#confFiles()) await this.#startBundle(`${this.#main.confDir}${file}`);
  }

  async stop(): Promise<void> {
    this.watch.close();
    await Promise.all([...this.#systemScripts].map((script) => script.shutDown()));
    this.#systemScripts.clear();
  }

  async #confFiles(): Promise<readonly string[]> {
    const { files, log } = this.context;
    const { confDir } = this.#main;
    if (confDir === '') return [];
    const found = await bundleFiles(files, confDir);
    if (found.length === 0) log.info('DSM: conf_dir has no bundles', { confDir });
    return found;
  }

  async #startBundle(path: string): Promise<void> {
    const bundle = await this.#readBundle(path, bundleName(path));
    await this.prompts.load(bundle.settings, bundle.name);
    this.#bundles.set(bundle.name, bundle);
    this.#registerAll(bundle);
    for (const diagram of bundle.settings.runSystemDsms) this.createSystemScript(bundle.name, diagram, 'Startup');
  }

  async #readBundle(path: string, name: string): Promise<Bundle> {
    const keys = await readBundleKeys(this.context.files, path);
    this.#warnOfKeys(name, keys);
    // What is written in YAML is written for us.
    return this.#loader.bundle(name, keys, path.endsWith('.conf') ? this.#main.mode : 'strict');
  }

  /** Any key may stand for `$config`: one that is almost ours is likely a slip. */
  #warnOfKeys(bundle: string, keys: ConfigKeys): void {
    const known = Object.keys(DsmConfigSchema.properties);
    for (const key of Object.keys(keys)) {
      const meant = known.includes(key) ? null : suggest(key, known);
      if (meant !== null) this.context.log.warn(`DSM: ${bundle}: ${key} is only $config.${key}: is ${meant} meant?`);
    }
  }

  #registerAll(bundle: Bundle): void {
    for (const name of bundle.settings.registerApps) {
      if (!bundle.diagrams.has(name))
        throw new CodedError('config.invalid', `${bundle.name}: register_apps: no diagram ${name} is loaded`);
      this.#register(name, bundle.name);
    }
  }

  #register(name: string, bundle: string): void {
    const registration = this.context.registerApplication({
      name,
      ...this.#sessionTimer(),
      onInvite: (call) => this.#serve(call, this.#bundleOf(name), name),
      originate: (call) => this.#place(call, this.#bundleOf(name), name),
      resume: (call) => this.#endUnresumed(call),
    });
    this.#applications.set(name, { bundle, registration });
  }

  /** The application `dsm`: `inbound_start_diag`, `outbound_start_diag`. */
  #registerDsm(main: Bundle): void {
    const { inboundStartDiag: inbound, outboundStartDiag: outbound } = this.#main;
    for (const [key, diagram] of [
      ['inbound_start_diag', inbound],
      ['outbound_start_diag', outbound],
    ] as const)
      if (diagram !== '' && diagram !== monSelect && !main.diagrams.has(diagram))
        throw new CodedError('config.invalid', `${key}: no diagram ${diagram} is loaded`);
    if (inbound === '' && outbound === '') return;
    this.context.registerApplication({
      name: dsmName,
      ...this.#sessionTimer(),
      onInvite: async (call) => {
        if (inbound === '') call.reject(488);
        else if (inbound !== monSelect) await this.#serve(call, this.#bundle(mainName), inbound);
        else await this.#serveSelected(call);
      },
      resume: (call) => this.#endUnresumed(call),
      ...(outbound === '' ? {} : { originate: (call: Call) => this.#place(call, this.#bundle(mainName), outbound) }),
    });
  }

  /** Where a script was when its server was left is not known here: its call ends, and says why. */
  #endUnresumed(call: Call): void {
    call.log.warn('DSM: scripts are not resumed from a snapshot: the call ends');
    call.session.end({ why: { code: 'call.notRestored', sentence: 'Scripts are not resumed from a snapshot.' } });
  }

  #sessionTimer() {
    return sessionTimerOf(this.#main.sessionTimer);
  }

  async #serveSelected(call: Call): Promise<void> {
    const selected = await selectByMonitoring(call, this.#main.monSelect, (...args) => this.context.invoke(...args));
    if (selected === null) {
      this.context.log.info('DSM: monitoring knows of no diagram for a call', { call: call.tag });
      call.reject(500);
    } else await this.#serve(call, this.#bundleFor(selected), selected.diagram, selected.variables);
  }

  /** The diagram may be an application of a bundle, else it is one of the main ones. */
  #bundleFor({ diagram }: Selected): Bundle {
    return this.#applications.has(diagram) ? this.#bundleOf(diagram) : this.#bundle(mainName);
  }

  /** "`config.*`, then P-App-Param, then mon_select values (later ones win)". */
  async #serve(
    call: Call,
    bundle: Bundle,
    diagram: string,
    selected: readonly (readonly [string, string])[] = [],
  ): Promise<void> {
    const script = new DsmCall(this, bundle, call);
    if (bundle.settings.setParamVariables) setAll(script, paramVariables(call.header('P-App-Param')));
    setAll(script, selected);
    await script.begin(diagram);
  }

  /** "`config.*`, then dial-out variables, then P-App-Param of the given headers". */
  async #place(call: Call, bundle: Bundle, diagram: string): Promise<void> {
    const script = new DsmCall(this, bundle, call);
    setAll(script, dialVariables(call.parameters));
    if (bundle.settings.setParamVariables)
      setAll(script, paramVariables(call.session.dialog.invite.header('P-App-Param')));
    await script.begin(diagram);
  }

  #bundle(name: string): Bundle {
    const bundle = this.#bundles.get(name);
    if (bundle === undefined) {
      const known = [...this.#bundles.keys()].join(', ');
      throw new CodedError('config.invalid', `Error: Script config '${name}' not found, in [${known}]`);
    }
    return bundle;
  }

  /** Of an application; "looked up by registered application name". */
  #bundleOf(application: string): Bundle {
    return this.#bundle(this.#applications.get(application)?.bundle ?? mainName);
  }

  createSystemScript(name: string, diagram: string, event: 'Startup' | 'Reload'): void {
    const bundle = this.#bundle(name);
    if (this.#systemScripts.size >= this.context.config.max_system_scripts)
      throw new CodedError('module.full', 'dsm.max_system_scripts run already');
    this.#systemCount++;
    const script = new SystemScript(this, bundle, `SystemDSM_${this.#systemCount}`);
    this.#systemScripts.add(script);
    script.onEnd(() => void this.#systemScripts.delete(script));
    script.begin(diagram, event);
  }

  /** An event `system` for every script, as SEMS raises it by signal. */
  systemEvent(type: SystemEvent): void {
    for (const script of this.watch.scripts()) script.queueEvent('System', new Map([['type', type]]));
  }

  callContext(tag: string): CallContext {
    const { callContext, config } = this.context;
    return { ...callContext, face: 'script', caller: { name: `script:${tag}`, scopes: config.scopes, limits: {} } };
  }

  // What functions do (di-interfaces 5.8).

  /** Reads `load_diags` anew; what runs keeps what it began with. @throws CodedError. */
  async reload(): Promise<void> {
    this.#bundles.set(mainName, await this.#loader.bundle(mainName, this.#keys, 'sems'));
  }

  /** Adds one diagram to the main ones. False: it is there already. @throws CodedError. */
  async loadDiagram(name: string, folder: string | null): Promise<boolean> {
    const main = this.#bundle(mainName);
    if (main.diagrams.has(name)) return false;
    const path = folder ?? main.settings.diagPath;
    const diagram = await this.#loader.diagram(mainName, path, name, main.settings.mode);
    const diagrams = new Map<string, Diagram>([...main.diagrams, [name, diagram]]);
    this.#bundles.set(mainName, this.#loader.made(main.name, main.keys, main.settings, diagrams));
    return true;
  }

  diagPath(): string {
    return this.#main.diagPath;
  }

  /** @throws CodedError. */
  preload(names: readonly string[] | null): Promise<void> {
    return this.#loader.preload(names ?? bundleSettings(this.#keys, 'sems').preloadMods, this.#keys);
  }

  /** Of the main ones, or of an application's bundle; empty: no such application. */
  diagrams(application: string | null): readonly string[] {
    if (application === null) return [...this.#bundle(mainName).diagrams.keys()];
    return this.#applications.has(application) ? [...this.#bundleOf(application).diagrams.keys()] : [];
  }

  /** Makes a loaded diagram callable. */
  registerApplication(name: string, application: string | null): 'registered' | 'unknown' | 'taken' {
    const bundle = application === null ? mainName : (this.#applications.get(application)?.bundle ?? '');
    if (this.#bundles.get(bundle)?.diagrams.has(name) !== true) return 'unknown';
    try {
      this.#register(name, bundle);
      return 'registered';
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      return 'taken';
    }
  }

  /** Loads a bundle, or loads it anew: new calls use it, "its system DSMs are started with Reload". @throws CodedError. */
  async loadConfig(path: string, name: string): Promise<void> {
    const bundle = await this.#readBundle(path, name);
    for (const app of bundle.settings.registerApps)
      if (!bundle.diagrams.has(app))
        throw new CodedError('config.invalid', `${name}: register_apps: no diagram ${app} is loaded`);
    this.#bundles.set(name, bundle);
    for (const app of bundle.settings.registerApps) {
      const known = this.#applications.get(app);
      if (known === undefined) this.#register(app, name);
      else if (known.bundle !== name) this.#applications.set(app, { ...known, bundle: name });
    }
    for (const diagram of bundle.settings.runSystemDsms) this.createSystemScript(name, diagram, 'Reload');
  }

  confDir(): string {
    return this.#main.confDir;
  }

  applications(): readonly { readonly name: string; readonly bundle: string }[] {
    return [...this.#applications].map(([name, { bundle }]) => ({ name, bundle }));
  }
}

function setAll(script: DsmCall, variables: Iterable<readonly [string, string]>): void {
  for (const [name, value] of variables) script.variables.set(name, value);
}
