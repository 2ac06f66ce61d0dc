import { type Static, sessionTimerKeys, Type } from '../../core/index.ts';

/** A comma list, as SEMS writes it, or a YAML list. */
const Names = (description: string) =>
  Type.Union([Type.String(), Type.Array(Type.String())], { default: '', description });
/** `yes`/`no`, as SEMS writes it, or a YAML boolean. */
const Switch = (standard: boolean, description: string) =>
  Type.Union([Type.Boolean(), Type.Literal('yes'), Type.Literal('no')], { default: standard, description });
const Path = (description: string) => Type.String({ default: '', description });

/** `modules.dsm`: the keys of SEMS's `dsm.conf`, and a few of ours. Any other key is `$config.<key>` for scripts. */
export const DsmConfigSchema = Type.Object(
  {
    diag_path: Path('Folder of scripts (name.dsm).'),
    load_diags: Names('Diagrams to load, without .dsm; one that does not load keeps the server from starting.'),
    mod_path: Path('Accepted for the sake of old files: modules come with the server, or as plugins.'),
    preload_mods: Names('Modules of scripts to prepare before scripts load (mod_py, mod_aws, mod_xml).'),
    register_apps: Names('Loaded diagrams that are applications of their own name.'),
    inbound_start_diag: Path(
      'Diagram of incoming calls to the application dsm; $(mon_select): looked up in monitoring. Empty: none.',
    ),
    outbound_start_diag: Path('Diagram of calls that we place with the application dsm. Empty: none.'),
    load_prompts: Names('Prompt lists: files with lines name=path.'),
    required_prompts: Names('Prompts that must be there.'),
    prompts_sets_path: Path('Folder of prompt sets.'),
    load_prompts_sets: Names('Prompt sets: files (with or without .conf) of that folder, by language for example.'),
    run_invite_event: Switch(false, 'Accepted: the event `invite` is always raised.'),
    set_param_variables: Switch(false, 'Entries of P-App-Param become variables.'),
    run_system_dsms: Names('Diagrams that run without a call, from the start on.'),
    conf_dir: Path('Folder of bundles: name.conf in the syntax of SEMS, or name.yaml, each with these keys.'),
    debug_raw_dsm: Switch(false, 'Log the text of scripts as they are loaded.'),
    dsm_consistency_check: Switch(true, 'Warn of states that nothing leads to, and the like.'),
    ...sessionTimerKeys,
    enable_session_timer: Switch(false, 'Session timers (RFC 4028) of all calls of scripts, by the keys that follow.'),
    accept_501_reply: Switch(true, 'A 501 to a refresh counts as a sign of life.'),
    monitoring_full_stategraph: Switch(false, 'Monitoring keeps every state that a call was in (dsm_stategraph).'),
    monitoring_full_transitions: Switch(false, 'And every transition.'),
    monitor_select_use_caller: Type.Union([Type.Literal('no'), Type.Literal('from'), Type.Literal('pai')], {
      default: 'from',
      description: '$(mon_select): the caller by From, by P-Asserted-Identity, or not at all.',
    }),
    monitor_select_use_callee: Type.Union(
      [Type.Literal('no'), Type.Literal('ruri'), Type.Literal('to'), Type.Literal('from')],
      { default: 'ruri', description: 'The callee by the Request-URI, by To (also written from), or not at all.' },
    ),
    monitor_select_filters: Names('Further attributes, whose values come from P-App-Param.'),
    monitor_select_fallback: Path('Diagram when monitoring knows of none; empty: 500.'),
    mode: Type.Union([Type.Literal('sems'), Type.Literal('strict')], {
      default: 'sems',
      description:
        'sems: scripts load as SEMS loads them, what it passed over in silence is warned of. strict: that is an error.',
    }),
    scopes: Type.Array(Type.String({ pattern: '^(\\*|[\\w.-]+):(\\*|read|control|admin)$' }), {
      default: ['*:read', '*:control'],
      description: 'What functions scripts may call (DI actions): module:read, module:control, module:admin.',
    }),
    allow_paths: Type.Boolean({
      default: false,
      description: 'Functions may name files outside diag_path, conf_dir and their folders.',
    }),
    sys_paths: Names(
      'Folders where scripts may make, rename and delete files (mod_sys, curl.getFile), beside diag_path, prompts_sets_path and the data folder.',
    ),
    allow_commands: Type.Boolean({
      default: false,
      description: 'Scripts may run commands of the machine: sys.popen, sys.system.',
    }),
    command_timeout_s: Type.Integer({
      minimum: 1,
      maximum: 3600,
      default: 10,
      description: 'A command that a script ran is ended after so many seconds.',
    }),
    trusted_urls: Type.Boolean({
      default: false,
      description:
        'Requests of scripts (mod_curl, mod_http) go wherever those of the operator go, also to private addresses.',
    }),
    rtp_timeout: Type.Union([Type.Literal('end'), Type.Literal('ignore')], {
      default: 'end',
      description: 'A call that falls silent, unless its script sets #processed: ended, or left alone as in SEMS.',
    }),
    linger_s: Type.Integer({
      minimum: 0,
      maximum: 31_536_000,
      default: 3600,
      description: 'A script that goes on after its call was hung up ends after so many seconds; 0: never.',
    }),
    event_budget: Type.Integer({
      minimum: 100,
      maximum: 100_000_000,
      default: 100_000,
      description: 'Steps that one event may take: more is a loop without end, told and broken off.',
    }),
    trace: Type.Union([Type.Literal('off'), Type.Literal('calls'), Type.Literal('values')], {
      default: 'off',
      description:
        'Every event of every script is published as dsm.trace: with the parameters as the script has them (calls), or their values. For tests: it costs more than the scripts do.',
    }),
    max_system_scripts: Type.Integer({ minimum: 1, maximum: 100_000, default: 1000, description: 'At once.' }),
  },
  {
    additionalProperties: { type: ['string', 'number', 'boolean'] },
    default: {},
    description: 'Calls and services written as state machines (DSM scripts).',
  },
);
export type DsmConfig = Static<typeof DsmConfigSchema>;
