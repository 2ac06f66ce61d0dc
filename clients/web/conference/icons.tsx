/** Pictures on buttons: lines on a field of 24 by 24, read by nobody. */
const paths = {
  mic: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21',
  micOff:
    'M9 9.5V11a3 3 0 0 0 4.8 2.4M15 10V6a3 3 0 0 0-5.6-1.5M5.5 11a6.5 6.5 0 0 0 10 5.4M18.5 11a6.6 6.6 0 0 1-.7 3M12 17.5V21M4 3.5l16 17',
  volume: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11',
  chat: 'M4 5.5h16v11H10l-4.5 3.5v-3.5H4zM8 9.5h8M8 12.7h5',
  hand: 'M8 12.5V6a1.5 1.5 0 0 1 3 0v5M11 10.5V4.5a1.5 1.5 0 0 1 3 0v6M14 10.5v-4a1.5 1.5 0 0 1 3 0v8c0 3.5-2.3 6-5.7 6-2.8 0-4.2-1.4-5.4-3.6l-2-3.7c-.6-1.2.9-2.3 1.9-1.3L8 14',
  floor: 'M6 21h12M12 21v-5M5.5 8.5h13l-1.6 7.5H7.1zM9.5 8.5V6a2.5 2.5 0 0 1 5 0',
  private: 'M3.5 5h9v6.5H8L5 14v-2.5H3.5zM15 9.5h5.5V16H19v2.5L16 16h-4.5v-2',
  remove: 'M5 5l14 14M19 5L5 19',
  phoneDown: 'M3.5 14.5c4.5-5 12.5-5 17 0l-2.3 2.4-3.7-1.6v-2.5a9 9 0 0 0-5 0v2.5l-3.7 1.6z',
  keypad: 'M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  unlock: 'M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 6.8-1.2',
  record: 'M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  callIn:
    'M8.5 4H5.2C4.5 4 4 4.6 4 5.2 4 13.4 10.6 20 18.8 20c.6 0 1.2-.5 1.2-1.2v-3.3l-4.2-1.3-1.9 2.1a13 13 0 0 1-6.2-6.2l2.1-1.9zM17 3v6M14 6h6',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L11.8 6.5M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.3-1.3',
  help: 'M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1.1-1.3 2.1M12 17.5h.01',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  send: 'M4 12l16-7.5-5 15.5-3.5-6z',
  people:
    'M9 5a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 9 5zM3 19.5a6 6 0 0 1 12 0M15.5 5.3a3.2 3.2 0 0 1 0 5.9M17.5 14a6 6 0 0 1 3.5 5.5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  const dots = name === 'keypad' || name === 'more';
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" class={dots ? 'icon dots' : 'icon'}>
      <path d={paths[name]} />
    </svg>
  );
}

/** Three bars that move with the voice: who speaks is seen without colour. */
export function Bars({ loud }: { readonly loud: number }) {
  return (
    <svg viewBox="0 0 18 14" aria-hidden="true" class="bars">
      {[0.55, 1, 0.7].map((part, at) => {
        const height = 3 + 10 * Math.min(1, loud * part * 1.2);
        return <rect key={part} x={1 + at * 6} y={(14 - height) / 2} width="4" height={height} rx="2" />;
      })}
    </svg>
  );
}
