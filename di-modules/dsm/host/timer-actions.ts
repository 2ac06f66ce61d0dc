/** Core actions of timers and system scripts (reference/dsm 4.5), as rows. */
import { CodedError, type DsmAction, DsmException } from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { hostScript } from './host-script.ts';

const longestSeconds = 365 * 24 * 3600;

export const timerActions: readonly DsmAction[] = [
  {
    name: 'setTimer',
    summary: 'An event `timer` with that id after so many seconds; the same id restarts.',
    form: '2P,',
    parameters: [
      { name: 'id', kind: 'R' },
      { name: 'seconds', kind: 'R' },
    ],
    errno: ['arg', 'config'],
    run(script, idText, secondsText) {
      const id = parseUnsigned(idText);
      const seconds = parseUnsigned(secondsText);
      if (id === null || seconds === null || seconds > longestSeconds)
        script.setError('arg', `timer ${idText.slice(0, 40)}: ${secondsText.slice(0, 40)} is no number of seconds`);
      else if (hostScript(script).timers.set(String(id), seconds)) script.clearError();
      else script.setError('config', 'the script has too many timers');
      return undefined;
    },
  },
  {
    name: 'removeTimer',
    summary: 'Stops the timer of that id.',
    form: '1P',
    parameters: [{ name: 'id', kind: 'R' }],
    errno: ['arg'],
    run(script, text) {
      const id = parseUnsigned(text);
      if (id === null) script.setError('arg', `timer id ${text.slice(0, 40)} is no number`);
      else {
        hostScript(script).timers.remove(String(id));
        script.clearError();
      }
      return undefined;
    },
  },
  {
    name: 'removeTimers',
    summary: 'Stops all timers of this script.',
    form: 'none',
    parameters: [],
    run(script) {
      hostScript(script).timers.removeAll();
      script.clearError();
      return undefined;
    },
  },
  {
    name: 'createSystemDSM',
    summary: 'Starts a script without a call.',
    form: '2P,',
    parameters: [
      { name: 'config', kind: 'R', summary: '`main`, or the name of a bundle.' },
      { name: 'diagram', kind: 'R' },
    ],
    throws: ['core'],
    run(script, config, diagram) {
      try {
        hostScript(script).services.createSystemScript(config, diagram, 'Startup');
      } catch (fault) {
        if (!(fault instanceof CodedError)) throw fault;
        throw new DsmException('core', { cause: fault.detail });
      }
      return undefined;
    },
  },
];
