// SPDX-License-Identifier: Apache-2.0
// Light or dark: as the system has it, or as chosen here.
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const kept = localStorage.getItem('theme');
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');

const systemDark = matchMedia('(prefers-color-scheme: dark)');
/** Counts changes of the colours, for what has to draw anew. */
export const colours = signal(0);

effect(() => {
  if (theme.value === 'system') {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem('theme');
  } else {
    document.documentElement.dataset.theme = theme.value;
    localStorage.setItem('theme', theme.value);
  }
  colours.value = colours.peek() + 1;
});
systemDark.addEventListener('change', () => (colours.value = colours.peek() + 1));

export function switchTheme(): void {
  const dark = theme.value === 'dark' || (theme.value === 'system' && systemDark.matches);
  theme.value = dark ? 'light' : 'dark';
}

/** A colour of tokens.css as a canvas takes it. */
export function colour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

const narrowScreen = matchMedia('(max-width: 720px)');
export const narrow = signal(narrowScreen.matches);
narrowScreen.addEventListener('change', (event) => (narrow.value = event.matches));
