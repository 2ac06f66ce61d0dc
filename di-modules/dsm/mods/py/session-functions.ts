import { DsmException, type DsmScript } from '../../../../core/index.ts';
import { allCoreActions } from '../../host/vocabulary.ts';

type Value = string | number | null;
type SessionFunction = (script: DsmScript, args: readonly string[]) => Value | Promise<Value>;

/** An action of the core, as scripts run it; `read`: the variable that it leaves its result in. */
function action(name: string, read?: string): SessionFunction {
  return async (script, [first = '', second = '']) => {
    const row = allCoreActions.find((each) => each.name === name);
    if (row === undefined) throw new DsmException('internal', { cause: `there is no action ${name}` });
    await row.run(script, read ?? first, second);
    return read === undefined ? null : Number(script.variables.get(read));
  };
}

const isTrue = (text: string | undefined): boolean => text === 'true';

/** What the module `session` has in Python (reference/dsm 5.11). */
export const sessionFunctions: { readonly [name: string]: SessionFunction } = {
  var: ({ variables }, [name = '']) => variables.get(name),
  setvar(script, [name = '', value = '']) {
    script.variables.set(name, value);
    return null;
  },
  select: (script, [name = '']) => script.select(name),
  setError(script, [errno = '']) {
    script.setError(errno, errno);
    return null;
  },
  playPrompt: (script, [name = '', loop]) => action(isTrue(loop) ? 'playPromptLooped' : 'playPrompt')(script, [name]),
  playFile: (script, [name = '', loop = '', front]) =>
    action(isTrue(front) ? 'playFileFront' : 'playFile')(script, [name, loop]),
  recordFile: action('recordFile'),
  stopRecord: action('stopRecord'),
  getRecordLength: action('getRecordLength', 'record_length'),
  getRecordDataSize: action('getRecordDataSize', 'record_data_size'),
  flushPlaylist: action('flushPlaylist'),
  setPromptSet: action('setPrompts'),
  addSeparator: action('addSeparator'),
  connectMedia: action('connectMedia'),
  disconnectMedia: action('disconnectMedia'),
  mute: action('mute'),
  unmute: action('unmute'),
  B2BconnectCallee(script, [party = '', uri = '', relayed]) {
    if (relayed !== undefined) script.variables.set('b2b_relayed_invite', relayed);
    return action('B2B.connectCallee')(script, [party, uri]);
  },
  B2BterminateOtherLeg: action('B2B.terminateOtherLeg'),
};
