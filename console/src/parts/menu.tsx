// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon';

export interface MenuItem {
  label: string;
  danger?: boolean;
  act(): void;
}

/** A button with three dots, and what it opens. */
export function Menu({ label, items, little = false }: { label: string; items: MenuItem[]; little?: boolean }) {
  const [open, setOpen] = useState(false);
  const holder = useRef<HTMLDivElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) holder.current?.querySelector('button')?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    holder.current!.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const outside = (event: Event) => !holder.current!.contains(event.target as Node) && close(false);
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, [open]);
  const keys = (event: KeyboardEvent) => {
    if (!open) return;
    const choices = [...holder.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = choices.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') close(true);
    else if (event.key === 'ArrowDown') choices[(at + 1) % choices.length]!.focus();
    else if (event.key === 'ArrowUp') choices[(at - 1 + choices.length) % choices.length]!.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={holder} onKeyDown={keys}>
      <button class={`button square${little ? ' little plain' : ''}`} type="button" aria-haspopup="menu" aria-expanded={open} aria-label={label} title={label} onClick={() => setOpen(!open)}>
        <Icon name="more" />
      </button>
      {open && (
        <div class="choices" role="menu">
          {items.map((item) => (
            <button key={item.label} type="button" role="menuitem" tabIndex={-1} class={item.danger ? 'danger' : undefined} onClick={() => { close(true); item.act(); }}>
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
