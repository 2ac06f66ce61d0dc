import { packageFile, type Static, Type } from '../../core/index.ts';

/** `modules.click2dial`: SEMS's keys (`click2dial.conf`). */
export const Click2DialConfigSchema = Type.Object(
  {
    announce_path: Type.String({
      default: '',
      description: 'Folder of the announcements: <domain>/<user>.wav, <user>.wav. Empty: the folder that comes along.',
    }),
    default_announce: Type.String({
      minLength: 1,
      default: 'default.wav',
      description: 'File in announce_path that is played when there is no other; it must exist at the start.',
    }),
    relay_early_media: Type.Boolean({
      default: true,
      description: 'The caller hears what the callee sends before it answers.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Connects whom di_dial.dial_auth_b2b called with another.' },
);
export type Click2DialConfig = Static<typeof Click2DialConfigSchema>;

/** The folder of the announcements, without a final slash. */
export function announceFolder({ announce_path }: Click2DialConfig): string {
  const folder = announce_path === '' ? packageFile('di-modules/announcement/prompts') : announce_path;
  return folder.replace(/\/+$/, '') || '/';
}
