import type { Prompt } from './types.ts';
import type { PlayItem, StreamSnapshot } from './worker/protocol.ts';

/** The playlist of a snapshot. Prompts have other numbers in another process: they are found again by their paths. */
export async function restoredItems(
  snapshot: StreamSnapshot,
  load: (path: string) => Promise<Prompt>,
): Promise<PlayItem[]> {
  const paths: { readonly [id: string]: unknown } = Object.fromEntries(Object.entries(snapshot.state['prompts'] ?? {}));
  const items: PlayItem[] = [];
  for (const item of snapshot.items) {
    if (item.kind !== 'prompt' && item.kind !== 'mixIn') {
      items.push(item);
      continue;
    }
    const path = paths[item.prompt];
    const prompt = typeof path === 'string' ? await load(path).catch(() => null) : null;
    items.push({ ...item, prompt: prompt?.id ?? 0 });
  }
  return items;
}
