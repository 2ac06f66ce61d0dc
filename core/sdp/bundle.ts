/** BUNDLE (RFC 8843): several lines over one transport; we take one audio line of it. */
import { hasFlag } from './media-attributes.ts';
import type { SdpAttribute, SdpMedia, SessionDescription } from './types.ts';

export function midOf({ attributes }: SdpMedia): string | null {
  const mid = attributes.find(({ name }) => name === 'mid')?.value?.trim() ?? '';
  return /^[\x21-\x7e]{1,64}$/.test(mid) ? mid : null;
}

/** The mids of the bundle that a line is in, the tagged one first; null: in none. */
export function bundleOf({ attributes }: SessionDescription, media: SdpMedia): readonly string[] | null {
  const mid = midOf(media);
  if (mid === null) return null;
  for (const { name, value } of attributes) {
    const [semantics, ...mids] = name === 'group' ? (value ?? '').trim().split(/\s+/) : [];
    if (semantics === 'BUNDLE' && mids.includes(mid)) return mids;
  }
  return null;
}

/** Port 0 of a line that exists in its bundle only is no refusal (RFC 8843 6). */
export function isLive(description: SessionDescription, media: SdpMedia): boolean {
  return media.port !== 0 || (hasFlag(media, 'bundle-only') && bundleOf(description, media) !== null);
}

/**
 * The attributes of that name that hold for the transport of a line: its own, those of the tagged line of
 * its bundle (RFC 8843 7.1.3: the others need not have them), the session's.
 */
export function transportAttributes(
  description: SessionDescription,
  media: SdpMedia,
  name: string,
): readonly SdpAttribute[] {
  const [taggedMid] = bundleOf(description, media) ?? [];
  const tagged = taggedMid === undefined ? undefined : description.media.find((line) => midOf(line) === taggedMid);
  for (const { attributes } of [media, tagged ?? media, description]) {
    const found = attributes.filter((each) => each.name === name);
    if (found.length > 0) return found;
  }
  return [];
}
