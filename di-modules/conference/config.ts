import { packageFile, playoutKeys, type Static, sessionTimerKeys, Type } from '../../core/index.ts';

/** `modules.conference`: SEMS's keys (`conference.conf`). */
export const ConferenceConfigSchema = Type.Object(
  {
    audio_path: Type.String({
      default: '',
      description: 'Folder of the prompts. Empty: the folder that comes along.',
    }),
    default_announce: Type.String({
      minLength: 1,
      default: 'first_participant.wav',
      description: 'What the first participant hears; relative to audio_path unless it begins with /. Must exist.',
    }),
    join_sound: Type.String({
      default: 'beep.wav',
      description: 'What the others hear when somebody joins; relative as above; empty: nothing.',
    }),
    drop_sound: Type.String({
      default: 'beep.wav',
      description: 'What the others hear when somebody leaves; relative as above; empty: nothing.',
    }),
    max_participants: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'Further callers get 486 Busy Here; 0: no limit.',
    }),
    use_rfc4240_rooms: Type.Boolean({
      default: false,
      description: 'Only addresses sip:conf=<room>@… lead to a room, others get 404 (RFC 4240, 5).',
    }),
    ...playoutKeys,
    dialout_suffix: Type.String({
      default: '',
      description: 'Dial-out by keys.',
      'x-not-built': true,
    }),
    play_path: Type.String({
      default: '',
      description: 'Folder of what conference.play may play. Empty: audio_path.',
    }),
    recordings_path: Type.String({
      default: '',
      description: "Folder of what conference.record writes. Empty: conference-recordings in the server's storage.",
    }),
    max_recordings: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 500,
      description: 'Files that are recorded at the same time, in all rooms.',
    }),
    automatic_gain: Type.Boolean({ default: false, description: 'Rooms begin with automatic gain; see setRoom.' }),
    noise_gate: Type.Boolean({ default: false, description: 'Rooms begin with the noise gate; see setRoom.' }),
    noise_gate_db: Type.Integer({
      minimum: -90,
      maximum: -10,
      default: -50,
      description: 'What the noise gate holds back: below this, dBov.',
    }),
    speaking_events: Type.Boolean({ default: false, description: 'Rooms begin with conference.speaking events.' }),
    ...sessionTimerKeys,
  },
  { additionalProperties: false, default: {}, description: 'Meet-me rooms named by the user part.' },
);
export type ConferenceConfig = Static<typeof ConferenceConfigSchema>;

/** The folder of the prompts, without a final slash. */
export function audioFolder({ audio_path }: ConferenceConfig): string {
  const folder = audio_path === '' ? packageFile('di-modules/conference/prompts') : audio_path;
  return folder.replace(/\/+$/, '') || '/';
}

/** A prompt's path: as it is when it begins with `/`, else in the folder. */
export const promptPath = (folder: string, file: string): string => (file.startsWith('/') ? file : `${folder}/${file}`);
