// SPDX-License-Identifier: Apache-2.0
// What happens, as it happens: one EventSource for the whole console, asking for no more than the
// pages on view want. When that changes it is opened anew behind the last event it brought, so that
// nothing is missed or told twice.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { urlOf } from '../api/call';
import type { ServerEvent } from '../api/shapes';

interface Wanted {
  types: readonly string[];
  endpoint?: string;
  /** Wants its types of all devices, but not at the price of getting everybody's for one device. */
  ambient?: boolean;
}

interface Listener extends Wanted {
  hear(event: ServerEvent): void;
  lost?(): void;
}

export type Connection = 'off' | 'connecting' | 'live' | 'broken';
export const connection = signal<Connection>('off');

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let open = '';
let last: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** What to ask for: all types wanted, and one endpoint only if everybody wants that one. */
export function filterOf(wanted: Iterable<Wanted>) {
  const types = new Set<string>();
  const endpoints = new Set<string | undefined>();
  for (const one of wanted) {
    for (const type of one.types) types.add(type);
    if (!one.ambient) endpoints.add(one.endpoint);
  }
  const [endpoint] = endpoints;
  return { type: [...types].sort().join(','), endpoint: endpoints.size === 1 ? endpoint : undefined };
}

function arrange(): void {
  timer = undefined;
  const filter = filterOf(listeners);
  const wanted = listeners.size ? urlOf('/api/v1/events', {}, filter) : '';
  if (wanted === open && source?.readyState !== EventSource.CLOSED) return;
  source?.close();
  source = undefined;
  open = wanted;
  if (!wanted) {
    connection.value = 'off';
    return;
  }
  connection.value = 'connecting';
  // Without a place to go on from, what happened since a page loaded its own went by unseen.
  let fresh = last === undefined;
  const stream = new EventSource(urlOf('/api/v1/events', {}, { ...filter, lastEventId: last }));
  source = stream;
  stream.onopen = () => (connection.value = 'live');
  stream.onerror = () => {
    connection.value = 'broken';
    // A refused stream is not tried again by the browser.
    if (stream.readyState === EventSource.CLOSED && source === stream) later(5000);
  };
  const hear = (message: MessageEvent<string>) => {
    last = message.lastEventId || last;
    const event = JSON.parse(message.data) as ServerEvent;
    for (const listener of [...listeners]) {
      if (!listener.types.includes(event.type)) continue;
      if (listener.endpoint === undefined || listener.endpoint === event.endpoint) listener.hear(event);
    }
  };
  for (const type of filter.type.split(',')) stream.addEventListener(type, hear);
  // Both say where the stream is, when nothing of it was for us.
  for (const type of ['hello', 'position']) {
    stream.addEventListener(type, (message) => (last = (message as MessageEvent).lastEventId || last));
  }
  const reload = () => {
    for (const listener of [...listeners]) listener.lost?.();
  };
  stream.addEventListener('hello', () => {
    if (fresh) reload();
    fresh = false;
  });
  stream.addEventListener('lost', reload);
}

function later(wait: number): void {
  clearTimeout(timer);
  timer = setTimeout(arrange, wait);
}

/**
 * Calls `hear` for each event of these types, of one device or of all, while the page is on view.
 * `lost` is called when events went by unseen and the page should load again what it shows.
 */
export function useLive(
  types: readonly string[],
  hear: (event: ServerEvent) => void,
  options: { endpoint?: string; ambient?: boolean; lost?: () => void } = {},
): void {
  const latest = useRef({ hear, lost: options.lost });
  latest.current = { hear, lost: options.lost };
  useEffect(() => {
    if (types.length === 0) return undefined;
    const listener: Listener = {
      types,
      endpoint: options.endpoint,
      ambient: options.ambient,
      hear: (event) => latest.current.hear(event),
      lost: () => latest.current.lost?.(),
    };
    listeners.add(listener);
    later(30);
    return () => {
      listeners.delete(listener);
      later(30);
    };
  }, [types.join(','), options.endpoint]);
}

/** As useLive, with what came in a quarter of a second at once: for what may come by the thousand. */
export function useLiveBatches(
  types: readonly string[],
  hear: (events: ServerEvent[]) => void,
  options: { endpoint?: string; lost?: () => void } = {},
): void {
  const waiting = useRef<ServerEvent[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(
    types,
    (event) => {
      waiting.current.push(event);
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        latest.current(waiting.current.splice(0));
      }, 250);
    },
    options,
  );
}

/** Calls `act` at most once in `wait` milliseconds, and once more at the end of a burst. */
export function useThrottled(act: () => void, wait: number): () => void {
  const state = useRef<{ timer?: ReturnType<typeof setTimeout>; again: boolean; act: () => void }>({ again: false, act });
  state.current.act = act;
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return useRef(() => {
    const now = state.current;
    if (now.timer) {
      now.again = true;
      return;
    }
    now.act();
    const rest = () => {
      now.timer = undefined;
      if (!now.again) return;
      now.again = false;
      now.act();
      now.timer = setTimeout(rest, wait);
    };
    now.timer = setTimeout(rest, wait);
  }).current;
}
