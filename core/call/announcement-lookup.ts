/** Which file a caller hears (applications 6.1): SEMS's lookup, shared by the modules that speak to callers. */
import { CodedError, type Files, packageFile, Type } from '../runtime/index.ts';

/** What the lookup needs to know of a call: user and host part of its Request-URI. */
export interface AnnouncementKey {
  readonly user: string;
  readonly domain: string;
}

/** SEMS's keys of the modules that have such files. */
export const announcementKeys = {
  announce_path: Type.String({
    default: '',
    description: 'Folder of the announcements: <domain>/<user>.wav, <user>.wav. Empty: the folder that comes along.',
  }),
  default_announce: Type.String({
    minLength: 1,
    default: 'default.wav',
    description: 'File in announce_path that is played when there is no other; it must exist at the start.',
  }),
};

/** The folder of the announcements, without a final slash. */
export function announcementFolder({ announce_path }: { readonly announce_path: string }): string {
  const folder = announce_path === '' ? packageFile('di-modules/announcement/prompts') : announce_path;
  return folder.replace(/\/+$/, '') || '/';
}

/**
 * The files to look for before the default, in order (applications 6.1): `<folder>/<domain>/<user>.wav`,
 * `<folder>/<user>.wav`. Null when user or domain could leave the folder: they come from the network,
 * and SEMS did not look at them.
 */
export function announcementCandidates(folder: string, { user, domain }: AnnouncementKey): string[] | null {
  if (!isFileName(user) || !isFileName(domain)) return null;
  if (user === '') return [];
  return [...(domain === '' ? [] : [`${folder}/${domain}/${user}.wav`]), `${folder}/${user}.wav`];
}

/** One step of a path and nothing else. Empty is harmless: it is left out. */
function isFileName(text: string): boolean {
  return text.length <= 200 && !/[/\\\0]/.test(text) && text !== '.' && !text.includes('..');
}

/** The first of the candidates that exists; null: none. @throws CodedError `file.missing` for what is no file name. */
export async function announcementIn(files: Files, folder: string, key: AnnouncementKey): Promise<string | null> {
  const candidates = announcementCandidates(folder, key);
  if (candidates === null)
    throw new CodedError('file.missing', 'the user or domain of the Request-URI is no file name');
  for (const path of candidates) if ((await files.stat(path))?.isDirectory === false) return path;
  return null;
}
