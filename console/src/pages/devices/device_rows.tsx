// SPDX-License-Identifier: Apache-2.0
// A line of the devices table, and its head.
import type { DeviceRow } from '../../api/shapes';
import { devicePath, navigate } from '../../app/router';
import { narrow } from '../../app/theme';
import { Age } from '../../parts/now';
import { DeviceStateMark } from '../../parts/states';
import { count } from '../../text/format';

const securityWords = { nosec: 'none', psk: 'PSK', rpk: 'RPK', x509: 'X.509', ended: 'ended' };

const columns: { label: string; sort?: string; class?: string }[] = [
  { label: 'Endpoint', sort: 'endpoint' },
  { label: 'State' },
  { label: 'Tags', class: 'away' },
  { label: 'Address', sort: 'address' },
  { label: 'Security', class: 'away' },
  { label: 'LwM2M' },
  { label: 'Waiting', class: 'num' },
  { label: 'Seen', sort: 'lastSeen', class: 'num' },
];

export function DeviceHead({ sort, onSort }: { sort: string; onSort(sort: string): void }) {
  return (
    <div class="head" role="row">
      <span />
      {columns.map((column) => {
        const { sort: by } = column;
        if (!by) return <span key={column.label} class={column.class} role="columnheader">{column.label}</span>;
        const direction = sort === by ? 'ascending' : sort === `-${by}` ? 'descending' : undefined;
        // Times are asked for newest first.
        const next = direction === undefined ? (by === 'lastSeen' ? `-${by}` : by) : direction === 'ascending' ? `-${by}` : by;
        return (
          <span key={by} class={column.class} role="columnheader" aria-sort={direction ?? 'none'}>
            <button onClick={() => onSort(next)}>
              {column.label} {direction && <span aria-hidden="true">{direction === 'ascending' ? '↑' : '↓'}</span>}
            </button>
          </span>
        );
      })}
    </div>
  );
}

interface LineProps {
  index: number;
  device: DeviceRow;
  place: { top: string; height: string };
  current: boolean;
  chosen: boolean;
  onToggle(): void;
}

export function DeviceLine({ index, device, place, current, chosen, onToggle }: LineProps) {
  const to = devicePath(device.endpoint);
  return (
    <div
      class={`line${chosen ? ' chosen' : ''}${current ? ' current' : ''}`}
      id={`row-${index}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={chosen}
      style={place}
      onClick={(event) => {
        if (!(event.target as Element).closest('a, input')) navigate(to);
      }}
    >
      <input class="check" type="checkbox" tabIndex={-1} checked={chosen} aria-label={`Choose ${device.endpoint}`} onChange={onToggle} />
      <span class="cut" role="gridcell"><a href={to} tabIndex={-1} title={device.endpoint}>{device.endpoint}</a></span>
      <span role="gridcell"><DeviceStateMark state={device.state} /></span>
      {narrow.value ? <NarrowRest device={device} /> : <WideRest device={device} />}
    </div>
  );
}

function WideRest({ device }: { device: DeviceRow }) {
  return (
    <>
      <span class="cut away" role="gridcell">{device.tags.map((tag) => <><span class="tag">{tag}</span> </>)}</span>
      <span class="cut muted" role="gridcell">{device.address ?? '–'}</span>
      <span class="away muted" role="gridcell">{device.security ? securityWords[device.security.mode] : '–'}</span>
      <span class="muted" role="gridcell">{device.version ?? '–'}</span>
      <span class="num" role="gridcell">{device.pending > 0 ? <span class="badge accent">{count(device.pending)}</span> : <span class="faint">–</span>}</span>
      <span class="num muted" role="gridcell"><Age time={device.lastSeen ?? device.updated} /></span>
    </>
  );
}

function NarrowRest({ device }: { device: DeviceRow }) {
  return (
    <>
      <span class="cut faint small">{[device.address, ...device.tags].filter(Boolean).join(' · ')}</span>
      <span class="faint small num"><Age time={device.lastSeen ?? device.updated} /></span>
    </>
  );
}
