import { signal } from '@preact/signals';
import { after } from './time.ts';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

export type Tone = 'info' | 'good' | 'bad';

const shownMs = 6000;
const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/** A sentence for some seconds; read out by screen readers. */
export function toast(text: string, tone: Tone = 'info'): void {
  const id = ++lastId;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone }];
  after(shownMs, () => {
    toasts.value = toasts.value.filter((one) => one.id !== id);
  });
}

/** Where they appear; once, in the frame. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => (
        <p key={id} class={`toast ${tone}`}>
          {text}
        </p>
      ))}
    </div>
  );
}
