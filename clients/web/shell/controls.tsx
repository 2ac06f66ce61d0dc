/** Buttons, fields and meters of all pages. */
import type { ComponentChildren, InputHTMLAttributes, TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: () => void;
  /** Default: quiet. */
  readonly kind?: 'primary' | 'danger' | 'quiet' | 'plain';
  readonly size?: 'small' | 'large';
  readonly disabled?: boolean;
  /** A button that stays pressed. */
  readonly pressed?: boolean;
  /** What a screen reader says, where `children` is not enough. */
  readonly label?: string;
  readonly title?: string;
  readonly type?: 'button' | 'submit';
  readonly class?: string;
}

export function Button({ kind = 'quiet', size, pressed, label, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      class={`button ${kind} ${size ?? ''} ${rest.class ?? ''}`}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...(label === undefined ? {} : { 'aria-label': label })}
    />
  );
}

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: 'text' | 'password' | 'number' | 'search' | 'tel' | 'url';
  /** Under the field. */
  readonly hint?: string;
  /** Under the field, instead of the hint, and read out. */
  readonly fault?: string;
  readonly placeholder?: string;
  readonly autoFocus?: boolean;
  readonly autoComplete?: 'off' | 'username' | 'current-password' | 'name';
  readonly required?: boolean;
  readonly disabled?: boolean;
  /** The label is for screen readers only. */
  readonly hideLabel?: boolean;
  readonly inputMode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'url';
  /** Several lines. */
  readonly rows?: number;
  /** Suggestions. */
  readonly options?: readonly string[];
}

export function Field({ label, value, onInput, hint, fault, hideLabel = false, rows, options, ...rest }: FieldProps) {
  const id = useId();
  const below = fault ?? hint;
  const { autoFocus = false, autoComplete = 'off', type, inputMode, ...others } = rest;
  const shared = {
    ...others,
    value,
    autocomplete: autoComplete,
    spellcheck: false,
    ...(autoFocus ? { autofocus: true } : {}),
    ...(below === undefined ? {} : { 'aria-describedby': `${id}-below` }),
    ...(fault === undefined ? {} : { 'aria-invalid': true }),
    onInput: ({ currentTarget }: TargetedInputEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onInput(currentTarget.value),
  };
  const input = {
    ...shared,
    id,
    ...(type === undefined ? {} : { type }),
    ...(inputMode === undefined ? {} : { inputMode }),
    ...(options === undefined ? {} : { list: `${id}-list` }),
  };
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : ''}>
        {label}
      </label>
      {rows === undefined ? (
        <input {...(input as InputHTMLAttributes)} /> // the compiler wants to know which type it has
      ) : (
        <textarea id={id} {...shared} rows={rows} />
      )}
      {options === undefined ? null : (
        <datalist id={`${id}-list`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
      {below === undefined ? null : (
        <p
          id={`${id}-below`}
          class={fault === undefined ? 'hint' : 'fault'}
          {...(fault === undefined ? {} : { role: 'alert' })}
        >
          {below}
        </p>
      )}
    </div>
  );
}

export interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly onChange: (value: string) => void;
  readonly hideLabel?: boolean;
  readonly disabled?: boolean;
  readonly hint?: string;
}

export function Select({ label, value, options, onChange, hideLabel = false, disabled = false, hint }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : ''}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-below` })}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.text}
          </option>
        ))}
      </select>
      {hint === undefined ? null : (
        <p id={`${id}-below`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

export interface SwitchProps {
  readonly label: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly disabled?: boolean;
}

export function Switch({ label, on, onChange, disabled = false }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={on}
        aria-checked={on}
        disabled={disabled}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

export interface MeterProps {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
  readonly hideLabel?: boolean;
}

/** A level; screen readers may ask for it, and are not told of each change. */
export function Meter({ label, value, hideLabel = false }: MeterProps) {
  const bounded = Math.min(1, Math.max(0, value));
  return (
    <div class="meter">
      <span class={hideLabel ? 'unseen' : 'meter-label'} aria-hidden="true">
        {label}
      </span>
      <meter class="unseen" aria-label={label} min={0} max={1} value={bounded} />
      <div class="meter-track" aria-hidden="true">
        <div class="meter-fill" style={{ transform: `scaleX(${bounded.toFixed(3)})` }} />
      </div>
    </div>
  );
}
