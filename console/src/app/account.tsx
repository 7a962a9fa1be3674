// SPDX-License-Identifier: Apache-2.0
// One's own account: a new password.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { call } from '../api/call';
import { useAction } from '../api/remote';
import { Field } from '../parts/field';
import { FormDialog } from '../parts/form_dialog';
import { tell } from './toasts';

export const passwordOpen = signal(false);

export function PasswordDialog() {
  return passwordOpen.value ? <Opened /> : null;
}

function Opened() {
  const [old, setOld] = useState('');
  const [wanted, setWanted] = useState('');
  const close = () => (passwordOpen.value = false);
  const change = useAction(async () => {
    await call('POST /api/v1/session/password', { body: { old, new: wanted } });
    tell('The password is changed');
    close();
  });
  return (
    <FormDialog title="Change the password" act={change} action="Change it" changed={old !== '' || wanted !== ''} onClose={close}>
      <Field label="Password now">
        {(id) => <input id={id} class="input" type="password" data-first required autocomplete="current-password" value={old} onInput={(event) => setOld(event.currentTarget.value)} />}
      </Field>
      <Field label="New password" note="Ten letters or more; your other sessions end.">
        {(id) => <input id={id} class="input" type="password" required minLength={10} autocomplete="new-password" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />}
      </Field>
    </FormDialog>
  );
}
