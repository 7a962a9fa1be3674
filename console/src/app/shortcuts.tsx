// SPDX-License-Identifier: Apache-2.0
// Keys that work on every page; "?" shows them.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Dialog } from '../parts/dialog';
import { pages, pathOf } from './pages';
import { paletteOpen } from './palette';
import { navigate } from './router';
import { switchTheme } from './theme';

export const helpOpen = signal(false);

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

export function useShortcuts(): void {
  useEffect(() => {
    let afterG = false;
    const keys = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        paletteOpen.value = true;
        return;
      }
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      if (afterG) {
        afterG = false;
        const page = pages.find(({ key }) => key === event.key);
        if (page) {
          event.preventDefault();
          navigate(pathOf(page));
        }
        return;
      }
      const acts: Record<string, () => void> = {
        g: () => (afterG = true),
        '?': () => (helpOpen.value = true),
        t: switchTheme,
        '/': () => {
          const box = document.querySelector<HTMLInputElement>('[data-search]');
          if (box) box.focus();
          else paletteOpen.value = true;
        },
        j: () => document.querySelector<HTMLElement>('[data-rows]')?.focus(),
      };
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  }, []);
}

export function HelpDialog() {
  if (!helpOpen.value) return null;
  const line = (keys: string[], what: string) => (
    <tr key={what}>
      <td class="fixed">{keys.map((key) => <><kbd>{key}</kbd> </>)}</td>
      <td>{what}</td>
    </tr>
  );
  return (
    <Dialog title="Keys" broad onClose={() => (helpOpen.value = false)}>
      <div class="body">
        <div class="columns">
          <table class="table">
            <tbody>
              {line(['Ctrl', 'K'], 'Go to a page or a device')}
              {line(['/'], 'Search on this page')}
              {line(['j', 'k'], 'Next and previous row')}
              {line(['Enter'], 'Open the row')}
              {line(['Space'], 'Choose the row')}
              {line(['←', '→'], 'Previous and next tab')}
              {line(['t'], 'Dark or light')}
              {line(['Esc'], 'Close what is open')}
              {line(['?'], 'This list')}
            </tbody>
          </table>
          <table class="table">
            <tbody>{pages.filter(({ key }) => key).map((page) => line(['g', page.key!], page.title!))}</tbody>
          </table>
        </div>
      </div>
    </Dialog>
  );
}
