// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import { useRemote } from '../../api/remote';
import { navigate } from '../../app/router';
import { allowed } from '../../app/session';
import { Empty, Loading } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { Age } from '../../parts/now';
import { ProblemNote } from '../../parts/problem_note';
import { count } from '../../text/format';
import { WebhookState } from './webhook_state';

export function WebhooksPage() {
  const list = useRemote((signal) => call('GET /api/v1/webhooks', { signal }), [], 5000);
  const hooks = list.data?.webhooks;
  return (
    <div class="page">
      <div class="page-head">
        <h1>Webhooks and MQTT</h1>
        {allowed('admin') && <div class="actions"><a class="button primary" href="/webhooks/new"><Icon name="plus" />New webhook</a></div>}
        <p class="lead">Where events go: signed requests to your servers, repeated until they are taken, and an MQTT broker.</p>
      </div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        <header><h2>Webhooks</h2></header>
        {!hooks && list.loading && <Loading what="webhooks" />}
        {hooks?.length === 0 && (
          <Empty title="No webhook yet" command="linnet webhook set alarms https://example.org/linnet --type expired,alarm">A webhook is sent what happens, signed, until it has taken it.</Empty>
        )}
        {hooks && hooks.length > 0 && (
          <div class="scroll-x">
            <table class="table cards">
              <thead><tr><th>Name</th><th>URL</th><th>Events</th><th>State</th><th class="num">Delivered</th><th class="num">Behind</th><th class="num">Last taken</th></tr></thead>
              <tbody>
                {hooks.map((hook) => (
                  <tr key={hook.name} class="link" onClick={() => navigate(`/webhooks/${encodeURIComponent(hook.name)}`)}>
                    <td class="strong"><a href={`/webhooks/${encodeURIComponent(hook.name)}`}>{hook.name}</a></td>
                    <td class="wide mono small">{hook.url}</td>
                    <td class="wide muted">{hook.types.join(', ') || 'all'}</td>
                    <td class="fixed"><WebhookState hook={hook} /></td>
                    <td class="num away">{count(hook.status.delivered)}</td>
                    <td class="num away">{hook.status.lag ? count(hook.status.lag) : <span class="faint">–</span>}</td>
                    <td class="num muted"><Age time={hook.status.lastSuccess} ago /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <Mqtt />
    </div>
  );
}

function Mqtt() {
  const remote = useRemote((signal) => call('GET /api/v1/mqtt', { signal }), [], 5000);
  const mqtt = remote.data;
  return (
    <section class="panel">
      <header>
        <h2>MQTT</h2>
        {mqtt?.enabled && <span class={`badge ${mqtt.connected ? 'ok' : 'bad'}`}>{mqtt.connected ? 'connected' : 'not connected'}</span>}
      </header>
      {remote.problem && <div class="body"><ProblemNote problem={remote.problem} retry={remote.reload} /></div>}
      {mqtt && !mqtt.enabled && <Empty title="No broker is configured">Name one in the section <code>[mqtt]</code> of the server's configuration file.</Empty>}
      {mqtt?.enabled && (
        <div class="body">
          <dl class="facts">
            <dt>Published</dt><dd>{count(mqtt.published)}</dd>
            <dt>Behind</dt><dd>{count(mqtt.lag)}</dd>
            {mqtt.error && <><dt>Error</dt><dd class="bad">{mqtt.error}</dd></>}
          </dl>
        </div>
      )}
    </section>
  );
}
