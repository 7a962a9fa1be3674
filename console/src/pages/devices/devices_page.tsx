// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import type { DeviceQuery, DeviceRow } from '../../api/shapes';
import { useLiveBatches, useThrottled } from '../../app/live';
import { devicePath, navigate, query, setQuery } from '../../app/router';
import { mayOperate } from '../../app/session';
import { narrow } from '../../app/theme';
import { Empty, Loading } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { VirtualRows } from '../../parts/virtual_rows';
import { count, plural } from '../../text/format';
import { BulkDialog } from './bulk_dialog';
import { DeviceFilters, type DeviceFilter } from './device_filters';
import { useDeviceList } from './device_list';
import { DeviceHead, DeviceLine } from './device_rows';

function queryOf(words: URLSearchParams): DeviceQuery {
  const object = words.get('object');
  return {
    q: words.get('q') ?? undefined,
    tag: words.getAll('tag'),
    object: object && /^\d+$/.test(object) ? Number(object) : undefined,
    state: (words.get('state') as DeviceFilter['state'] | null) ?? 'registered',
    sort: (words.get('sort') as DeviceQuery['sort'] | null) ?? 'endpoint',
  };
}

/** A change of the filter as one of the address. */
function wordsOf(part: DeviceFilter): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, value === undefined ? undefined : String(Array.isArray(value) ? value[0] : value)]));
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
            <button class="button" onClick={() => setBulk(true)}>
              <Icon name="bolt" />
              {chosen.size > 0 ? `Operate on ${count(chosen.size)}` : 'Operate on all shown'}
            </button>
          )}
          <button class="button square" onClick={list.reload} title="Load again" aria-label="Load again"><Icon name="refresh" /></button>
        </div>
      </div>
      <DeviceFilters filter={filter} onChange={(part) => setQuery(wordsOf(part))} />
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
      {bulk && <BulkDialog endpoints={[...chosen]} filter={filter} onClose={() => setBulk(false)} />}
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
