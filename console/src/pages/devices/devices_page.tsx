// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { DeviceQuery, DeviceRow, DeviceState } from '../../api/shapes';
import { useRemote } from '../../api/remote';
import { useLiveBatches, useThrottled } from '../../app/live';
import { devicePath, navigate, query, setQuery } from '../../app/router';
import { mayOperate } from '../../app/session';
import { narrow } from '../../app/theme';
import { Empty, Loading } from '../../parts/empty';
import { Segments } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { SearchBox } from '../../parts/search_box';
import { VirtualRows } from '../../parts/virtual_rows';
import { count, plural } from '../../text/format';
import { BulkDialog } from './bulk_dialog';
import { useDeviceList } from './device_list';
import { DeviceHead, DeviceLine } from './device_rows';

type StateFilter = DeviceState | 'all';

function queryOf(words: URLSearchParams): DeviceQuery {
  const object = words.get('object');
  return {
    q: words.get('q') ?? undefined,
    tag: words.getAll('tag'),
    object: object && /^\d+$/.test(object) ? Number(object) : undefined,
    state: (words.get('state') as StateFilter | null) ?? 'registered',
    sort: (words.get('sort') as DeviceQuery['sort'] | null) ?? 'endpoint',
  };
}

export function DevicesPage() {
  const words = query.value;
  const filter = queryOf(words);
  const list = useDeviceList(filter);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState(false);
  const refresh = useThrottled(list.reload, 5000);
  useLiveBatches(
    ['registered', 'updated', 'deregistered', 'expired', 'awake', 'sleeping'],
    (events) => {
      list.patch(events);
      // Newcomers are not in the list yet; a long one is left as it is under the reader's eyes.
      if (list.rows.length < 200 && events.some(({ type }) => type === 'registered')) refresh();
    },
    { lost: list.reload },
  );

  const toggle = ({ endpoint }: DeviceRow) => {
    const next = new Set(chosen);
    if (!next.delete(endpoint)) next.add(endpoint);
    setChosen(next);
  };
  const isFiltered = Boolean(filter.q || filter.tag?.length || filter.object !== undefined || words.get('state'));
  const total = list.total ?? 0;
  return (
    <div class="page fill">
      <div class="page-head">
        <h1>Devices</h1>
        {list.total !== undefined && <span class="muted">{count(total)}</span>}
        <div class="actions">
          {mayOperate.value && (
            <button class="button" disabled={total === 0} onClick={() => setBulk(true)}>
              <Icon name="bolt" />
              {chosen.size > 0 ? `Operate on ${count(chosen.size)}` : 'Operate on all shown'}
            </button>
          )}
          <button class="button square" onClick={list.reload} title="Load again" aria-label="Load again"><Icon name="refresh" /></button>
        </div>
      </div>
      <Filters filter={filter} />
      <ProblemNote problem={list.problem} retry={list.reload} />
      <div class="grid devices">
        <DeviceHead sort={filter.sort!} onSort={(sort) => setQuery({ sort: sort === 'endpoint' ? undefined : sort })} />
        {list.rows.length === 0 && !list.loading && !list.problem ? (
          <Nothing filtered={isFiltered} />
        ) : list.rows.length === 0 && list.loading ? (
          <Loading what="devices" />
        ) : (
          <VirtualRows
            count={list.rows.length}
            total={total}
            rowHeight={narrow.value ? 56 : 36}
            label="Devices"
            row={(index, place, current) => {
              const device = list.rows[index]!;
              return <DeviceLine key={device.endpoint} index={index} device={device} place={place} current={current} chosen={chosen.has(device.endpoint)} onToggle={() => toggle(device)} />;
            }}
            onNearEnd={list.loadMore}
            onOpen={(index) => navigate(devicePath(list.rows[index]!.endpoint))}
            onToggle={(index) => toggle(list.rows[index]!)}
          />
        )}
        <div class="status">
          <span>{list.loading ? 'Loading …' : list.next !== undefined ? `${count(list.rows.length)} of ${count(total)} loaded; scroll for more` : plural(total, 'device')}</span>
          {chosen.size > 0 && (
            <span class="actions">
              <span>{count(chosen.size)} chosen</span>
              <button class="button plain little" onClick={() => setChosen(new Set())}>Choose none</button>
            </span>
          )}
        </div>
      </div>
      {bulk && <BulkDialog endpoints={[...chosen]} filter={filter} total={total} onClose={() => setBulk(false)} />}
    </div>
  );
}

function Filters({ filter }: { filter: DeviceQuery }) {
  const overview = useRemote((signal) => call('GET /api/v1/overview', { signal }), []);
  const counts = overview.data?.devices;
  const figure = (amount: number | undefined) => (amount === undefined ? undefined : count(amount));
  const known = useRemote((signal) => call('GET /api/v1/tags', { signal }), []);
  const tag = filter.tag?.[0] ?? '';
  return (
    <div class="filters">
      <SearchBox value={filter.q ?? ''} label="Endpoint or address" onSearch={(q) => setQuery({ q })} />
      <Segments<StateFilter>
        label="State"
        value={filter.state ?? 'registered'}
        onChange={(state) => setQuery({ state: state === 'registered' ? undefined : state })}
        options={[
          { value: 'registered', label: 'Registered', figure: figure(counts?.registered) },
          { value: 'awake', label: 'Awake', figure: figure(counts?.awake) },
          { value: 'asleep', label: 'Asleep', figure: figure(counts?.asleep) },
          { value: 'absent', label: 'Absent', figure: figure(counts?.absent) },
          { value: 'all', label: 'All' },
        ]}
      />
      <select class="select" aria-label="Only devices with this tag" value={tag} onChange={(event) => setQuery({ tag: event.currentTarget.value || undefined })}>
        <option value="">Any tag</option>
        {known.data?.tags.map((one) => <option key={one.tag} value={one.tag}>{one.tag}</option>)}
        {tag && !known.data?.tags.some((one) => one.tag === tag) && <option value={tag}>{tag}</option>}
      </select>
      <select
        class="select"
        aria-label="Only devices with this object"
        value={filter.object === undefined ? '' : String(filter.object)}
        onChange={(event) => setQuery({ object: event.currentTarget.value || undefined })}
      >
        <option value="">Any object</option>
        {overview.data?.objects.map(({ object, name }) => <option key={object} value={object}>{name ? `${name} /${object}` : `/${object}`}</option>)}
        {filter.object !== undefined && !overview.data?.objects.some(({ object }) => object === filter.object) && <option value={filter.object}>/{filter.object}</option>}
      </select>
    </div>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Empty title="No device fits">
      <a href="/devices">Show all registered devices</a>, or look for it with <a href="/devices?state=all">those that are absent</a> too.
    </Empty>
  ) : (
    <Empty title="No device is registered" command="linnet fleet --devices 20 --server coap://127.0.0.1">
      This starts twenty simulated devices on the server's machine.
    </Empty>
  );
}
