// SPDX-License-Identifier: Apache-2.0
// Asks before something is done that cannot be undone.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog';
import { Field } from '../parts/field';

interface Question {
  title: string;
  text: string;
  /** The word on the button. */
  action: string;
  /** Has to be typed, where a slip would be dear. */
  type?: string;
  answer(yes: boolean): void;
}

const question = signal<Question | undefined>(undefined);

export function confirm(what: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...what,
      answer: (yes) => {
        question.value = undefined;
        resolve(yes);
      },
    };
  });
}

export function ConfirmDialog() {
  return question.value ? <Asked key={question.value.title} {...question.value} /> : null;
}

function Asked({ title, text, action, type, answer }: Question) {
  const [typed, setTyped] = useState('');
  const ready = !type || typed === type;
  return (
    <Dialog title={title} onClose={() => answer(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) answer(true);
        }}
      >
        <div class="body">
          <p>{text}</p>
          {type && (
            <Field label={`Type ${type} to go on`}>
              {(id) => <input id={id} class="input mono" data-first value={typed} autocomplete="off" onInput={(event) => setTyped(event.currentTarget.value)} />}
            </Field>
          )}
        </div>
        <footer>
          <button class="button" type="button" data-first={type ? undefined : true} onClick={() => answer(false)}>Cancel</button>
          <button class="button danger primary" type="submit" disabled={!ready}>{action}</button>
        </footer>
      </form>
    </Dialog>
  );
}
