const words: { readonly [state: string]: readonly [text: string, tone: string] } = {
  new: ['New', ''],
  early: ['Ringing', 'warn'],
  connected: ['Connected', 'good'],
  ending: ['Ending', 'bad'],
  ended: ['Ended', ''],
};

export function StateBadge({ state }: { readonly state: string }) {
  const [text, tone] = words[state] ?? [state, ''];
  return <span class={`badge ${tone}`}>{text}</span>;
}
