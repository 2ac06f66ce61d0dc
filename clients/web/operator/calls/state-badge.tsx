const words: { readonly [state: string]: readonly [text: string, tone: string] } = {
  new: ['New', ''],
  early: ['Ringing', 'warn'],
  connected: ['Connected', 'good'],
  ending: ['Ending', 'bad'],
  ended: ['Ended', ''],
};

/** The state of a call as a word and a colour. */
export function StateBadge({ state }: { readonly state: string }) {
  const [text, tone] = words[state] ?? [state, ''];
  return <span class={`badge ${tone}`}>{text}</span>;
}
