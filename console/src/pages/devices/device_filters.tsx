// SPDX-License-Identifier: Apache-2.0
// Which devices: by a part of the name, state, tag and object.
import { call } from '../../api/call';
import type { DeviceQuery, DeviceState } from '../../api/shapes';
import { useRemote } from '../../api/remote';
import { Segments } from '../../parts/field';
import { SearchBox } from '../../parts/search_box';
import { count } from '../../text/format';

type StateFilter = DeviceState | 'all';

/** What is undefined lets every device through, but for the state: those that are registered. */
export type DeviceFilter = Pick<DeviceQuery, 'q' | 'tag' | 'object' | 'state'>;

export function DeviceFilters({ filter, onChange }: { filter: DeviceFilter; onChange(part: DeviceFilter): void }) {
  const overview = useRemote((signal) => call('GET /api/v1/overview', { signal }), []);
  const counts = overview.data?.devices;
  const figure = (amount: number | undefined) => (amount === undefined ? undefined : count(amount));
  const known = useRemote((signal) => call('GET /api/v1/tags', { signal }), []);
  const tag = filter.tag?.[0] ?? '';
  return (
    <div class="filters">
      <SearchBox value={filter.q ?? ''} label="Endpoint or address" onSearch={(q) => onChange({ q: q || undefined })} />
      <Segments<StateFilter>
        label="State"
        value={filter.state ?? 'registered'}
        onChange={(state) => onChange({ state: state === 'registered' ? undefined : state })}
        options={[
          { value: 'registered', label: 'Registered', figure: figure(counts?.registered) },
          { value: 'awake', label: 'Awake', figure: figure(counts?.awake) },
          { value: 'asleep', label: 'Asleep', figure: figure(counts?.asleep) },
          { value: 'absent', label: 'Absent', figure: figure(counts?.absent) },
          { value: 'all', label: 'All' },
        ]}
      />
      <select class="select" aria-label="Only devices with this tag" value={tag} onChange={({ currentTarget: { value } }) => onChange({ tag: value ? [value] : undefined })}>
        <option value="">Any tag</option>
        {known.data?.tags.map((one) => <option key={one.tag} value={one.tag}>{one.tag}</option>)}
        {tag && !known.data?.tags.some((one) => one.tag === tag) && <option value={tag}>{tag}</option>}
      </select>
      <select
        class="select"
        aria-label="Only devices with this object"
        value={filter.object === undefined ? '' : String(filter.object)}
        onChange={({ currentTarget: { value } }) => onChange({ object: value ? Number(value) : undefined })}
      >
        <option value="">Any object</option>
        {overview.data?.objects.map(({ object, name }) => <option key={object} value={object}>{name ? `${name} /${object}` : `/${object}`}</option>)}
        {filter.object !== undefined && !overview.data?.objects.some(({ object }) => object === filter.object) && <option value={filter.object}>/{filter.object}</option>}
      </select>
    </div>
  );
}
