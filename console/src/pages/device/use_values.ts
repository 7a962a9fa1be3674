// SPDX-License-Identifier: Apache-2.0
// The last value of each resource of a device, kept current by events.
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { LastValue, PathValue } from '../../api/shapes';
import { useRemote, type Remote } from '../../api/remote';
import { useLiveBatches } from '../../app/live';
import { merge, type Values } from './values';

export interface DeviceValues {
  remote: Remote<{ values: LastValue[] }>;
  values: Values;
  /** The paths that changed a moment ago. */
  fresh: ReadonlySet<string>;
  take(values: readonly PathValue[], source: LastValue['source'], time: number): void;
}

export function useDeviceValues(endpoint: string): DeviceValues {
  const remote = useRemote((signal) => call('GET /api/v1/devices/{endpoint}/values', { at: { endpoint }, signal }), [endpoint]);
  const [values, setValues] = useState<Values>(new Map());
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => () => clearTimeout(timer.current), []);

  // The newest, also for whoever began before the last drawing.
  const newest = useRef(values);
  const show = (next: Values, paths: string[]) => {
    newest.current = next;
    setValues(next);
    setFresh(new Set(paths));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFresh(new Set()), 1600);
  };
  useEffect(() => {
    if (remote.data) show(new Map(remote.data.values.map((value) => [value.path, value])), []);
  }, [remote.data]);
  const take: DeviceValues['take'] = (news, source, time) => show(merge(newest.current, news, source, time), news.map(({ path }) => path));
  useLiveBatches(
    ['value', 'send'],
    (events) => {
      let next = newest.current;
      const paths: string[] = [];
      for (const event of events) {
        const news = event.values as PathValue[] | undefined;
        if (!news) continue;
        next = merge(next, news, event.type === 'send' ? 'send' : 'observe', event.time);
        paths.push(...news.map(({ path }) => path));
      }
      show(next, paths);
    },
    { endpoint, lost: remote.reload },
  );
  return { remote, values, fresh, take };
}
