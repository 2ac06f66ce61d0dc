import { packageFile, type Static, Type } from '../../core/index.ts';

/** `modules.announcement`: SEMS's keys (`announcement.conf`). */
export const AnnouncementConfigSchema = Type.Object(
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
    loop: Type.Boolean({ default: false, description: 'Play without end instead of hanging up after the file.' }),
  },
  { additionalProperties: false, default: {}, description: 'Answers, plays one file, hangs up.' },
);
export type AnnouncementConfig = Static<typeof AnnouncementConfigSchema>;

/** The folder of the announcements, without a final slash. */
export function announceFolder({ announce_path }: AnnouncementConfig): string {
  const folder = announce_path === '' ? packageFile('di-modules/announcement/prompts') : announce_path;
  return folder.replace(/\/+$/, '') || '/';
}
