// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { Role, Token } from '../../api/shapes';
import { useAction, useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { attempt } from '../../app/toasts';
import { Dialog } from '../../parts/dialog';
import { Empty, Loading } from '../../parts/empty';
import { Field } from '../../parts/field';
import { FormDialog } from '../../parts/form_dialog';
import { Icon } from '../../parts/icon';
import { Age, Until } from '../../parts/now';
import { Once } from '../../parts/once';
import { ProblemNote } from '../../parts/problem_note';
import { RoleBadge, RoleField } from './roles';

export function TokensPage() {
  const list = useRemote((signal) => call('GET /api/v1/tokens', { signal }), []);
  const [adding, setAdding] = useState(false);
  const tokens = list.data?.tokens;
  const revoke = async ({ id, name }: Token) => {
    if (!(await confirm({ title: `Revoke ${name}?`, text: 'Whoever uses this token is refused from now on.', action: 'Revoke it' }))) return;
    if (await attempt(() => call('DELETE /api/v1/tokens/{id}', { at: { id } }), `${name} is revoked`)) list.reload();
  };
  return (
    <div class="page">
      <div class="page-head">
        <h1>API tokens</h1>
        <div class="actions"><button class="button primary" onClick={() => setAdding(true)}><Icon name="plus" />New token</button></div>
        <p class="lead">For programs. Sent as <code>Authorization: Bearer lnt_…</code>; the API is described in <a href="/openapi.yaml">openapi.yaml</a>.</p>
      </div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        {!tokens && list.loading && <Loading what="tokens" />}
        {tokens?.length === 0 && <Empty title="No token" command="linnet token new backend --role operator" />}
        {tokens && tokens.length > 0 && (
          <div class="scroll-x">
            <table class="table cards">
              <thead><tr><th>Name</th><th>Role</th><th class="num">Made</th><th class="num">Last used</th><th class="num">Ends</th><th /></tr></thead>
              <tbody>
                {tokens.map((token) => (
                  <tr key={token.id}>
                    <td class="strong">{token.name}</td>
                    <td><RoleBadge role={token.role} /></td>
                    <td class="num muted away"><Age time={token.created} ago /></td>
                    <td class="num muted">{token.lastUsed === undefined ? 'never' : <Age time={token.lastUsed} ago />}</td>
                    <td class="num muted away">{token.untilRestart ? 'when the server stops' : token.expires === undefined ? 'never' : <Until time={token.expires} />}</td>
                    <td class="ends"><button class="button little danger" onClick={() => revoke(token)}>Revoke</button></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {adding && <AddDialog onClose={() => setAdding(false)} onDone={list.reload} />}
    </div>
  );
}

function AddDialog({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState('');
  const [made, setMade] = useState<Token | undefined>();
  const add = useAction(async () => {
    const expires = days === '' ? undefined : Math.floor(Date.now() / 1000) + Number(days) * 86400;
    setMade(await call('POST /api/v1/tokens', { body: { name, role, expires } }));
    onDone();
  });
  if (made?.token) {
    return (
      <Dialog title={`Token ${made.name}`} onClose={onClose}>
        <div class="body"><Once title="The token" text={made.token} /></div>
        <footer><button class="button primary" data-first onClick={onClose}>I have it</button></footer>
      </Dialog>
    );
  }
  return (
    <FormDialog title="New token" act={add} action="Make it" changed={name !== '' || days !== ''} onClose={onClose}>
      <Field label="Name" note="Which program it is for; it stands in the audit.">
        {(id) => <input id={id} class="input" data-first required value={name} placeholder="backend" onInput={(event) => setName(event.currentTarget.value)} />}
      </Field>
      <RoleField role={role} onChange={setRole} />
      <Field label="Days until it ends" note="Left empty it never ends.">
        {(id) => <input id={id} class="input" type="number" min={1} value={days} onInput={(event) => setDays(event.currentTarget.value)} />}
      </Field>
    </FormDialog>
  );
}
