// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import type { Action } from '../api/remote';
import { useClosing } from '../app/unsaved';
import { Dialog } from './dialog';
import { ProblemNote } from './problem_note';

interface Props {
  title: string;
  broad?: boolean;
  /** What is done when it is sent, and its problem if it failed. */
  act: Action<[]>;
  /** The word on the button that sends it. */
  action: string;
  danger?: boolean;
  ready?: boolean;
  /** Something was entered that would be lost. */
  changed: boolean;
  /** Beside the buttons. */
  aside?: ComponentChildren;
  onClose(): void;
  children: ComponentChildren;
}

/** A form in a dialog. Closing it asks first if something was entered; `act` closes it without. */
export function FormDialog({ title, broad, act, action, danger, ready = true, changed, aside, onClose, children }: Props) {
  const { close } = useClosing(changed && !act.busy, onClose); // what is being sent is not lost
  return (
    <Dialog title={title} broad={broad} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act.run();
        }}
      >
        <div class="body">
          <ProblemNote problem={act.problem} />
          {children}
        </div>
        <footer>
          {aside}
          <button class="button" type="button" onClick={close}>Cancel</button>
          <button class={danger ? 'button primary danger' : 'button primary'} disabled={act.busy || !ready}>{action}</button>
        </footer>
      </form>
    </Dialog>
  );
}
