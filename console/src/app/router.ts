// SPDX-License-Identifier: Apache-2.0
// Where the reader is. Links are ordinary <a href>; those to the console's own pages are followed
// without loading anything (follow_links).
import { computed, signal } from '@preact/signals';

const here = signal(location.pathname + location.search);

export const path = computed(() => here.value.split('?')[0]!);
export const query = computed(() => new URLSearchParams(here.value.split('?')[1] ?? ''));

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === here.value) return;
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
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
  addEventListener('popstate', () => {
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
