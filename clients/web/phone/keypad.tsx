import { useEffect } from 'preact/hooks';

const keys = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
] as const;
const words: { readonly [key: string]: string } = { '*': 'star', '#': 'hash' };

export interface KeypadProps {
  readonly onKey: (key: string) => void;
  /** Keys of the keyboard count too, wherever nothing is typed. */
  readonly keyboard?: boolean;
}

/** Twelve keys as on a telephone. */
export function Keypad({ onKey, keyboard = false }: KeypadProps) {
  useEffect(() => {
    if (!keyboard) return;
    const listener = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (/^[0-9*#]$/.test(event.key)) onKey(event.key);
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, [keyboard, onKey]);
  return (
    <fieldset class="keypad">
      <legend class="unseen">Keypad</legend>
      {keys.map(([key, letters]) => (
        <button
          key={key}
          type="button"
          class="keypad-key"
          {...(words[key] === undefined ? {} : { 'aria-label': words[key] })}
          onClick={() => onKey(key)}
        >
          <span>{key}</span>
          <small>{letters}</small>
        </button>
      ))}
    </fieldset>
  );
}
