/** What is around every page: navigation, sign-in, status. */
import { type Signal, signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { bus } from '../bus/index.ts';
import { Button } from './controls.tsx';
import { Page } from './page.tsx';
import { type Route, route } from './route.ts';
import { SignIn } from './sign-in.tsx';
import { signInShown } from './sign-in-shown.ts';
import { StatusLine } from './status-line.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { Toasts } from './toast.tsx';

type Pages = {
  readonly phone: ComponentType;
  readonly conference: ComponentType<{ room: string; pin: string }>;
  readonly operator: ComponentType<{ path: string }>;
};

const loaders: { readonly [name in keyof Pages]: () => Promise<Pages[name]> } = {
  phone: async () => (await import('../phone/index.tsx')).PhonePage,
  conference: async () => (await import('../conference/index.tsx')).ConferencePage,
  operator: async () => (await import('../operator/index.tsx')).OperatorPage,
};

const loaded: Signal<Partial<Pages>> = signal({});
const failed = signal(false);

async function load(page: keyof Pages): Promise<void> {
  if (loaded.value[page] !== undefined) return;
  failed.value = false;
  try {
    const component = await loaders[page]();
    loaded.value = { ...loaded.value, [page]: component };
  } catch {
    // The server was updated meanwhile, or is away.
    failed.value = true;
  }
}

export function Frame() {
  const { page } = route.value;
  useEffect(() => void load(page), [page]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header page={page} />
      <Shown route={route.value} />
      <StatusLine />
      <Toasts />
      {/* A conference asks for its PIN itself: its guests have no token. */}
      {(bus.state.value === 'signIn' && page !== 'conference') || signInShown.value ? <SignIn /> : null}
    </>
  );
}

function Shown({ route: shown }: { readonly route: Route }) {
  const { phone: Phone, conference: Conference, operator: Operator } = loaded.value;
  if (shown.page === 'phone' && Phone !== undefined) return <Phone />;
  if (shown.page === 'conference' && Conference !== undefined)
    return <Conference key={shown.room} room={shown.room} pin={shown.pin} />;
  if (shown.page === 'operator' && Operator !== undefined) return <Operator path={shown.path} />;
  return (
    <Page title="Callbus" hideTitle>
      {failed.value ? (
        <p class="empty">
          This part of the page could not be loaded. <Button onClick={() => location.reload()}>Load again</Button>
        </p>
      ) : (
        <p class="empty" aria-busy="true">
          Loading…
        </p>
      )}
    </Page>
  );
}

function Header({ page }: { readonly page: Route['page'] }) {
  const links = [
    { href: '/', text: 'Phone', is: page === 'phone' },
    ...(page === 'conference' ? [{ href: location.pathname + location.hash, text: 'Conference', is: true }] : []),
    ...(bus.may('server:read') || bus.state.value !== 'open'
      ? [{ href: '/operator', text: 'Operator', is: page === 'operator' }]
      : []),
  ];
  return (
    <header class="header">
      <a class="brand" href="/" aria-label="Callbus, to the phone">
        <Mark />
        <span>Callbus</span>
      </a>
      <nav aria-label="Pages">
        {links.map(({ href, text, is }) => (
          <a key={text} href={href} {...(is ? { 'aria-current': 'page' as const } : {})}>
            {text}
          </a>
        ))}
      </nav>
      <ThemeSwitch />
    </header>
  );
}

function Mark() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M8 13v6M13 9v14M18 12v8M23 7v18" />
    </svg>
  );
}
