/** Text to speech. */
import { CodedError, DsmException, type DsmModule } from '../../../../core/index.ts';
import { audioCache } from '../audio-cache.ts';
import { action } from '../rows.ts';
import { callOf, serverOf } from '../server.ts';
import { speech } from './speech.ts';

const maxChars = 2000;
const voiceName = /^[A-Za-z0-9][A-Za-z0-9_+-]{0,39}$/;

export const say: DsmModule = {
  name: 'mod_say',
  summary: 'Text to speech, by espeak-ng or flite; what was said before is not made again.',
  actions: [
    action.twoMaybe(
      'text:T',
      'voice',
    )({
      name: 'say',
      summary: 'Says a text, in which $name, #name and @name are replaced; quote one that has commas.',
      errno: ['arg', 'say'],
      async run(script, text, voice) {
        const { audio } = callOf(script);
        const context = serverOf(script);
        if (text.trim() === '' || text.length > maxChars || (voice !== '' && !voiceName.test(voice))) {
          script.setError('arg', `say: a text of 1 to ${maxChars} characters, and a voice such as en or de`);
          return undefined;
        }
        try {
          const path = await audioCache(context, 'say').pathOf(JSON.stringify([voice, text]), 'wav', () =>
            speech(context, text, voice),
          );
          await audio.playFile(path);
          script.clearError();
        } catch (fault) {
          if (!(fault instanceof CodedError) && !(fault instanceof DsmException)) throw fault;
          script.log.warn('DSM: mod_say', { reason: fault.message });
          script.setError('say', fault.message);
        }
        return undefined;
      },
    }),
  ],
  conditions: [],
};
