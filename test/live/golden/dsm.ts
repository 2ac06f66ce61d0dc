/** di-interfaces 5.8, row by row. */
import { gives, notExported, type Step, tooFew, wrongType } from './transcript.ts';

/** What the folder holds: `diags/first.dsm` (loaded, an application), `diags/<wire>.dsm`, `conf/extra.conf`. */
export const script = `initial state BEGIN;
state END;
transition "end" BEGIN - hangup -> END;
`;

/** Names of applications last as long as the server: each wire registers one of its own. */
export const dsm = (folder: string, wire: string): readonly Step[] => {
  const post = ['SystemDSM_1', [['action', 'take']]];
  const already = (name: string): readonly [number, string] => [
    400,
    `DSM named '${name}' already loaded (use reloadDSMs to reload all)`,
  ];
  /** The reason behind SEMS's text is ours. */
  const absent = `${folder}/diags/nosuch.dsm`;
  const taken = [500, 'Error registering DSM application (already registered?)'];
  return [
    gives(
      'dsm._list',
      [],
      [
        'postDSMEvent',
        'reloadDSMs',
        'loadDSM',
        'loadDSMWithPath',
        'loadDSMWithPaths',
        'preloadModules',
        'preloadModule',
        'hasDSM',
        'listDSMs',
        'registerApplication',
        'loadConfig',
        'createSystemDSM',
      ],
    ),
    gives('dsm.reloadDSMs', [], [200, 'DSMs reloaded']),
    gives('dsm.listDSMs', [], ['first']),
    gives('dsm.hasDSM', ['first'], ['1']),
    gives('hasDSM', ['first', 'first'], ['1']),
    gives('dsm.hasDSM', [wire], ['0']),
    gives('dsm.loadDSM', [wire], [200, `loaded ${wire} from ${folder}/diags/${wire}.dsm`]),
    gives('loadDSM', [wire], already(wire)),
    gives('dsm.loadDSMWithPath', [wire, `${folder}/diags/`, ''], already(wire)),
    gives('di', ['dsm', 'listDSMs'], ['first', wire]),
    gives('dsm.listDSMs', ['nosuch'], []),
    gives('dsm.hasDSM', [wire, 'nosuch'], ['0']),
    gives(
      'dsm.loadDSM',
      ['nosuch'],
      [500, `error loading nosuch from ${absent}: ${absent}:1:1: there is no file ${absent}`],
    ),
    gives('dsm.registerApplication', [wire], [200, 'registered DSM application']),
    gives('dsm.registerApplication', [wire], taken),
    gives('dsm.registerApplication', ['first'], taken),
    gives('dsm.registerApplication', ['nosuch'], [400, 'unknown application (DSM)']),
    gives('registerApplication', [wire, 'nosuch'], [400, 'unknown application (DSM)']),
    gives('dsm.preloadModules', [], [200, 'modules preloaded']),
    gives('dsm.preloadModule', ['mod_dlg', ''], [200, 'module preloaded.']),
    gives(
      'dsm.preloadModule',
      ['mod_nosuch', ''],
      [500, "importing module 'mod_nosuch' for preload: preload_mods: there is no module mod_nosuch"],
    ),
    gives('dsm.loadConfig', ['extra.conf', 'extra.conf'], [200, 'OK']),
    gives('dsm.loadConfig', ['nosuch.conf', 'nosuch.conf'], [500, `reload config failed: ${folder}/conf/nosuch.conf`]),
    gives('dsm.createSystemDSM', ['main', 'first'], [200, 'OK']),
    gives('createSystemDSM', ['nosuch', 'first'], [500, "Error: Script config 'nosuch' not found, in [main, extra]"]),
    gives('dsm.postDSMEvent', post, [200, 'OK']),
    gives('postDSMEvent', ['SystemDSM_1', []], [200, 'OK']),
    gives('dsm.postDSMEvent', ['nosuch', [['action', 'take']]], [404, 'Session not found']),
    gives('di', ['dsm', 'postDSMEvent', 'nosuch', []], [404, 'Session not found']),
    notExported('dsm', 'nosuch', []),
    tooFew('dsm.postDSMEvent', ['nosuch'], 'missing parameters; 2 needed, 1 given'),
    tooFew('dsm.hasDSM', [], 'missing name; 1 needed, 0 given'),
    wrongType('dsm.postDSMEvent', ['nosuch', 'action'], 'argument 2 (parameters): expected a list, got "action"'),
    wrongType('dsm.postDSMEvent', ['SystemDSM_1', ['action']], 'parameters[0]: expected [name, value], both texts'),
    wrongType('dsm.loadDSM', [1], 'argument 1 (name): expected a string of 1 to 200 characters, got 1'),
    gives('dsm.reloadDSMs', [], [200, 'DSMs reloaded']),
    gives('dsm.listDSMs', [], ['first']),
  ];
};
