// SPDX-License-Identifier: Apache-2.0
// A list that comes in pages, with a button for the next one.
import { useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, isAbort, type Problem } from './problem';

interface PageOf<T> {
  items: T[];
  next?: string;
}

export interface Pages<T> {
  items?: T[];
  next?: string;
  problem?: Problem;
  loading: boolean;
  more(): void;
  /** The first page again; what was loaded behind it goes. */
  reload(): void;
}

export function usePages<T>(load: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>, deps: readonly unknown[]): Pages<T> {
  const [state, setState] = useState<{ items?: T[]; next?: string; problem?: Problem; loading: boolean }>({ loading: true });
  const busy = useRef<AbortController | undefined>(undefined);

  const fetchPage = async (cursor: string | undefined) => {
    busy.current?.abort();
    const abort = new AbortController();
    busy.current = abort;
    setState((old) => ({ ...old, loading: true, problem: undefined }));
    try {
      const page = await load(cursor, abort.signal);
      setState((old) => ({ items: cursor === undefined ? page.items : [...(old.items ?? []), ...page.items], next: page.next, loading: false }));
    } catch (error) {
      if (!isAbort(error)) setState((old) => ({ ...old, loading: false, problem: asProblem(error) }));
    }
  };
  useEffect(() => {
    void fetchPage(undefined);
    return () => busy.current?.abort();
  }, deps);
  return { ...state, more: () => void fetchPage(state.next), reload: () => void fetchPage(undefined) };
}
