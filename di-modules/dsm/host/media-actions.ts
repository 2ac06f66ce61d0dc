/** Core actions of playback, recording and media (reference/dsm 4.4), as rows. */
import { type DsmAction, DsmException, type DsmScript } from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { keyOfNumber } from './call-events.ts';
import { DsmCall } from './call-script.ts';

/** The script, which must have a call. @throws DsmException `core`: "throw `core` (cause says not implemented)". */
export function callScript(script: DsmScript): DsmCall {
  if (script instanceof DsmCall) return script;
  throw new DsmException('core', { cause: 'not implemented for a script without a call' });
}

type Row = Omit<DsmAction, 'form' | 'parameters'>;

const none = (row: Row): DsmAction => ({ form: 'none', parameters: [], ...row });
const one = (name: string, row: Row): DsmAction => ({ form: '1P', parameters: [{ name, kind: 'R' }], ...row });
const oneOrTwo = (first: string, second: string, row: Row): DsmAction => ({
  form: '2P,?',
  parameters: [
    { name: first, kind: 'R' },
    { name: second, kind: 'R' },
  ],
  ...row,
});

/** Puts the error in `$errno`, as these actions do besides throwing. */
async function playing(script: DsmScript, play: (call: DsmCall) => void | Promise<void>): Promise<undefined> {
  const call = callScript(script);
  await play(call);
  script.clearError();
}

function milliseconds(text: string): number {
  const value = text === '' ? 0 : parseUnsigned(text);
  if (value === null) throw new DsmException('core', { cause: `${text} is no number` });
  return value;
}

const isTrue = (text: string): boolean => text === 'true';

/** Of the tones that a telephone network plays. */
const toneLevel = 8000;

function playSilence(script: DsmScript, text: string, where: 'back' | 'front'): Promise<undefined> {
  const lengthMs = milliseconds(text);
  return playing(script, ({ playlist }) => playlist.play({ kind: 'silence', lengthMs }, where));
}

function playRingtone(script: DsmScript, name: string, front: string): Promise<undefined> {
  const figure = (key: string): number => milliseconds(script.variables.get(`${name}.${key}`));
  const [f, f2] = [figure('f'), figure('f2')];
  const frequenciesHz = [f, f2].filter((hertz) => hertz > 0);
  const tone = { onMs: figure('on'), offMs: figure('off'), lengthMs: figure('length') };
  return playing(script, ({ playlist }) =>
    playlist.play({ kind: 'tone', frequenciesHz, level: toneLevel, ...tone }, isTrue(front) ? 'front' : 'back'),
  );
}

