/** BUNDLE (RFC 8843): several lines over one transport; we take one audio line of it. */
import { hasFlag } from './media-attributes.ts';
import type { SdpAttribute, SdpMedia, SessionDescription } from './types.ts';

export function midOf({ attributes }: SdpMedia): string | null {
  const mid = attributes.find(({ name }) => name === 'mid')?.value?.trim() ?? '';
  return /^[\x21-\x7e]{1,64}$/.test(mid) ? mid : null;
}

/** Groups that are read, and mids of each: there are not more lines. */
const most = 32;
/** Asked for by each line and attribute; a description is not changed. */
const bundles = new WeakMap<readonly SdpAttribute[], readonly (readonly string[])[]>();

function bundlesOf({ attributes }: SessionDescription): readonly (readonly string[])[] {
  let known = bundles.get(attributes);
  if (known === undefined) {
    known = attributes
      .filter(({ name }) => name === 'group')
      .slice(0, most)
      .flatMap(({ value }) => {
        const [semantics, ...mids] = (value ?? '').trim().split(/\s+/, most + 1);
        return semantics === 'BUNDLE' ? [mids] : [];
      });
    bundles.set(attributes, known);
  }
  return known;
}

/** The mids of the bundle that a line is in, the tagged one first; null: in none. */
export function bundleOf(description: SessionDescription, media: SdpMedia): readonly string[] | null {
  const mid = midOf(media);
  return mid === null ? null : (bundlesOf(description).find((mids) => mids.includes(mid)) ?? null);
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
