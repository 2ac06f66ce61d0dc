/** Rows of the names that the scripts in these tests use; what they do is of no interest here. */
import type {
  DsmAction,
  DsmCondition,
  DsmEventType,
  DsmParameterForm,
  DsmParameterKind,
} from '../../../../../core/index.ts';
import { createVocabulary } from '../../../../../di-modules/dsm/language/index.ts';

type Spec = readonly [form: DsmParameterForm, ...names: string[]];

/** `$x` in front of a parameter's name: the name of a variable. */
const kinds: { readonly [form in DsmParameterForm]: readonly DsmParameterKind[] } = {
  none: [],
  '1P': ['R'],
  '2P,': ['R', 'R'],
  '2P,?': ['R', 'R'],
  '2P=': ['N', 'R'],
  raw: ['R'],
};

function actionsOf(specs: readonly Spec[]): DsmAction[] {
  return specs.flatMap(([form, ...names]) =>
    names.map((spelled): DsmAction => {
      const name = spelled.replace(/\$$/, '');
      const own = name === spelled ? kinds[form] : kinds[form].map((): DsmParameterKind => 'N');
      const parameters = own.map((kind, index) => ({ name: ['first', 'second'][index] ?? '', kind }));
      return { name, summary: `Does ${name}.`, form, parameters, run: () => undefined };
    }),
  );
}

function conditionsOf(specs: readonly (readonly [event: DsmEventType | null, ...names: string[]])[]): DsmCondition[] {
  return specs.flatMap(([event, ...names]) =>
    names.map((name): DsmCondition => {
      const parameters = [{ name: 'expression', kind: 'L' as const }];
      return { name, summary: `True on ${name}.`, form: 'raw', parameters, event };
    }),
  );
}

const core = {
  actions: actionsOf([
    ['none', 'repost', 'returnFSM', 'break', 'throwOnError', 'flushPlaylist', 'connectMedia', 'disconnectMedia'],
    ['none', 'closePlaylist', 'setInOutPlaylist', 'setInputPlaylist', 'removeTimers', 'B2B.terminateOtherLeg', 'mute'],
    ['1P', 'stop', 'jumpFSM', 'callFSM', 'playPrompt', 'recordFile', 'removeTimer', 'logAll', 'logParams', 'logVars'],
    ['1P', 'registerEventQueue', 'unregisterEventQueue', 'inc$', 'clear$'],
    ['2P,', 'log', 'logs', 'setTimer', 'append', 'B2B.connectCallee', 'substr'],
    ['2P,?', 'playFile', 'throw', 'postEvent', 'addSeparator'],
    ['2P=', 'set', 'sets', 'eval', 'setVar', 'var'],
    ['raw', 'DI', 'DIgetResult'],
  ]),
  conditions: [
    ...conditionsOf([
      [null, 'test'],
      ['Start', 'start'],
      ['Invite', 'invite'],
      ['SessionStart', 'sessionStart'],
      ['EarlySession', 'early'],
      ['Ringing', 'ringing'],
      ['FailedCall', 'failed'],
      ['Hangup', 'hangup'],
      ['Key', 'key', 'keyTest'],
      ['Timer', 'timer', 'timerTest'],
      ['NoAudio', 'noAudio', 'noAudioTest'],
      ['DSMEvent', 'event', 'eventTest'],
      ['B2BOtherReply', 'B2B.otherReply'],
      ['B2BOtherBye', 'B2B.otherBye'],
      ['RemoteDisappeared', 'remoteDisappeared'],
      ['Startup', 'startup'],
      ['Reload', 'reload'],
      ['System', 'system'],
    ]),
    {
      name: 'keyPress',
      summary: 'True on that key.',
      form: 'raw' as const,
      parameters: [{ name: 'key', kind: 'L' as const }],
      event: 'Key' as const,
      test: (script: { readonly parameters: ReadonlyMap<string, string> | null }, key: string) =>
        script.parameters?.get('key') === key,
    },
  ],
};

const modules = [
  [
    'mod_dlg',
    [
      ['2P,?', 'dlg.reply', 'dlg.acceptInvite'],
      ['1P', 'dlg.dialout', 'dlg.getOtherId$'],
    ],
  ],
  [
    'mod_mysql',
    [
      ['1P', 'mysql.connect', 'mysql.query'],
      ['2P,?', 'mysql.queryGetResult', 'mysql.getResult'],
    ],
  ],
  [
    'mod_conference',
    [
      ['2P,?', 'conference.join', 'conference.rejoin', 'conference.teejoin'],
      ['1P', 'conference.setPlayoutType'],
      ['none', 'conference.leave', 'conference.teeleave'],
    ],
  ],
  ['mod_monitoring', [['2P,?', 'monitoring.set', 'monitoring.log']]],
  ['mod_uri', [['2P,?', 'uri.parse']]],
  ['mod_utils', [['2P,?', 'utils.playCountRight', 'utils.splitStringCR']]],
  ['mod_sys', [['2P=', 'sys.popen']]],
  ['mod_py', [['raw', 'py']]],
] as const satisfies readonly (readonly [string, readonly Spec[]])[];

export const vocabulary = createVocabulary(
  core,
  modules.map(([name, specs]) => ({ name, summary: name, actions: actionsOf(specs), conditions: [] })),
);