export const mediaActions: readonly DsmAction[] = [
  one('name', {
    name: 'playPrompt',
    summary: 'Plays a prompt of the active set.',
    throws: ['prompt'],
    run: (script, name) => playing(script, ({ playlist }) => playlist.playPrompt(name)),
  }),
  one('name', {
    name: 'playPromptFront',
    summary: 'Plays a prompt at once; what plays now goes on afterwards.',
    throws: ['prompt'],
    run: (script, name) => playing(script, ({ playlist }) => playlist.playPrompt(name, { where: 'front' })),
  }),
  one('name', {
    name: 'playPromptLooped',
    summary: 'Plays a prompt over and over.',
    throws: ['prompt'],
    run: (script, name) => playing(script, ({ playlist }) => playlist.playPrompt(name, { loop: true })),
  }),
  one('set', {
    name: 'setPrompts',
    aliases: ['setPromptSet'],
    summary: 'Makes a prompt set the active one, a language for example.',
    throws: ['prompt'],
    run: (script, set) => playing(script, ({ playlist }) => playlist.usePrompts(set)),
  }),
  oneOrTwo('path', 'loop', {
    name: 'playFile',
    summary: 'Plays an audio file; `true`: over and over.',
    throws: ['file'],
    run: (script, path, loop) => playing(script, ({ playlist }) => playlist.playFile(path, { loop: isTrue(loop) })),
  }),
  oneOrTwo('path', 'loop', {
    name: 'playFileFront',
    summary: 'Plays an audio file at once; what plays now goes on afterwards.',
    throws: ['file'],
    run: (script, path, loop) =>
      playing(script, ({ playlist }) => playlist.playFile(path, { loop: isTrue(loop), where: 'front' })),
  }),
  one('ms', {
    name: 'playSilence',
    summary: 'Plays silence, ms long.',
    throws: ['core'],
    run: (script, text) => playSilence(script, text, 'back'),
  }),
  one('ms', {
    name: 'playSilenceFront',
    summary: 'Plays silence at once, ms long.',
    throws: ['core'],
    run: (script, text) => playSilence(script, text, 'front'),
  }),
  {
    name: 'playRingtone',
    summary: 'Plays a tone by $struct.length, .on, .off (ms), .f, .f2 (Hz); length 0: without end.',
    form: '2P,?',
    parameters: [
      { name: 'struct', kind: 'N' },
      { name: 'front', kind: 'R' },
    ],
    throws: ['core'],
    run: playRingtone,
  },
  one('path', {
    name: 'recordFile',
    summary: 'Records what the peer says to a file; what was being recorded ends.',
    throws: ['file'],
    run: (script, path) => playing(script, ({ recorder }) => recorder.start(path)),
  }),
  none({
    name: 'stopRecord',
    summary: 'Ends the recording and closes its file.',
    errno: ['script'],
    async run(script) {
      if (await callScript(script).recorder.stop()) script.clearError();
      else script.setError('script', 'stopRecord used while not recording');
      return undefined;
    },
  }),
  {
    name: 'getRecordLength',
    summary: 'Puts the length so far, ms, in a variable.',
    form: '1P',
    parameters: [{ name: 'variable', kind: 'RN' }],
    errno: ['script'],
    run(script, name) {
      const { recorder } = callScript(script);
      script.variables.set(name || 'record_length', String(recorder.lengthMs));
      if (recorder.active) script.clearError();
      else script.setError('script', 'getRecordLength used while not recording');
      return undefined;
    },
  },
  {
    name: 'getRecordDataSize',
    summary: 'Puts the bytes so far in a variable.',
    form: '1P',
    parameters: [{ name: 'variable', kind: 'RN' }],
    errno: ['script'],
    async run(script, name) {
      const { recorder } = callScript(script);
      script.variables.set(name || 'record_data_size', String(await recorder.dataSize()));
      if (recorder.active) script.clearError();
      else script.setError('script', 'getRecordDataSize used while not recording');
      return undefined;
    },
  },
  none({
    name: 'flushPlaylist',
    summary: 'Drops all that plays or waits to; no noAudio follows.',
    run: (script) => void callScript(script).playlist.flush(),
  }),
  none({
    name: 'closePlaylist',
    summary: 'Old name of flushPlaylist.',
    run(script) {
      script.log.warn('DSM: closePlaylist is deprecated: use flushPlaylist');
      callScript(script).playlist.flush();
      return undefined;
    },
  }),
  ...(['setInOutPlaylist', 'setInputPlaylist', 'setOutputPlaylist'] as const).map((name) =>
    none({
      name,
      summary: 'Makes the playlist what is heard by the peer.',
      run: (script) => void callScript(script).playlist.connect(),
    }),
  ),
  oneOrTwo('id', 'front', {
    name: 'addSeparator',
    summary: 'An event `separator` when the playlist comes to it; `true`: in front.',
    errno: ['arg'],
    run(script, id, front) {
      if (parseUnsigned(id) === null) script.setError('arg', `separator id ${id} is no number`);
      else {
        callScript(script).playlist.addSeparator(String(parseUnsigned(id)), isTrue(front) ? 'front' : 'back');
        script.clearError();
      }
      return undefined;
    },
  }),
  none({
    name: 'connectMedia',
    summary: 'The playlist is played, and what comes in is read.',
    run: (script) => void callScript(script).playlist.connect(),
  }),
  none({
    name: 'disconnectMedia',
    summary: 'Nothing is sent or read; the playlist stands still.',
    run: (script) => void callScript(script).playlist.disconnect(),
  }),
  none({
    name: 'enableReceiving',
    summary: 'What comes in is read.',
    run: (script) => void callScript(script).playlist.setReceiving(true),
  }),
  none({
    name: 'disableReceiving',
    summary: 'What comes in is dropped unread.',
    run: (script) => void callScript(script).playlist.setReceiving(false),
  }),
  none({
    name: 'enableForceDTMFReceiving',
    summary: 'Keys are read also while receiving is off.',
    run: (script) => void callScript(script).playlist.setForcedKeys(true),
  }),
  none({
    name: 'disableForceDTMFReceiving',
    summary: 'Keys are not read while receiving is off.',
    run: (script) => void callScript(script).playlist.setForcedKeys(false),
  }),
  one('on', {
    name: 'monitorRTPTimeout',
    summary: 'RTP that stays away is watched for only with `true` (which is so at first).',
    run: (script, on) => {
      callScript(script).watchesRtp = isTrue(on);
      return undefined;
    },
  }),
  none({
    name: 'mute',
    summary: 'Nothing is sent; the playlist goes on.',
    run: (script) => void callScript(script).playlist.setMuted(true),
  }),
  none({
    name: 'unmute',
    summary: 'What is played is sent again.',
    run: (script) => void callScript(script).playlist.setMuted(false),
  }),
  none({
    name: 'enableDTMFDetection',
    summary: 'Keys become events.',
    run: (script) => {
      callScript(script).hearsKeys = true;
      return undefined;
    },
  }),
  none({
    name: 'disableDTMFDetection',
    summary: 'Keys become no events.',
    run: (script) => {
      callScript(script).hearsKeys = false;
      return undefined;
    },
  }),
  oneOrTwo('event', 'ms', {
    name: 'sendDTMF',
    summary: 'Presses one key by its number: 10 is *, 11 is #.',
    throws: ['core'],
    run(script, event, ms) {
      const number = parseUnsigned(event);
      if (number === null) throw new DsmException('core', { cause: `event ${event} is no number` });
      const key = keyOfNumber(number);
      if (key === null) script.log.warn('DSM: there is no key of that number', { event });
      else callScript(script).call.sendKeys(key, { durationMs: keyMs(ms) });
      return undefined;
    },
  }),
  oneOrTwo('keys', 'ms', {
    name: 'sendDTMFSequence',
    summary: 'Presses keys, one after the other; what is no key is left out.',
    throws: ['core'],
    run(script, keys, ms) {
      const durationMs = keyMs(ms);
      callScript(script).call.sendKeys(keys.toUpperCase().replace(/[^0-9*#A-D]/g, ''), { durationMs });
      return undefined;
    },
  }),
];

/** Longest key; a script's mistake must not hold the line. */
const longestKeyMs = 60_000;

function keyMs(text: string): number {
  return text === '' ? 500 : Math.min(longestKeyMs, Math.max(1, milliseconds(text)));
}
