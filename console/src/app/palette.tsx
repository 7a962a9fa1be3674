// SPDX-License-Identifier: Apache-2.0
// One line from which everything can be reached: pages, devices, a few acts.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../api/call';
import type { DeviceRow } from '../api/shapes';
import { isAbort } from '../api/problem';
import { devicePath, navigate } from './router';
import { pages, pathOf } from './pages';
import { allowed } from './session';
import { switchTheme } from './theme';

export const paletteOpen = signal(false);

interface Choice {
  label: string;
  kind: string;
  act(): void;
}

function fixedChoices(): Choice[] {
  return [
    ...pages
      .filter((page) => page.title && allowed(page.role))
      .map((page) => ({ label: page.title!, kind: 'page', act: () => navigate(pathOf(page)) })),
    { label: 'Switch between dark and light', kind: 'act', act: switchTheme },
    { label: 'API description (openapi.yaml)', kind: 'file', act: () => location.assign('/openapi.yaml') },
  ];
}

export function Palette() {
  return paletteOpen.value ? <Opened /> : null;
}

function Opened() {
  const element = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [devices, setDevices] = useState<DeviceRow[]>([]);
  const [at, setAt] = useState(0);
  const close = () => (paletteOpen.value = false);

  useEffect(() => element.current!.showModal(), []);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const query = { q: text.trim(), state: 'all' as const, limit: 8 };
        setDevices((await call('GET /api/v1/devices', { query, signal: abort.signal })).devices);
      } catch (error) {
        if (!isAbort(error)) setDevices([]);
      }
    }, 120);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);

  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const choices: Choice[] = [
    ...fixedChoices().filter(({ label }) => words.every((word) => label.toLowerCase().includes(word))),
    ...devices.map((device) => ({ label: device.endpoint, kind: device.state, act: () => navigate(devicePath(device.endpoint)) })),
  ];
  const chosen = Math.min(at, choices.length - 1);
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.act();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((chosen + 1) % Math.max(1, choices.length));
    else if (event.key === 'ArrowUp') setAt((chosen - 1 + choices.length) % Math.max(1, choices.length));
    else if (event.key === 'Enter') take(choices[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog class="palette" ref={element} aria-label="Go to" onClose={close} onClick={(event) => event.target === element.current && close()}>
      <input
        class="ask"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-choices"
        aria-activedescendant={chosen >= 0 ? `choice-${chosen}` : undefined}
        aria-label="Go to a page or a device"
        placeholder="Go to a page or a device"
        value={text}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={keys}
      />
      <ul id="palette-choices" role="listbox">
        {choices.map((choice, index) => (
          <li key={choice.kind + choice.label} id={`choice-${index}`} role="option" aria-selected={index === chosen} onClick={() => take(choice)} onMouseMove={() => setAt(index)}>
            <span class="cut">{choice.label}</span>
            <span class="kind">{choice.kind}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <div class="none">Nothing by that name.</div>}
    </dialog>
  );
}
