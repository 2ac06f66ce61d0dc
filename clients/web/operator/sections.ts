/** The parts of the operator's page, and who may see them. */
import { signal } from '@preact/signals';
import type { Methods } from '../../typescript/index.ts';
import { bus } from '../bus/index.ts';

export interface Section {
  /** What follows `/operator`. */
  readonly path: string;
  readonly title: string;
  /** One of these rights shows it. */
  readonly scopes: readonly string[];
  /** Functions of these modules are asked; empty: of none that may be missing. */
  readonly modules: readonly string[];
}

export const sections: readonly Section[] = [
  { path: '/calls', title: 'Calls', scopes: ['call:read'], modules: [] },
  { path: '/history', title: 'Ended', scopes: ['calls:read'], modules: [] },
  { path: '/rooms', title: 'Rooms', scopes: ['conference:read'], modules: ['conference'] },
  {
    path: '/registrations',
    title: 'Registrations',
    scopes: ['registrar_client:read'],
    modules: ['registrar_client'],
  },
  { path: '/server', title: 'Server', scopes: ['server:read'], modules: [] },
  { path: '/audit', title: 'Audit', scopes: ['audit:admin'], modules: [] },
  { path: '/functions', title: 'Functions', scopes: ['*'], modules: [] },
  { path: '/events', title: 'Events', scopes: ['*'], modules: [] },
];

export type ModuleRow = ReturnType<Methods['server.modules']>[number];

/** What the server is made of; null: it was not asked yet, or did not say. */
export const modules = signal<readonly ModuleRow[] | null>(null);

bus.onOpen(() => {
  if (!bus.may('server:read')) return;
  bus.call('server.modules', []).then(
    (list) => {
      modules.value = list;
    },
    () => {}, // it shows everything then
  );
});

/** Those that this caller has a use for. */
export function sectionsShown(): readonly Section[] {
  const names = modules.value?.map(({ name }) => name) ?? null;
  return sections.filter(
    (section) =>
      section.scopes.some((scope) => (scope === '*' ? bus.scopes.value.length > 0 : bus.may(scope))) &&
      (section.modules.length === 0 || names === null || section.modules.some((name) => names.includes(name))),
  );
}
