/** The address bar as a signal. */
import { signal } from '@preact/signals';
import { decodedPart } from './text.ts';

export type Route =
  | { readonly page: 'phone' }
  /** `pin`: what stands after the `#`; it never reaches the server. */
  | { readonly page: 'conference'; readonly room: string; readonly pin: string }
  /** `path`: what follows `/operator`, such as `/calls`; empty for the first page. */
  | { readonly page: 'operator'; readonly path: string };

export const route = signal<Route>(routeOf(location.pathname, location.hash));

/** Goes to a path of this page (`/operator/calls`, `/c/4711#1234`) without loading it again. */
export function navigate(path: string): void {
  history.pushState(null, '', path);
  follow();
  scrollTo(0, 0);
}

/** Puts another path into the address bar, with no step back to the old one. */
export function replacePath(path: string): void {
  history.replaceState(null, '', path);
  follow();
}

function routeOf(path: string, hash: string): Route {
  const [, first = '', ...rest] = path.split('/');
  if (first === 'c' && rest[0] !== undefined && rest[0] !== '')
    return { page: 'conference', room: decodedPart(rest[0]), pin: decodedPart(hash.replace(/^#/, '')) };
  if (first === 'operator') return { page: 'operator', path: rest.map((part) => `/${part}`).join('') };
  return { page: 'phone' };
}

function follow(): void {
  route.value = routeOf(location.pathname, location.hash);
}

addEventListener('popstate', follow);
addEventListener('hashchange', follow);
// Links to the page itself change the route only.
document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || link.target !== '') return;
  if (!/^\/($|c\/|operator(\/|$))/.test(link.pathname)) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
});
