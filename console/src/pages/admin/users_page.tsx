// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { Role, User } from '../../api/shapes';
import { useAction, useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { session } from '../../app/session';
import { attempt, tell } from '../../app/toasts';
import { Empty, Loading } from '../../parts/empty';
import { Field } from '../../parts/field';
import { FormDialog } from '../../parts/form_dialog';
import { Icon } from '../../parts/icon';
import { Menu } from '../../parts/menu';
import { Age } from '../../parts/now';
import { ProblemNote } from '../../parts/problem_note';
import { RoleBadge, RoleField } from './roles';

export function UsersPage() {
  const list = useRemote((signal) => call('GET /api/v1/users', { signal }), []);
  const [editing, setEditing] = useState<User | 'new' | undefined>();
  const users = list.data?.users;
  const remove = async ({ name }: User) => {
    if (!(await confirm({ title: `Remove ${name}?`, text: 'Their sessions end at once.', action: 'Remove them' }))) return;
    if (await attempt(() => call('DELETE /api/v1/users/{name}', { at: { name } }), `${name} is removed`)) list.reload();
  };
  return (
    <div class="page">
      <div class="page-head">
        <h1>Users</h1>
        <div class="actions"><button class="button primary" onClick={() => setEditing('new')}><Icon name="plus" />New user</button></div>
        <p class="lead">People who sign in here. Programs use <a href="/tokens">tokens</a>.</p>
      </div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        {!users && list.loading && <Loading what="users" />}
        {users?.length === 0 && <Empty title="Nobody has a password yet" command="linnet user set ada --role operator">Until then one signs in by the link of <code>linnet console</code>.</Empty>}
        {users && users.length > 0 && (
          <table class="table cards">
            <thead><tr><th>Name</th><th>Role</th><th class="num">Made</th><th class="num">Last here</th><th /></tr></thead>
            <tbody>
              {users.map((user) => (
                <tr key={user.name}>
                  <td class="strong">{user.name}{user.name === session.value?.name && <span class="faint"> you</span>}</td>
                  <td><RoleBadge role={user.role} /></td>
                  <td class="num muted away"><Age time={user.created} ago /></td>
                  <td class="num muted">{user.lastSignIn === undefined ? 'never' : <Age time={user.lastSignIn} ago />}</td>
                  <td class="ends">
                    <Menu little label={`More for ${user.name}`} items={[
                      { label: 'Role or password', act: () => setEditing(user) },
                      { label: 'Remove', danger: true, act: () => void remove(user) },
                    ]} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {editing && <UserDialog user={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} onDone={list.reload} />}
    </div>
  );
}

function UserDialog({ user, onClose, onDone }: { user?: User; onClose(): void; onDone(): void }) {
  const [name, setName] = useState(user?.name ?? '');
  const [role, setRole] = useState<Role>(user?.role ?? 'operator');
  const [password, setPassword] = useState('');
  const save = useAction(async () => {
    await call('PUT /api/v1/users/{name}', { at: { name }, body: { role, password: password || undefined } });
    tell(user ? `${name} is changed` : `${name} may sign in`);
    onDone();
    onClose();
  });
  const changed = name !== (user?.name ?? '') || role !== (user?.role ?? 'operator') || password !== '';
  return (
    <FormDialog title={user ? user.name : 'New user'} act={save} action="Save" changed={changed} onClose={onClose}>
      {!user && (
        <Field label="Name">
          {(id) => <input id={id} class="input" data-first required pattern="[A-Za-z0-9._@\-]+" maxLength={64} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
      )}
      <RoleField role={role} onChange={setRole} />
      <Field label={user ? 'New password' : 'Password'} note={user ? 'Left empty it stays. Another one ends their sessions.' : 'Ten letters or more.'}>
        {(id) => <input id={id} class="input" type="password" required={!user} minLength={10} autocomplete="new-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />}
      </Field>
    </FormDialog>
  );
}
