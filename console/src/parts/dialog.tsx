// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icon';

interface Props {
  title: string;
  broad?: boolean;
  onClose(): void;
  children: ComponentChildren;
}

/** A modal dialog while it is in the tree. Escape closes it; the focus goes back where it was. */
export function Dialog({ title, broad, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    element.current!.showModal();
    element.current!.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog
      class={broad ? 'dialog broad' : 'dialog'}
      ref={element}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={() => {
        // A browser lets nobody prevent Escape twice in a row: it is open again until onClose has its way.
        element.current?.showModal();
        onClose();
      }}
    >
      <header>
        <h2>{title}</h2>
        <button class="button plain square" type="button" onClick={onClose} aria-label="Close">
          <Icon name="cross" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
