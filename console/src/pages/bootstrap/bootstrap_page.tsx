// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import { useRemote } from '../../api/remote';
import { navigate } from '../../app/router';
import { allowed } from '../../app/session';
import { Empty, Loading } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { SessionsPanel } from './sessions_panel';

export function BootstrapPage() {
  const list = useRemote((signal) => call('GET /api/v1/bootstrap/configurations', { signal }), []);
  const configurations = list.data?.configurations;
  return (
    <div class="page">
      <div class="page-head">
        <h1>Bootstrap</h1>
        {allowed('admin') && <div class="actions"><a class="button primary" href="/bootstrap/new"><Icon name="plus" />New configuration</a></div>}
        <p class="lead">What a device is told that knows nobody but the bootstrap server: the servers, their keys and its rights.</p>
      </div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        <header><h2>Configurations</h2></header>
        {!configurations && list.loading && <Loading what="configurations" />}
        {configurations?.length === 0 && (
          <Empty title="No configuration yet" command="linnet bootstrap set meter examples/bootstrap-two-servers.json">
            Without one, the bootstrap server refuses every device.
          </Empty>
        )}
        {configurations && configurations.length > 0 && (
          <div class="scroll-x">
            <table class="table cards">
              <thead><tr><th>Name</th><th>For</th><th>Writes</th><th>Deletes</th><th>Mode</th></tr></thead>
              <tbody>
                {configurations.map((one) => (
                  <tr key={one.name} class="link" onClick={() => navigate(`/bootstrap/${encodeURIComponent(one.name)}`)}>
                    <td class="wide strong"><a href={`/bootstrap/${encodeURIComponent(one.name)}`}>{one.name}</a></td>
                    <td class="wide mono small">{one.for.join(' ')}</td>
                    <td class="mono small">{one.instances?.join(' ')}</td>
                    <td class="mono small away">{one.delete.join(' ') || <span class="faint">–</span>}</td>
                    <td class="away">{one.mode === 'needed' ? 'what differs' : 'everything'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <SessionsPanel />
    </div>
  );
}
