// SPDX-License-Identifier: Apache-2.0
// Pages on which something that the server has is changed and saved.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Action, Remote } from '../api/remote';
import { useUnsaved } from '../app/unsaved';
import { Loading } from './empty';
import { ProblemNote } from './problem_note';

export interface Draft<T> {
  value: T;
  /** It is other than what the server has. */
  changed: boolean;
  change(part: Partial<T>): void;
  /** To be called when it is saved, before going elsewhere. */
  done(): void;
}

/**
 * What is edited of `saved`. It follows the server until something is changed, and again when that
 * is saved; a page with unsaved changes is not left without asking.
 */
export function useDraft<T extends object>(saved: T): Draft<T> {
  const text = JSON.stringify(saved);
  const [own, setOwn] = useState<{ value: T; savedOver?: string } | undefined>();
  const isOwn = own !== undefined && (own.savedOver === undefined || own.savedOver === text);
  const value = isOwn ? own.value : saved;
  const changed = isOwn && own.savedOver === undefined && JSON.stringify(value) !== text;
  const release = useUnsaved(changed);
  return {
    value,
    changed,
    change: (part) => setOwn({ value: { ...value, ...part } }),
    done: () => {
      release();
      setOwn({ value, savedOver: text }); // shown until the server's own is there
    },
  };
}

/** The page's name and what can be done with what is on it. */
export function EditorHead(props: { title: string; mark?: ComponentChildren; mayEdit: boolean; save: Action<[]>; ready: boolean; onRemove?(): void; children?: ComponentChildren }) {
  const { title, mark, mayEdit, save, ready, onRemove, children } = props;
  return (
    <>
      <div class="page-head">
        <h1>{title}</h1>
        {mark}
        {mayEdit && (
          <div class="actions">
            {onRemove && <button class="button danger" onClick={onRemove}>Remove</button>}
            {children}
            <button class="button primary" disabled={!ready || save.busy} onClick={() => save.run()}>Save</button>
          </div>
        )}
      </div>
      <ProblemNote problem={save.problem} />
    </>
  );
}

/** A page for what is still on its way, or did not come. */
export function AwaitedPage({ title, what, remote }: { title: string; what: string; remote: Remote<unknown> }) {
  return (
    <div class="page">
      <div class="page-head"><h1>{title}</h1></div>
      {remote.problem ? <ProblemNote problem={remote.problem} retry={remote.reload} /> : <Loading what={what} />}
    </div>
  );
}
