// SPDX-License-Identifier: Apache-2.0
// The frame: navigation at the side, the page beside it.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Bird, Icon } from '../parts/icon';
import { PasswordDialog, passwordOpen } from './account';
import { ConfirmDialog } from './confirm_dialog';
import { connection, useLive } from './live';
import { Palette, paletteOpen } from './palette';
import { pages, pathOf, type Page } from './pages';
import { match, path } from './router';
import { allowed, session, signOut } from './session';
import { HelpDialog, helpOpen, useShortcuts } from './shortcuts';
import { switchTheme } from './theme';
import { warn } from './toasts';
import { mayLeave } from './unsaved';

const menuOpen = signal(false);

function find(pathname: string): { page: Page; names: Record<string, string> } | undefined {
  for (const page of pages) {
    const names = match(page.pattern, pathname);
    if (names) return { page, names };
  }
  return undefined;
}

export function Shell() {
  useShortcuts();
  useLive(['alarm'], ({ text }) => warn('Alarm', String(text ?? '')), { ambient: true });
  const found = find(path.value);
  useEffect(() => {
    menuOpen.value = false;
    document.title = found?.page.title ? `${found.page.title} · Linnet` : `${Object.values(found?.names ?? {})[0] ?? 'Linnet'} · Linnet`;
  }, [path.value]);
  useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === 'Escape' && (menuOpen.value = false);
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, []);
  const View = found?.page.view;
  return (
    <div class="shell">
      <a class="button skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById('main')!.focus();
      }}>Skip to the page</a>
      <div class="top">
        <button class="button plain square" aria-label="Menu" aria-expanded={menuOpen.value} onClick={() => (menuOpen.value = !menuOpen.value)}>
          <Icon name="menu" />
        </button>
        <a class="brand" href="/"><Bird />linnet</a>
        <button class="button plain square" aria-label="Go to" onClick={() => (paletteOpen.value = true)}><Icon name="search" /></button>
      </div>
      {menuOpen.value && <button class="veil" aria-label="Close the menu" onClick={() => (menuOpen.value = false)} />}
      <Side />
      <main class="main" id="main" tabIndex={-1}>
        {View ? <View key={found.page.pattern + (found.names.endpoint ?? found.names.name ?? '')} {...found.names} /> : <NotFound />}
      </main>
      <Palette />
      <HelpDialog />
      <PasswordDialog />
      <ConfirmDialog />
    </div>
  );
}

function Side() {
  const groups = [...new Set(pages.map((page) => page.group).filter(Boolean))];
  const here = path.value;
  const isHere = (page: Page) => here === pathOf(page) || (page.pattern !== '/' && here.startsWith(`${pathOf(page)}/`));
  return (
    <div class={menuOpen.value ? 'side open' : 'side'}>
      <a class="brand" href="/"><Bird />linnet</a>
      <nav aria-label="Pages">
        {groups.map((group) => {
          const shown = pages.filter((page) => page.group === group && page.title && allowed(page.role));
          return shown.length > 0 && (
            <section key={group}>
              <h2>{group}</h2>
              {shown.map((page) => (
                <a key={page.pattern} href={pathOf(page)} aria-current={isHere(page) ? 'page' : undefined}>
                  <Icon name={page.icon ?? 'list'} />{page.title}
                </a>
              ))}
            </section>
          );
        })}
      </nav>
      <Foot />
    </div>
  );
}

const signedIn = { user: '', code: 'Signed in by a one-use link', token: 'Signed in by a token', open: 'This server asks nobody who they are' };
const connectionWords = { off: 'not following', connecting: 'connecting', live: 'live', broken: 'connection lost' };

function Foot() {
  const who = session.value!;
  return (
    <div class="foot">
      <div class="row">
        <button
          class="button plain grow account"
          disabled={who.kind !== 'user'}
          title={who.kind === 'user' ? 'Change the password' : signedIn[who.kind]}
          onClick={() => (passwordOpen.value = true)}
        >
          <span class="cut"><span class="strong">{who.name}</span> <span class="faint">{who.role}</span></span>
        </button>
        {who.kind !== 'open' && <button class="button plain square" onClick={async () => (await mayLeave()) && signOut()} title="Sign out" aria-label="Sign out"><Icon name="leave" /></button>}
      </div>
      <div class="row">
        <span class={`link-state grow ${connection.value}`}>{connectionWords[connection.value]}</span>
        <button class="button plain square" onClick={() => (helpOpen.value = true)} title="Keys (?)" aria-label="Keys"><kbd>?</kbd></button>
        <button class="button plain square" onClick={switchTheme} title="Dark or light (t)" aria-label="Dark or light"><Icon name="sun" /></button>
      </div>
    </div>
  );
}

function NotFound() {
  return (
    <div class="page">
      <div class="page-head"><h1>There is no such page</h1></div>
      <p><a href="/">To the overview</a></p>
    </div>
  );
}
