/** Drawings of the phone's buttons; what they mean always stands beside them in words. */
const paths = {
  phone:
    'M6.6 3.5h2.6l1.5 4-2 1.4a11.6 11.6 0 0 0 6.4 6.4l1.4-2 4 1.5v2.6a2 2 0 0 1-2.2 2C11.2 18.8 5.2 12.800 4.600 5.700a2 2 0 0 1 2-2.200Z',
  hangUp: 'M3 13.500c5-4.700 13-4.700 18 0l-1.500 2.800-4-1.300v-2.500c-2.300-.7-4.700-.7-7 0V15l-4 1.300Z',
  mute: 'M12 15a3.200 3.200 0 0 0 3.200-3.200V6.200a3.200 3.200 0 0 0-6.400 0v5.600A3.200 3.200 0 0 0 12 15Zm6.500-3.500a6.500 6.500 0 0 1-13 0M12 18v3',
  hold: 'M9 5v14M15 5v14',
  keypad: 'M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01',
  transfer: 'M4 8h13m0 0-3.500-3.500M17 8l-3.500 3.500M20 16H7m0 0 3.500-3.500M7 16l3.500 3.500',
  echo: 'M5 12h.01M9 9v6M13 6v12M17 9v6M21 11v2',
  room: 'M8.500 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm7.500 0a2.500 2.500 0 1 0 0-5M3 19a5.500 5.500 0 0 1 11 0m1.500-5.200A5 5 0 0 1 21 19',
  announcement: 'M4 10v4h3l6 4V6l-6 4Zm12.500-1.500a5 5 0 0 1 0 7M19 6a8.500 8.500 0 0 1 0 12',
} as const;

export function Icon({ name }: { readonly name: keyof typeof paths }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
