// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import { useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { allowed } from '../../app/session';
import { attempt } from '../../app/toasts';
import { Empty, Loading } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { AddCredentialDialog } from '../credentials/add_credential_dialog';
import { CredentialTable } from '../credentials/credential_table';

export function DeviceCredentials({ endpoint }: { endpoint: string }) {
  const [adding, setAdding] = useState(false);
  const remote = useRemote((signal) => call('GET /api/v1/credentials/{endpoint}', { at: { endpoint }, signal }), [endpoint]);
  const unknown = remote.problem?.status === 404;
  const credentials = unknown ? [] : remote.data?.credentials;

  const revokeAll = async () => {
    const yes = await confirm({
      title: 'Revoke all credentials?',
      text: `The sessions of ${endpoint} end, and nobody of that name comes in until it gets another credential.`,
      action: 'Revoke all',
    });
    if (yes && (await attempt(() => call('DELETE /api/v1/credentials/{endpoint}', { at: { endpoint } }), 'All its credentials are revoked'))) remote.reload();
  };
  return (
    <section class="panel">
      <header>
        <h2>Credentials</h2>
        {remote.data?.barred && <span class="badge bad">barred</span>}
        {allowed('admin') && (
          <div class="actions">
            {credentials && credentials.length > 1 && <button class="button little danger" onClick={revokeAll}>Revoke all</button>}
            <button class="button little" onClick={() => setAdding(true)}><Icon name="plus" />Add</button>
          </div>
        )}
      </header>
      {!unknown && remote.problem && <div class="body"><ProblemNote problem={remote.problem} retry={remote.reload} /></div>}
      {!credentials && remote.loading && <Loading what="credentials" />}
      {credentials?.length === 0 && (
        <Empty title={remote.data?.barred ? 'All it had were revoked' : 'It has no credential'} command={`linnet credential new --psk --endpoint ${endpoint} --add`}>
          {remote.data?.barred ? 'Nobody of this name comes in until it gets another.' : 'Without one it may come without security, if the server listens for that.'}
        </Empty>
      )}
      {credentials && credentials.length > 0 && <CredentialTable credentials={credentials} onChange={remote.reload} />}
      {adding && <AddCredentialDialog endpoint={endpoint} onClose={() => setAdding(false)} onDone={remote.reload} />}
    </section>
  );
}
