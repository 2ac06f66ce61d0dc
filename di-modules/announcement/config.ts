import { announcementKeys, Type } from '../../core/index.ts';

/** `modules.announcement`: SEMS's keys (`announcement.conf`). */
export const AnnouncementConfigSchema = Type.Object(
  {
    ...announcementKeys,
    loop: Type.Boolean({ default: false, description: 'Play without end instead of hanging up after the file.' }),
  },
  { additionalProperties: false, default: {}, description: 'Answers, plays one file, hangs up.' },
);
