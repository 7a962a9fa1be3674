// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { BootstrapSession } from '../../api/shapes';
import { useRemote } from '../../api/remote';
import { useLive, useThrottled } from '../../app/live';
import { devicePath } from '../../app/router';
import { Empty, Loading } from '../../parts/empty';
import { Age } from '../../parts/now';
import { ProblemNote } from '../../parts/problem_note';

const colours = { running: 'accent', waiting: 'warn', finished: 'ok', failed: 'bad' };

/** The latest bootstraps, live. */
export function SessionsPanel() {
  const list = useRemote((signal) => call('GET /api/v1/bootstrap/sessions', { query: { limit: 50 }, signal }), []);
  const [open, setOpen] = useState<string | undefined>();
  useLive(['bootstrap'], useThrottled(list.reload, 500), { lost: list.reload });
  const sessions = list.data?.sessions;
  return (
    <section class="panel">
      <header><h2>Latest bootstraps</h2></header>
      {list.problem && <div class="body"><ProblemNote problem={list.problem} retry={list.reload} /></div>}
      {!sessions && list.loading && <Loading what="bootstraps" />}
      {sessions?.length === 0 && (
        <Empty title="No device has asked yet" command="linnet client --endpoint urn:dev:os:32473-meter --bootstrap coap://127.0.0.1:5783" />
      )}
      {sessions && sessions.length > 0 && (
        <div class="scroll-x">
          <table class="table cards">
            <thead><tr><th>Device</th><th>Configuration</th><th>State</th><th>From</th><th class="num">Took</th><th class="num">Began</th></tr></thead>
            <tbody>
              {sessions.map((one) => (
                <>
                  <tr key={one.session} class="link" onClick={() => setOpen(open === one.session ? undefined : one.session)}>
                    <td class="wide"><button class="bare" aria-expanded={open === one.session}>{one.endpoint}</button></td>
                    <td class="wide">{one.configuration}</td>
                    <td class="fixed"><span class={`badge ${colours[one.state]}`}>{one.state}</span></td>
                    <td class="muted away">{one.address}</td>
                    <td class="num muted away">{one.elapsedMs === undefined ? '–' : `${one.elapsedMs} ms`}</td>
                    <td class="num muted"><Age time={one.started} ago /></td>
                  </tr>
                  {open === one.session && <tr key={`${one.session} steps`}><td colSpan={6} class="wide"><Steps session={one} /></td></tr>}
                </>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Steps({ session }: { session: BootstrapSession }) {
  return (
    <div class="stack">
      {session.reason && <div class="bad">{session.reason}</div>}
      <ol class="steps">
        {session.steps.map((step) => (
          <li key={step.step} class={!step.outcome ? 'accent' : step.code?.startsWith('2.') || !step.code ? 'ok' : 'bad'}>
            <span class="faint">{step.operation}</span>
            <div>
              <span class="mono small">{step.path}</span>{' '}
              <span class="muted small">
                {[step.format, step.bytes !== undefined && `${step.bytes} bytes`, step.attempt !== undefined && step.attempt > 1 && `attempt ${step.attempt}`, step.code ?? step.outcome, step.reason, step.elapsedMs !== undefined && `${step.elapsedMs} ms`].filter(Boolean).join(' · ')}
              </span>
            </div>
          </li>
        ))}
      </ol>
      <div><a href={devicePath(session.endpoint)}>To the device</a></div>
    </div>
  );
}
