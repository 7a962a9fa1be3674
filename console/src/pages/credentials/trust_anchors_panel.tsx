// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import { useAction, useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { allowed } from '../../app/session';
import { attempt, tell } from '../../app/toasts';
import { Empty, Loading } from '../../parts/empty';
import { Field } from '../../parts/field';
import { FormDialog } from '../../parts/form_dialog';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { day } from '../../text/format';
import { PemField } from './add_credential_dialog';

export function TrustAnchorsPanel() {
  const list = useRemote((signal) => call('GET /api/v1/trust-anchors', { signal }), []);
  const [adding, setAdding] = useState(false);
  const anchors = list.data?.trustAnchors;
  const remove = async (name: string) => {
    if (!(await confirm({ title: `Believe ${name} no more?`, text: 'Devices with a certificate of this authority are refused from now on.', action: 'Remove it' }))) return;
    if (await attempt(() => call('DELETE /api/v1/trust-anchors/{name}', { at: { name } }), `${name} is believed no more`)) list.reload();
  };
  return (
    <section class="panel">
      <header>
        <h2>Whose certificates are believed</h2>
        {allowed('admin') && <div class="actions"><button class="button little" onClick={() => setAdding(true)}><Icon name="plus" />Add</button></div>}
      </header>
      {list.problem && <div class="body"><ProblemNote problem={list.problem} retry={list.reload} /></div>}
      {!anchors && list.loading && <Loading what="trust anchors" />}
      {anchors?.length === 0 && <Empty title="No authority is believed" command="linnet credential trust add factory root.pem">Devices with certificates come in only if each certificate is known.</Empty>}
      {anchors && anchors.length > 0 && (
        <div class="scroll-x">
          <table class="table cards">
            <thead><tr><th>Name</th><th>Subject</th><th>Fingerprint</th><th>Valid until</th><th /></tr></thead>
            <tbody>
              {anchors.map((one) => (
                <tr key={one.name}>
                  <td class="strong wide">{one.name}</td>
                  <td class="wide">{one.subject}</td>
                  <td class="mono small faint away" title={one.fingerprint}>{one.fingerprint.slice(0, 28)}…</td>
                  <td class="fixed">{one.notAfter === undefined ? '–' : day(one.notAfter)}</td>
                  <td class="ends">{allowed('admin') && <button class="button little danger" onClick={() => remove(one.name)}>Remove</button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {adding && <AddDialog onClose={() => setAdding(false)} onDone={list.reload} />}
    </section>
  );
}

function AddDialog({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [name, setName] = useState('');
  const [certificate, setCertificate] = useState('');
  const add = useAction(async () => {
    await call('PUT /api/v1/trust-anchors/{name}', { at: { name }, body: { certificate } });
    tell(`${name} is believed`);
    onDone();
    onClose();
  });
  return (
    <FormDialog title="Believe an authority" act={add} action="Believe it" changed={name !== '' || certificate !== ''} onClose={onClose}>
      <Field label="Name">
        {(id) => <input id={id} class="input" data-first required maxLength={100} pattern="[^/]+" placeholder="factory" value={name} onInput={(event) => setName(event.currentTarget.value)} />}
      </Field>
      <PemField label="Certificate" value={certificate} onChange={setCertificate} />
    </FormDialog>
  );
}
