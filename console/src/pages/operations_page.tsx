// SPDX-License-Identifier: Apache-2.0
import { call } from '../api/call';
import type { OperationState } from '../api/shapes';
import { usePages } from '../api/pages';
import { useRemote } from '../api/remote';
import { confirm } from '../app/confirm';
import { useLive, useThrottled } from '../app/live';
import { query, setQuery } from '../app/router';
import { mayOperate } from '../app/session';
import { attempt } from '../app/toasts';
import { Empty, Loading } from '../parts/empty';
import { Segments } from '../parts/field';
import { More } from '../parts/more';
import { OperationTable } from '../parts/operation_table';
import { ProblemNote } from '../parts/problem_note';
import { SearchBox } from '../parts/search_box';
import { count } from '../text/format';

type Filter = OperationState | 'all';
const states: Filter[] = ['all', 'queued', 'sent', 'done', 'failed', 'expired', 'cancelled'];

export function OperationsPage() {
  const words = query.value;
  const state = (words.get('state') as OperationState | null) ?? undefined;
  const endpoint = words.get('endpoint') ?? undefined;
  const batch = words.get('batch') ?? undefined;
  const list = usePages(
    async (cursor, signal) => {
      const page = await call('GET /api/v1/operations', { query: { state: state && [state], endpoint, batch, cursor, limit: 100 }, signal });
      return { items: page.operations, next: page.next };
    },
    [state, endpoint, batch],
  );
  const refresh = useThrottled(() => {
    if ((list.items?.length ?? 0) <= 100) list.reload();
  }, 3000);
  useLive(['operation'], refresh, { lost: list.reload });
  return (
    <div class="page">
      <div class="page-head"><h1>Operations</h1></div>
      <div class="filters">
        <SearchBox value={endpoint ?? ''} label="Of one endpoint" onSearch={(text) => setQuery({ endpoint: text })} />
        <Segments<Filter>
          label="State"
          value={state ?? 'all'}
          options={states.map((value) => ({ value, label: value }))}
          onChange={(next) => setQuery({ state: next === 'all' ? undefined : next })}
        />
      </div>
      {batch && <Batch batch={batch} />}
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        {!list.items && list.loading && <Loading what="operations" />}
        {list.items?.length === 0 && (
          <Empty title={state || endpoint || batch ? 'No operation fits' : 'Nothing was asked of any device yet'} command="linnet device read ENDPOINT /3/0">
            {state || endpoint || batch ? <a href="/operations">Show all</a> : 'Open a device and read a resource, or choose several in the devices table.'}
          </Empty>
        )}
        {list.items && list.items.length > 0 && <OperationTable operations={list.items} devices onChange={list.reload} />}
        <More list={list} />
      </section>
    </div>
  );
}

const colours: Partial<Record<OperationState, string>> = { done: 'ok', failed: 'bad', expired: 'warn' };

function Batch({ batch }: { batch: string }) {
  const remote = useRemote((signal) => call('GET /api/v1/operations/batches/{batch}', { at: { batch }, signal }), [batch], 3000);
  useLive(['operation'], useThrottled(remote.reload, 1000));
  if (!remote.data) return <ProblemNote problem={remote.problem} />;
  const { counts, op, target } = remote.data;
  const cancel = async () => {
    if (!(await confirm({ title: 'Cancel the rest?', text: 'What waits is not sent any more; what was sent may be done already.', action: 'Cancel them' }))) return;
    if (await attempt(() => call('DELETE /api/v1/operations/batches/{batch}', { at: { batch } }), 'The rest is cancelled')) remote.reload();
  };
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const over = all - counts.queued - counts.sent;
  return (
    <section class="panel">
      <header>
        <h2>{op ?? 'Bulk operation'} <span class="mono small">{target}</span></h2>
        <span class="muted small">{count(over)} of {count(all)} over</span>
        {over < all && mayOperate.value && <div class="actions"><button class="button little danger" onClick={cancel}>Cancel the rest</button></div>}
      </header>
      <div class="body">
        <progress class="progress" max={all || 1} value={over} aria-label="How many are over" />
        <div class="row wrap">
          {Object.entries(counts).filter(([, amount]) => amount > 0).map(([state, amount]) => (
            <span key={state} class={`badge ${colours[state as OperationState] ?? ''}`}>{count(amount)} {state}</span>
          ))}
        </div>
      </div>
    </section>
  );
}
