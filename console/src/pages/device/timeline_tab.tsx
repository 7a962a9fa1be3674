// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import type { TimelineEntry } from '../../api/shapes';
import { useReloadOn, useRemote } from '../../api/remote';
import { Empty, Loading } from '../../parts/empty';
import { Age } from '../../parts/now';
import { ProblemNote } from '../../parts/problem_note';
import { dateTime, duration, plural } from '../../text/format';

const colours: Partial<Record<TimelineEntry['event'], string>> = { registered: 'ok', awake: 'ok', expired: 'bad', deregistered: 'warn', handshake: 'accent', bootstrap: 'accent' };
const words: Record<TimelineEntry['event'], string> = {
  registered: 'Registered', updated: 'Updated', expired: 'Expired', deregistered: 'De-registered',
  awake: 'Woke', asleep: 'Fell asleep', handshake: 'Secure session', bootstrap: 'Bootstrap',
};

export function TimelineTab({ endpoint, changes }: { endpoint: string; changes: number }) {
  const timeline = useRemote((signal) => call('GET /api/v1/devices/{endpoint}/timeline', { at: { endpoint }, query: { limit: 100 }, signal }), [endpoint]);
  useReloadOn(changes, timeline.reload);
  const entries = timeline.data?.entries;
  return (
    <section class="panel">
      <header><h2>What became of it</h2></header>
      <div class="body">
        <ProblemNote problem={timeline.problem} retry={timeline.reload} />
        {!entries && timeline.loading && <Loading what="the timeline" />}
        {entries?.length === 0 && <Empty title="Nothing is recorded yet" />}
        <ol class="steps">
          {entries?.map((entry) => (
            <li key={`${entry.time}${entry.event}`} class={colours[entry.event] ?? ''}>
              <time title={dateTime(entry.time)}>{dateTime(entry.time)}</time>
              <div>
                <span class="strong">{words[entry.event] ?? entry.event}</span>
                {entry.count !== undefined && entry.count > 1 && <span class="muted"> {plural(entry.count, 'time')} in {duration(Math.round(entry.time - (entry.first ?? entry.time)))}</span>}
                <span class="faint small"> <Age time={entry.time} ago /></span>
                <div class="muted small">
                  {[entry.detail, entry.address && `from ${entry.address}`, entry.lifetime !== undefined && `lifetime ${duration(entry.lifetime)}`].filter(Boolean).join(' · ')}
                </div>
              </div>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
