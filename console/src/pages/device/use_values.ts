// SPDX-License-Identifier: Apache-2.0
// The last value of each resource of a device, kept current by events.
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { LastValue, PathValue } from '../../api/contract';
import { useRemote, type Remote } from '../../api/remote';
import { useLive } from '../../app/live';
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

  useEffect(() => {
    if (remote.data) setValues(new Map(remote.data.values.map((value) => [value.path, value])));
  }, [remote.data]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const take: DeviceValues['take'] = (news, source, time) => {
    setValues((old) => merge(old, news, source, time));
    setFresh(new Set(news.map(({ path }) => path)));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFresh(new Set()), 1600);
  };
  useLive(
    ['value', 'send'],
    (event) => {
      const news = event.values as PathValue[] | undefined;
      if (news) take(news, event.type === 'send' ? 'send' : 'observe', event.time);
    },
    { endpoint, lost: remote.reload },
  );
  return { remote, values, fresh, take };
}
