import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

export interface PageProps {
  /** The heading, and with it the title of the tab. */
  readonly title: string;
  readonly children: ComponentChildren;
  /** Beside the heading. */
  readonly actions?: ComponentChildren;
  /** The heading is for screen readers only. */
  readonly hideTitle?: boolean;
  /** The whole width of the window. */
  readonly wide?: boolean;
}

/** What stands between the header and the status line. */
export function Page({ title, children, actions, hideTitle = false, wide = false }: PageProps) {
  useEffect(() => {
    document.title = title === 'Callbus' ? title : `${title} · Callbus`;
  }, [title]);
  return (
    <main id="main" class={wide ? 'page wide' : 'page'} tabIndex={-1}>
      <div class={hideTitle && actions === undefined ? 'unseen' : 'page-head'}>
        <h1 class={hideTitle ? 'unseen' : ''}>{title}</h1>
        {actions === undefined ? null : <div class="actions">{actions}</div>}
      </div>
      {children}
    </main>
  );
}

/** A part of a page with a heading of its own. */
export function Card({
  title,
  children,
  class: name = '',
}: {
  readonly title?: string;
  readonly children: ComponentChildren;
  readonly class?: string;
}) {
  return (
    <section class={`card ${name}`} {...(title === undefined ? {} : { 'aria-label': title })}>
      {title === undefined ? null : <h2>{title}</h2>}
      {children}
    </section>
  );
}
