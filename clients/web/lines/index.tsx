import { signal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { bus, type JsonObject, type JsonValue } from '../bus/index.ts';
import { Button, remembered, toast } from '../shell/index.ts';
import { curlLine } from './curl.ts';
import { pythonLines } from './python.ts';
import type { LineRequest } from './request.ts';

export interface LinesProps {
  readonly method: string;
  /** By name, or by position. */
  readonly params: JsonObject | readonly JsonValue[];
  /** Names of the parameters by position: with them the Python line can speak XML-RPC. */
  readonly order?: readonly string[];
  /** Parameters whose values never stand in a line; passwords, tokens and PINs are known by their names. */
  readonly secrets?: readonly string[];
  /** Above the lines; default: what they are. */
  readonly title?: string;
}

type Language = 'curl' | 'python';

const languages: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'curl', name: 'curl' },
  { id: 'python', name: 'Python' },
];
const kept = remembered('lines');
const chosen = signal<Language>(kept.get() === 'python' ? 'python' : 'curl');

/** The lines of a shell and of Python that would do the same as a click here. */
export function Lines({ method, params, order, secrets, title = 'The same from a program' }: LinesProps) {
  const id = useId();
  const code = useRef<HTMLElement>(null);
  const request: LineRequest = {
    method,
    params,
    order,
    secrets,
    origin: location.origin,
    signedIn: bus.name.value !== '' && bus.name.value !== 'local',
  };
  const text = chosen.value === 'curl' ? curlLine(request) : pythonLines(request);
  return (
    <section class="lines" aria-label={title}>
      <div class="lines-head">
        <span class="lines-title">{title}</span>
        <fieldset class="lines-languages">
          <legend class="unseen">Language</legend>
          {languages.map(({ id: language, name }) => (
            <label key={language}>
              <input
                type="radio"
                name={id}
                checked={chosen.value === language}
                onChange={() => {
                  chosen.value = language;
                  kept.set(language);
                }}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <Button size="small" onClick={() => void copy(text, code.current)}>
          Copy
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard */}
      <section class="lines-text" tabIndex={0} aria-label={`${title}, ${chosen.value}`}>
        <pre>
          <code ref={code} data-language={chosen.value}>
            {text}
          </code>
        </pre>
      </section>
    </section>
  );
}

/** Without the right to write to the clipboard the text is selected: two keys do the rest. */
async function copy(text: string, shown: HTMLElement | null): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast('Copied.', 'good');
  } catch {
    if (shown !== null) getSelection()?.selectAllChildren(shown);
    toast('This browser does not let the page copy: the lines are selected, press Ctrl+C.');
  }
}
