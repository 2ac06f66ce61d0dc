import type { ComponentChildren } from 'preact';

interface BoxProps {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly class?: string;
}

/** What scrolls by itself, so that the keyboard must reach it. */
export function ScrollBox({ label, children, class: name = '' }: BoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section class={`scroll-box ${name}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** Text as it is, in a box that scrolls. */
export function Source({ children, class: name = '', ...box }: BoxProps) {
  return (
    <ScrollBox {...box} class={`source ${name}`}>
      <pre>{children}</pre>
    </ScrollBox>
  );
}
