import { packageFile, type Static, Type } from '../../core/index.ts';

/** `modules.callgen`: SEMS's keys (`callgen.conf`). */
export const CallgenConfigSchema = Type.Object(
  {
    play_file: Type.String({
      default: '',
      description: 'Played in a loop to every call; empty: a file that comes along.',
    }),
    digits_dir: Type.String({
      default: '',
      description: 'Folder of 0.wav … 9.wav and p.wav (#); empty: digits are sent as DTMF.',
    }),
    from_host: Type.String({
      default: 'callgen.example.net',
      pattern: '^[A-Za-z0-9.\\-\\[\\]:]+$',
      description: 'The calls come from sip:callgen@<from_host>.',
    }),
    max_calls: Type.Integer({ minimum: 1, default: 1000, description: 'Calls at once; further ones wait.' }),
  },
  { additionalProperties: false, default: {}, description: 'Generates calls: load on purpose.' },
);
export type CallgenConfig = Static<typeof CallgenConfigSchema>;

/** The file that is played. */
export const playFile = ({ play_file }: CallgenConfig): string =>
  play_file === '' ? packageFile('di-modules/announcement/prompts/default.wav') : play_file;
