// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog';
import { Field } from '../parts/field';
import { question, type Question } from './confirm';

export function ConfirmDialog() {
  return question.value ? <Asked key={question.value.title} {...question.value} /> : null;
}

function Asked({ title, text, action, stay = 'Cancel', type, answer }: Question) {
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
          <button class="button" type="button" data-first={type ? undefined : true} onClick={() => answer(false)}>{stay}</button>
          <button class="button danger primary" type="submit" disabled={!ready}>{action}</button>
        </footer>
      </form>
    </Dialog>
  );
}
