// SPDX-License-Identifier: Apache-2.0
// Edits that nobody saved yet: whoever leaves them, by a link, by Back, by closing a dialog or the
// tab, is asked first.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { confirm } from './confirm';

const edits = new Set<object>();

// The browser asks in its own words. Listened to only while needed: pages that listen are not kept for Back.
function hold(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function mark(edit: object, unsaved: boolean): void {
  if (unsaved) edits.add(edit);
  else edits.delete(edit);
  if (edits.size > 0) addEventListener('beforeunload', hold);
  else removeEventListener('beforeunload', hold);
}

/** While `unsaved`, leaving asks. What it returns is to be called when the edits are saved, before going elsewhere. */
export function useUnsaved(unsaved: boolean): () => void {
  const edit = useRef({}).current;
  useLayoutEffect(() => {
    mark(edit, unsaved);
    return () => mark(edit, false);
  }, [unsaved]);
  return () => mark(edit, false);
}

export function isUnsaved(): boolean {
  return edits.size > 0;
}

/** Whether what is unsaved may be lost; asks if there is something. */
export async function mayLose(unsaved: boolean): Promise<boolean> {
  return !unsaved || confirm({ title: 'Leave without saving?', text: 'What you changed here is lost.', action: 'Leave it', stay: 'Stay here' });
}

/** Whether the page may be left; its edits are given up then. */
export async function mayLeave(): Promise<boolean> {
  const yes = await mayLose(isUnsaved());
  if (yes) for (const edit of [...edits]) mark(edit, false);
  return yes;
}

/** For a dialog with edits: `close` asks first if there are some; `release` as useUnsaved returns it. */
export function useClosing(unsaved: boolean, onClose: () => void): { close(): void; release(): void } {
  const release = useUnsaved(unsaved);
  return { release, close: () => void mayLose(unsaved).then((yes) => yes && onClose()) };
}
