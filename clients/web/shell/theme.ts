/** Light, dark, or as the system says; remembered for this browser. */
import { effect, signal } from '@preact/signals';
import { remembered } from './remembered.ts';

export type Theme = 'system' | 'light' | 'dark';

const kept = remembered('theme');

export const theme = signal<Theme>(themeOf(kept.get()));

effect(() => {
  const { documentElement } = document;
  if (theme.value === 'system') documentElement.removeAttribute('data-theme');
  else documentElement.setAttribute('data-theme', theme.value);
  kept.set(theme.value === 'system' ? '' : theme.value);
});

function themeOf(text: string): Theme {
  return text === 'light' || text === 'dark' ? text : 'system';
}
