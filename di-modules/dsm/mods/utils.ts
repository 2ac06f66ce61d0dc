import type { DsmAction, DsmModule, DsmScript } from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { action, condition } from './rows.ts';
import { callOf } from './server.ts';
import { numberActions, textActions } from './utils-actions.ts';
import { countNames, type UnitPlace } from './utils-count.ts';

function namesOf(script: DsmScript, text: string, units: UnitPlace): readonly string[] | null {
  const count = parseUnsigned(text);
  if (count !== null && count < 2 ** 31) return countNames(count, units);
  script.setError('arg', `${text.slice(0, 80)} is no number to be spoken`);
  return null;
}

function playCount(name: string, units: UnitPlace): DsmAction {
  return action.twoMaybe(
    'number',
    'folder',
  )({
    name,
    summary: `Speaks a number; units ${units === 'right' ? 'behind' : 'before'} the tens (${units === 'right' ? 'English' : 'German'}).`,
    errno: ['arg'],
    throws: ['file'],
    async run(script, number, folder) {
      const { audio } = callOf(script);
      const names = namesOf(script, number, units);
      if (names === null) return undefined;
      for (const each of names) await audio.playFile(`${folder}${each}.wav`);
      script.clearError();
      return undefined;
    },
  });
}

function getCount(name: string, units: UnitPlace, suffix: string): DsmAction {
  return action.twoMaybe(
    'number',
    'folder',
  )({
    name,
    summary: `The files that speak a number, in $count_file[0], …${suffix === '' ? ', without .wav' : ''}.`,
    errno: ['arg'],
    run(script, number, folder) {
      const names = namesOf(script, number, units);
      if (names === null) return undefined;
      for (const [i, each] of names.entries()) script.variables.set(`count_file[${i}]`, `${folder}${each}${suffix}`);
      script.clearError();
      return undefined;
    },
  });
}

/** Of the tones that a telephone network plays, as in `playRingtone`. */
const toneLevel = 8000;

/** Numbers, texts, lists (reference/dsm 5.3). */
export const modUtils: DsmModule = {
  name: 'mod_utils',
  summary: 'Numbers, texts, spoken numbers, JSON.',
  actions: [
    playCount('utils.playCountRight', 'right'),
    playCount('utils.playCountLeft', 'left'),
    getCount('utils.getCountRight', 'right', '.wav'),
    getCount('utils.getCountLeft', 'left', '.wav'),
    getCount('utils.getCountRightNoSuffix', 'right', ''),
    getCount('utils.getCountLeftNoSuffix', 'left', ''),
    action.twoMaybe(
      'word',
      'folder',
    )({
      name: 'utils.spell',
      summary: 'Plays a file for each character.',
      throws: ['file'],
      async run(script, word, folder) {
        const { audio } = callOf(script);
        for (const char of word) await audio.playFile(`${folder}${char}.wav`);
        return undefined;
      },
    }),
    ...numberActions,
    ...textActions,
    action.twoMaybe(
      'length',
      'on,off,f,f2:L',
    )({
      name: 'utils.playRingTone',
      summary: 'Plays a ringing tone: length (ms, 0: without end), on 2000, off 4000 (ms), f 440, f2 480 (Hz).',
      run(script, length, rest) {
        const texts = rest.split(',').map((text) => script.resolve(text.trim()));
        const figure = (i: number, standard: number): number => parseUnsigned(texts[i] || String(standard)) ?? standard;
        callOf(script).audio.play({
          kind: 'tone',
          frequenciesHz: [figure(2, 440), figure(3, 480)].filter((hertz) => hertz > 0),
          level: toneLevel,
          onMs: figure(0, 2000),
          offMs: figure(1, 4000),
          lengthMs: parseUnsigned(length) ?? 0,
        });
        return undefined;
      },
    }),
  ],
  conditions: [
    condition.two(
      'key',
      'list',
    )({
      name: 'utils.isInList',
      summary: 'The key is an entry of the comma list.',
      test: (_script, key, list) => list.split(',').some((entry) => entry.trim() === key),
    }),
    condition.two(
      'text',
      'prefix',
    )({
      name: 'utils.startsWith',
      summary: 'The text begins so.',
      test: (_script, text, prefix) => text.startsWith(prefix),
    }),
  ],
};
