import { type Theme, theme } from './theme.ts';

const order: readonly Theme[] = ['system', 'light', 'dark'];
const names: { readonly [one in Theme]: string } = { system: 'as the system', light: 'light', dark: 'dark' };

/** Goes round: as the system says, light, dark. */
export function ThemeSwitch() {
  const now = theme.value;
  const next = order[(order.indexOf(now) + 1) % order.length] ?? 'system';
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Colours: ${names[now]}. Change to ${names[next]}`}
      title={`Colours: ${names[now]}`}
      onClick={() => {
        theme.value = next;
      }}
    >
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        {now === 'light' ? (
          <path d="M12 4V2m0 20v-2m8-8h2M2 12h2m13.7-5.7 1.4-1.4M4.9 19.1l1.4-1.4m11.4 0 1.4 1.4M4.9 4.9l1.4 1.4M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z" />
        ) : now === 'dark' ? (
          <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />
        ) : (
          <path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 0v18m3-17.5v17m3-14.8v12.6" />
        )}
      </svg>
    </button>
  );
}
