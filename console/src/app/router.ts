// SPDX-License-Identifier: Apache-2.0
// Where the reader is. Links are ordinary <a href>; those to the console's own pages are followed
// without loading anything (follow_links).
import { computed, signal } from '@preact/signals';
import { isUnsaved, mayLeave } from './unsaved';

const here = signal(location.pathname + location.search);

export const path = computed(() => here.value.split('?')[0]!);
export const query = computed(() => new URLSearchParams(here.value.split('?')[1] ?? ''));

/** Which entry of the history is on view, so that a step away from it can be taken back. */
let place = 0;

/** Goes there; from a page with unsaved edits only if whoever is asked agrees. */
export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === here.value) return;
  if (isUnsaved() && to.split('?')[0] !== path.value) void mayLeave().then((yes) => yes && go(to, how));
  else go(to, how);
}

function go(to: string, how: 'push' | 'replace'): void {
  if (how === 'push') history.pushState({ place: (place += 1) }, '', to);
  else history.replaceState({ place }, '', to);
  here.value = to;
  if (how === 'push') document.getElementById('main')?.scrollTo(0, 0);
}

/** Changes the query alone, for filters: in place, so that Back leaves the page. */
export function setQuery(changes: Record<string, string | undefined>): void {
  const words = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value) words.set(name, value);
    else words.delete(name);
  }
  const text = words.toString();
  navigate(path.value + (text ? `?${text}` : ''), 'replace');
}

const elsewhere = ['/api/', '/metrics', '/healthz', '/readyz', '/version', '/openapi.yaml'];

/** Whether the console has the page, or the server something else under that path. */
export function isPage(pathname: string): boolean {
  return !elsewhere.some((prefix) => pathname === prefix || (prefix.endsWith('/') && pathname.startsWith(prefix)));
}

export function followLinks(): void {
  place = placeOf(history.state);
  history.replaceState({ place }, '');
  addEventListener('popstate', ({ state }) => {
    const step = placeOf(state) - place;
    if (step === 0) return;
    if (isUnsaved() && location.pathname !== path.value) {
      // The browser has gone already: back to the edits, and there again if they are given up.
      history.go(-step);
      void mayLeave().then((yes) => yes && history.go(step));
      return;
    }
    place += step;
    here.value = location.pathname + location.search;
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (!isPage(link.pathname)) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

function placeOf(state: unknown): number {
  const kept = (state as { place?: unknown } | null)?.place;
  return typeof kept === 'number' ? kept : 0;
}

/**
 * The values of the names in a pattern such as "/devices/:endpoint/:tab?", decoded; undefined if
 * the path is another one.
 */
export function match(pattern: string, pathname: string): Record<string, string> | undefined {
  const wanted = pattern.split('/').slice(1);
  const given = pathname.split('/').slice(1);
  if (given.length > wanted.length) return undefined;
  const found: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const word = given[at];
    if (part.startsWith(':')) {
      const name = part.replace(/[:?]/g, '');
      if (word) found[name] = decode(word);
      else if (!part.endsWith('?')) return undefined;
    } else if (part !== word) {
      return undefined;
    }
  }
  return found;
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word; // a stray percent sign that somebody typed
  }
}

/** The page of a device. Colons stay readable. */
export function devicePath(endpoint: string, tab = ''): string {
  const name = encodeURIComponent(endpoint).replace(/%3A/g, ':');
  return `/devices/${name}${tab && `/${tab}`}`;
}
