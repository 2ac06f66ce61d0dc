import type { ComponentChildren } from 'preact';

/** Text as it is, in a box that scrolls and that the keyboard reaches. */
export function Source({
  label,
  children,
  class: name = '',
}: {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly class?: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section class={`source ${name}`} aria-label={label} tabIndex={0}>
      <pre>{children}</pre>
    </section>
  );
}
