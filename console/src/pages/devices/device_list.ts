// SPDX-License-Identifier: Apache-2.0
// Pages of devices, fetched as they come into view and joined to one list.
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { DeviceQuery, DeviceRow, ServerEvent } from '../../api/shapes';
import { asProblem, isAbort, type Problem } from '../../api/problem';

interface State {
  rows: DeviceRow[];
  total?: number;
  next?: string;
  problem?: Problem;
  loading: boolean;
}

const pageSize = 200;

export function useDeviceList(query: DeviceQuery) {
  const key = JSON.stringify(query);
  const [state, setState] = useState<State>({ rows: [], loading: true });
  const busy = useRef<AbortController | undefined>(undefined);
  const latest = useRef(state);
  latest.current = state;

  const fetchPage = async (cursor: string | undefined, limit = pageSize) => {
    busy.current?.abort();
    const abort = new AbortController();
    busy.current = abort;
    setState((old) => ({ ...old, loading: true, problem: undefined }));
    try {
      const page = await call('GET /api/v1/devices', { query: { ...query, cursor, limit }, signal: abort.signal });
      setState((old) => ({
        rows: cursor === undefined ? page.devices : [...old.rows, ...page.devices],
        total: page.total,
        next: page.next,
        loading: false,
      }));
    } catch (error) {
      if (!isAbort(error)) setState((old) => ({ ...old, loading: false, problem: asProblem(error) }));
    } finally {
      if (busy.current === abort) busy.current = undefined;
    }
  };
  useEffect(() => {
    setState({ rows: [], loading: true });
    void fetchPage(undefined);
    return () => busy.current?.abort();
  }, [key]);

  return {
    ...state,
    loadMore: () => {
      const { next, problem } = latest.current;
      if (next !== undefined && !busy.current && !problem) void fetchPage(next);
    },
    /** Loads again what there is, as far as one page of it goes. */
    reload: () => void fetchPage(undefined, Math.min(1000, Math.max(pageSize, latest.current.rows.length))),
    patch: (events: ServerEvent[]) => setState((old) => ({ ...old, rows: patched(old.rows, events) })),
  };
}

/** The rows after what events say about them; the same array if they say nothing. */
export function patched(rows: DeviceRow[], events: readonly ServerEvent[]): DeviceRow[] {
  const news = new Map<string, ServerEvent[]>();
  for (const event of events) {
    if (event.endpoint === undefined) continue;
    const list = news.get(event.endpoint);
    if (list) list.push(event);
    else news.set(event.endpoint, [event]);
  }
  let changed = false;
  const next = rows.map((row) => {
    const about = news.get(row.endpoint);
    if (!about) return row;
    changed = true;
    return about.reduce(afterEvent, row);
  });
  return changed ? next : rows;
}

function afterEvent(row: DeviceRow, event: ServerEvent): DeviceRow {
  const next = { ...row, lastSeen: event.time };
  switch (event.type) {
    case 'registered':
      next.registered = next.updated = event.time;
      next.state = row.queueMode ? 'awake' : 'registered';
      break;
    case 'updated':
      next.updated = event.time;
      if (typeof event.address === 'string') next.address = event.address;
      if (typeof event.lifetime === 'number') next.lifetime = event.lifetime;
      break;
    case 'awake': next.state = 'awake'; break;
    case 'sleeping':
      next.state = 'asleep';
      next.lastSeen = row.lastSeen ?? event.time;
      break;
    case 'expired':
    case 'deregistered':
      next.state = 'absent';
      next.lastSeen = row.lastSeen ?? event.time;
      break;
    default: return row;
  }
  return next;
}
