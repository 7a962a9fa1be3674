// SPDX-License-Identifier: Apache-2.0
import { call } from '../api/call';
import type { DeviceState, Overview } from '../api/shapes';
import { useRemote } from '../api/remote';
import { useLive, useThrottled } from '../app/live';
import { Empty, Loading } from '../parts/empty';
import { Icon } from '../parts/icon';
import { Age } from '../parts/now';
import { Plot } from '../parts/plot';
import { ProblemNote } from '../parts/problem_note';
import { bytes, count, duration, rate } from '../text/format';

export function FleetPage() {
  const overview = useRemote((signal) => call('GET /api/v1/overview', { signal }), [], 10_000);
  useLive(['registered', 'deregistered', 'expired', 'alarm'], useThrottled(overview.reload, 2000));
  const data = overview.data;
  return (
    <div class="page">
      <div class="page-head">
        <h1>Fleet</h1>
        {data && <span class="muted small">up for {duration(data.uptime)}</span>}
      </div>
      <ProblemNote problem={overview.problem} retry={overview.reload} />
      {data ? <Content data={data} /> : !overview.problem && <Loading what="the overview" />}
    </div>
  );
}

function Content({ data }: { data: Overview }) {
  const { registered, awake, asleep, absent } = data.devices;
  if (registered + absent === 0) {
    return (
      <div class="panel">
        <Empty title="No device has registered yet" command="linnet client --endpoint urn:dev:os:32473-first coap://127.0.0.1">
          This starts a simulated device on the server's machine; <code>linnet fleet --devices 20</code> starts many.
        </Empty>
      </div>
    );
  }
  return (
    <>
      {data.store.failing && (
        <div class="problem" role="alert">
          <Icon name="alert" />
          <span><span class="title">The store fails.</span> Nothing can be kept: registrations and changes are refused until {data.store.file ?? 'the store'} can be written again.</span>
        </div>
      )}
      <Alarms alarms={data.alarms} />
      <div class="figures">
        <DeviceFigure state="registered" amount={registered} name="Registered" />
        <DeviceFigure state="awake" amount={awake} name="Awake" />
        <DeviceFigure state="asleep" amount={asleep} name="Asleep" />
        <DeviceFigure state="absent" amount={absent} name="Absent" />
        <a href="/operations?state=queued">
          <div class="name">Operations waiting</div>
          <div class="amount">{count(data.pending)}</div>
        </a>
        <div>
          <div class="name">Observations</div>
          <div class="amount">{count(data.observations)}</div>
        </div>
      </div>
      <Traffic data={data} />
      <div class="columns">
        <Shares title="LwM2M versions" rows={data.versions.map(({ version, count }) => ({ name: version, amount: count }))} />
        <Shares
          title="Objects"
          rows={data.objects.map(({ object, name, count }) => ({ name: name ?? 'not defined', id: object, amount: count, to: `/devices?object=${object}` }))}
        />
        <section class="panel">
          <header><h2>Server</h2></header>
          <div class="body">
            <dl class="facts">
              <dt>Secure sessions</dt><dd>{count(data.sessions)}</dd>
              <dt>Messages in</dt><dd>{rate(data.rates.messagesIn)} /s</dd>
              <dt>Messages out</dt><dd>{rate(data.rates.messagesOut)} /s</dd>
              <dt>Registrations</dt><dd>{rate(data.rates.registrations)} /s</dd>
              <dt>Store</dt><dd>{data.store.file ?? 'temporary, removed when the server stops'}</dd>
              <dt>Its size</dt><dd>{bytes(data.store.bytes)}</dd>
            </dl>
          </div>
        </section>
      </div>
    </>
  );
}

function DeviceFigure({ state, amount, name }: { state: DeviceState; amount: number; name: string }) {
  return (
    <a href={state === 'registered' ? '/devices' : `/devices?state=${state}`}>
      <div class="name"><span class={`state ${state}`}>{name}</span></div>
      <div class="amount">{count(amount)}</div>
    </a>
  );
}

function Traffic({ data }: { data: Overview }) {
  const times = data.series.map(({ time }) => time);
  const charts = [
    { name: 'Notifications', now: data.rates.notifications, values: data.series.map((one) => one.notifications) },
    { name: 'Updates', now: data.rates.updates, values: data.series.map((one) => one.updates) },
    { name: 'Operations', now: data.rates.operations, values: data.series.map((one) => one.operations) },
    { name: 'Registered devices', values: data.series.map((one) => one.registered) },
  ];
  return (
    <div class="columns traffic">
      {charts.map(({ name, now, values }) => (
        <section class="panel" key={name}>
          <header>
            <h2>{name}</h2>
            <span class="actions strong">{now === undefined ? count(values.at(-1) ?? 0) : <>{rate(now)} <span class="faint">/s</span></>}</span>
          </header>
          <Plot
            data={[times, values]}
            lines={[{ label: name, colour: 'accent', fill: true }]}
            height={150}
            label={`${name} in the last hour`}
            format={now === undefined ? count : rate}
          />
        </section>
      ))}
    </div>
  );
}

function Alarms({ alarms }: { alarms: Overview['alarms'] }) {
  if (alarms.length === 0) return null;
  return (
    <div class="stack tight" role="alert">
      {alarms.slice(0, 5).map(({ time, text }) => (
        <div class="notice" key={`${time}${text}`}>
          <Icon name="bell" />
          <span class="grow">{text}</span>
          <span class="faint small"><Age time={time} ago /></span>
        </div>
      ))}
    </div>
  );
}

function Shares({ title, rows }: { title: string; rows: { name: string; id?: number; amount: number; to?: string }[] }) {
  const most = Math.max(1, ...rows.map(({ amount }) => amount));
  return (
    <section class="panel">
      <header><h2>{title}</h2></header>
      <div class="body">
        <div class="bars">
          {rows.map(({ name, id, amount, to }) => (
            <>
              <span class="cut">{to ? <a href={to}>{name}</a> : name}{id !== undefined && <span class="faint small"> /{id}</span>}</span>
              <span class="bar"><Share part={amount / most} /></span>
              <span class="num">{count(amount)}</span>
            </>
          ))}
        </div>
      </div>
    </section>
  );
}

function Share({ part }: { part: number }) {
  return <i style={{ width: `${(part * 100).toFixed(1)}%` }} />;
}
