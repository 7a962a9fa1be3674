// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import { usePages } from '../../api/pages';
import { query, setQuery } from '../../app/router';
import { allowed } from '../../app/session';
import { Empty, Loading } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { More } from '../../parts/more';
import { ProblemNote } from '../../parts/problem_note';
import { SearchBox } from '../../parts/search_box';
import { Tabs } from '../../parts/tabs';
import { count } from '../../text/format';
import { AddCredentialDialog } from './add_credential_dialog';
import { CredentialTable } from './credential_table';
import { ImportDialog } from './import_dialog';
import { ServerIdentityPanel } from './server_identity_panel';
import { TrustAnchorsPanel } from './trust_anchors_panel';

const tabs = [
  { name: 'devices', label: 'Of devices', to: '/credentials' },
  { name: 'trust', label: 'Trust anchors', to: '/credentials/trust' },
  { name: 'server', label: 'Of the server', to: '/credentials/server' },
];

export function CredentialsPage({ tab = 'devices' }: { tab?: string }) {
  return (
    <div class="page">
      <div class="page-head"><h1>Credentials</h1></div>
      <Tabs tabs={tabs} current={tab} label="Credentials" />
      {tab === 'trust' ? <TrustAnchorsPanel /> : tab === 'server' ? <ServerIdentityPanel /> : <DeviceCredentialList />}
    </div>
  );
}

function DeviceCredentialList() {
  const q = query.value.get('q') ?? undefined;
  const [asking, setAsking] = useState<'add' | 'import' | undefined>();
  const [stored, setStored] = useState<number | undefined>();
  const list = usePages(
    async (cursor, signal) => {
      const page = await call('GET /api/v1/credentials', { query: { q, cursor, limit: 100 }, signal });
      setStored(page.stored);
      return { items: page.credentials, next: page.next };
    },
    [q],
  );
  return (
    <>
      <div class="filters">
        <SearchBox value={q ?? ''} label="Endpoint or identity" onSearch={(text) => setQuery({ q: text })} />
        {stored !== undefined && <span class="muted small">{count(stored)} in all</span>}
        {allowed('admin') && (
          <span class="row push">
            <button class="button" onClick={() => setAsking('import')}>Import a file</button>
            <button class="button primary" onClick={() => setAsking('add')}><Icon name="plus" />Add</button>
          </span>
        )}
      </div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        {!list.items && list.loading && <Loading what="credentials" />}
        {list.items?.length === 0 && (q
          ? <Empty title="No credential fits" />
          : <Empty title="No device has a credential yet" command="linnet credential new --psk --endpoint urn:dev:os:32473-lamp-1 --add">This makes a key, adds it here, and prints what the device needs.</Empty>
        )}
        {list.items && list.items.length > 0 && <CredentialTable credentials={list.items} devices onChange={list.reload} />}
        <More list={list} />
      </section>
      {asking === 'add' && <AddCredentialDialog onClose={() => setAsking(undefined)} onDone={list.reload} />}
      {asking === 'import' && <ImportDialog onClose={() => setAsking(undefined)} onDone={list.reload} />}
    </>
  );
}
