/** What the lookup needs to know of a call: user and host part of its Request-URI. */
export interface AnnouncementKey {
  readonly user: string;
  readonly domain: string;
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
