// SPDX-License-Identifier: Apache-2.0
import { navigate } from '../app/router';

export interface Tab {
  name: string;
  label: string;
  to: string;
  figure?: string;
}

/** Tabs that are links; the arrow keys go from one to the next. */
export function Tabs({ tabs, current, label }: { tabs: Tab[]; current: string; label: string }) {
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.name === current);
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    navigate(next.to, 'replace');
    const list = (event.currentTarget as HTMLElement).children;
    (list[tabs.indexOf(next)] as HTMLElement).focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={keys}>
      {tabs.map((tab) => (
        <a key={tab.name} role="tab" href={tab.to} aria-selected={tab.name === current} tabIndex={tab.name === current ? 0 : -1}>
          {tab.label}
          {tab.figure && <span class="figure">{tab.figure}</span>}
        </a>
      ))}
    </div>
  );
}
