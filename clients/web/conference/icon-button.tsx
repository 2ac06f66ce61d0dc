import { Icon, type IconName } from './icons.tsx';

export interface IconButtonProps {
  readonly icon: IconName;
  /** What it does; read out, and shown when the pointer rests. */
  readonly label: string;
  readonly onClick: () => void;
  /** A button that stays pressed. */
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly disabled?: boolean;
  readonly tabIndex?: number;
  readonly class?: string;
}

/** A button that is a picture with a word for those who do not see it. */
export function IconButton({ icon, label, pressed, expanded, class: name = '', ...rest }: IconButtonProps) {
  return (
    <button
      {...rest}
      type="button"
      class={`icon-button ${name}`}
      aria-label={label}
      title={label}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...(expanded === undefined ? {} : { 'aria-expanded': expanded })}
    >
      <Icon name={icon} />
    </button>
  );
}
