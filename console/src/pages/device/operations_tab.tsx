// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import type { Device } from '../../api/shapes';
import { useReloadOn, useRemote } from '../../api/remote';
import { Empty, Loading } from '../../parts/empty';
import { OperationTable } from '../../parts/operation_table';
import { ProblemNote } from '../../parts/problem_note';

/** What was asked of this device: what waits first, then what is over. */
export function OperationsTab({ device, changes }: { device: Device; changes: number }) {
  const { endpoint } = device;
  const list = useRemote((signal) => call('GET /api/v1/devices/{endpoint}/operations', { at: { endpoint }, query: { limit: 200 }, signal }), [endpoint]);
  useReloadOn(changes, list.reload);
  const operations = list.data?.operations;
  return (
    <section class="panel">
      <header><h2>Operations</h2><span class="actions small"><a href={`/operations?endpoint=${encodeURIComponent(endpoint)}`}>All of them</a></span></header>
      {list.problem && <div class="body"><ProblemNote problem={list.problem} retry={list.reload} /></div>}
      {!operations && list.loading && <Loading what="operations" />}
      {operations?.length === 0 && (
        <Empty title="Nothing was asked of it yet" command={`linnet device read ${endpoint} /3/0`} />
      )}
      {operations && operations.length > 0 && <OperationTable operations={operations} onChange={list.reload} />}
    </section>
  );
}
