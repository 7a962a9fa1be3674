// SPDX-License-Identifier: Apache-2.0
// The history of a resource, going on as new values come.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { call, urlOf } from '../../api/call';
import type { History, LastValue } from '../../api/shapes';
import { useRemote } from '../../api/remote';
import { Segments } from '../../parts/field';
import { Plot, type Line } from '../../parts/plot';
import { ProblemNote } from '../../parts/problem_note';
import { number } from '../../text/format';
import { columnsOf } from './history_columns';

const spans = [
  { value: '900', label: '15 min' },
  { value: '3600', label: '1 h' },
  { value: '86400', label: '1 d' },
  { value: '604800', label: '7 d' },
] as const;
type Span = (typeof spans)[number]['value'];

interface Props {
  endpoint: string;
  path: string;
  type: string;
  unit: string;
  latest: LastValue | undefined;
}

export function HistoryPlot({ endpoint, path, type, unit, latest }: Props) {
  const [span, setSpan] = useState<Span>('900');
  const seconds = Number(span);
  const history = useRemote(
    (signal) => call('GET /api/v1/devices/{endpoint}/history', { at: { endpoint }, query: { path, from: Date.now() / 1000 - seconds, points: 300 }, signal }),
    [endpoint, path, span],
  );
  const { set } = history;
  useEffect(() => {
    // As the server keeps it: what the device told by itself.
    if (latest?.source === 'observe' || latest?.source === 'send') set((old) => appended(old, latest));
  }, [latest?.received, latest?.value]);

  const samples = history.data?.samples ?? [];
  const { data, thinned } = useMemo(() => columnsOf(samples), [history.data]);
  const lines: Line[] = thinned
    ? [{ label: 'most', colour: 'line-strong' }, { label: 'least', colour: 'line-strong' }, { label: 'value', colour: 'accent' }]
    : [{ label: 'value', colour: 'accent', fill: type !== 'boolean', stepped: type === 'boolean' }];
  const query = { path, from: Math.floor(Date.now() / 1000) - seconds, format: 'csv' };
  return (
    <section>
      <div class="row wrap">
        <Segments<Span> label="How far back" value={span} options={spans} onChange={setSpan} />
        <a class="button little plain" href={urlOf('/api/v1/devices/{endpoint}/history', { endpoint }, query)} download="history.csv">CSV</a>
      </div>
      <ProblemNote problem={history.problem} retry={history.reload} />
      {samples.length > 0 ? (
        <Plot data={data} lines={lines} band={thinned ? [1, 2] : undefined} height={170} span={seconds} label={`${path} over time, ${samples.length} values`} format={(value) => (unit.length <= 2 ? `${number(value)}${unit}` : number(value))} />
      ) : (
        !history.loading && !history.problem && <span class="faint small">No history yet: it begins when the resource is observed or the device sends it.</span>
      )}
    </section>
  );
}

function appended(history: History, { value, sent, received }: LastValue): History {
  const time = sent ?? received;
  const last = history.samples[history.samples.length - 1];
  if (last && last.time >= time) return history;
  return { ...history, samples: [...history.samples, { time, value }] };
}
