// SPDX-License-Identifier: Apache-2.0
// What happens, newest first.
import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call';
import type { PathValue, ServerEvent } from '../api/shapes';
import { useRemote } from '../api/remote';
import { useLiveBatches } from '../app/live';
import { devicePath, query, setQuery } from '../app/router';
import { Empty, Loading } from '../parts/empty';
import { Icon } from '../parts/icon';
import { ProblemNote } from '../parts/problem_note';
import { SearchBox } from '../parts/search_box';
import { clock, scalar, unit } from '../text/format';

export const eventTypes = [
  'registered', 'updated', 'deregistered', 'expired', 'awake', 'sleeping', 'value', 'send', 'operation', 'bootstrap', 'handshake', 'alarm',
] as const;

const kept = 300;
const colours: Record<string, string> = {
  registered: 'ok', awake: 'ok', expired: 'bad', deregistered: 'warn', alarm: 'bad', value: 'accent', send: 'accent',
};

export function EventsPage() {
  const type = (query.value.get('type') ?? '') as ServerEvent['type'] | '';
  const endpoint = query.value.get('endpoint') ?? '';
  const recent = useRemote(
    (signal) => call('GET /api/v1/events/recent', { query: { type: type ? [type] : [], endpoint: endpoint ? [endpoint] : [], limit: 100 }, signal }),
    [type, endpoint],
  );
  const [events, setEvents] = useState<ServerEvent[]>([]);
  const [paused, setPaused] = useState(false);
  useEffect(() => setEvents([]), [type, endpoint]);
  useEffect(() => setEvents((old) => {
    // Some may have come by the stream before this answer did.
    const loaded = recent.data?.events ?? [];
    const known = new Set(loaded.map(({ id }) => id));
    return [...old.filter(({ id, time }) => !known.has(id) && time >= (loaded[0]?.time ?? 0)), ...loaded].slice(0, kept);
  }), [recent.data]);
  useLiveBatches(paused ? [] : type ? [type] : eventTypes, (news) => {
    const fitting = news.filter((event) => !endpoint || fits(endpoint, event.endpoint ?? '')).reverse();
    setEvents((old) => {
      const known = new Set(old.map(({ id }) => id));
      return [...fitting.filter(({ id }) => !known.has(id)), ...old].slice(0, kept);
    });
  }, { lost: recent.reload, endpoint: endpoint && !endpoint.endsWith('*') ? endpoint : undefined });
  return (
    <div class="page">
      <div class="page-head">
        <h1>Events</h1>
        <div class="actions">
          <button class="button" aria-pressed={paused} onClick={() => (paused ? (setPaused(false), recent.reload()) : setPaused(true))}>{paused ? 'Go on' : 'Hold'}</button>
        </div>
      </div>
      <div class="filters">
        <SearchBox value={endpoint} label="Endpoint, * at the end" onSearch={(text) => setQuery({ endpoint: text })} />
        <select class="select" aria-label="Type" value={type} onChange={(event) => setQuery({ type: event.currentTarget.value || undefined })}>
          <option value="">Every type</option>
          {eventTypes.map((one) => <option key={one}>{one}</option>)}
        </select>
      </div>
      <ProblemNote problem={recent.problem} retry={recent.reload} />
      <section class="panel">
        {!recent.data && recent.loading && <Loading what="events" />}
        {recent.data && events.length === 0 && <Empty title="Nothing has happened" command={`linnet events${type ? ` --type ${type}` : ''}`} />}
        {events.length > 0 && (
          <table class="table cards events">
            <tbody>
              {events.map((event) => (
                <tr key={event.id}>
                  <td class="faint fixed">{clock(event.time, true)}</td>
                  <td class="fixed"><span class={`badge ${colours[event.type] ?? ''}`}>{event.type}</span></td>
                  <td class="wide endpoint">{event.endpoint ? <a href={devicePath(event.endpoint)}>{event.endpoint}</a> : <span class="faint">–</span>}</td>
                  <td class="wide muted">{wordsOf(event)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {paused && <div class="note"><Icon name="info" /> Held: what happens now is not shown.</div>}
      </section>
    </div>
  );
}

function fits(pattern: string, endpoint: string): boolean {
  return pattern.endsWith('*') ? endpoint.startsWith(pattern.slice(0, -1)) : endpoint === pattern;
}

/** An event in a few words. */
function wordsOf(event: ServerEvent): string {
  const text = (name: string) => (event[name] === undefined ? '' : String(event[name]));
  const values = event.values as PathValue[] | undefined;
  if (values) {
    const told = values.slice(0, 4).map((one) => `${one.path} ${scalar(one.value, one.type)}${one.unit ? ` ${unit(one.unit)}` : ''}`);
    return told.join(', ') + (values.length > 4 ? `, and ${values.length - 4} more` : '');
  }
  switch (event.type) {
    case 'operation': return [text('op'), text('target'), text('state'), text('code'), text('reason')].filter(Boolean).join(' ');
    case 'bootstrap': return [text('event'), text('configuration'), text('operation'), text('path'), text('code'), text('reason')].filter(Boolean).join(' ');
    case 'handshake': return [text('event'), text('mode'), text('identity'), text('reason'), text('address')].filter(Boolean).join(' ');
    default: return [text('text'), text('reason'), text('address'), event.lifetime !== undefined ? `lifetime ${text('lifetime')} s` : ''].filter(Boolean).join(' ');
  }
}
