// SPDX-License-Identifier: Apache-2.0
// Hooks for what the server has (useRemote) and for what it is asked to do (useAction).
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, isAbort, type Problem } from './problem';

export interface Remote<T> {
  /** The last good answer; stays while a newer one is awaited or has failed. */
  data?: T;
  problem?: Problem;
  loading: boolean;
  reload(): void;
  set(change: (data: T) => T): void;
}

/**
 * Loads when the page appears and whenever `deps` change, and again every `every` milliseconds
 * while the page is visible. An answer that was overtaken by another is dropped.
 */
export function useRemote<T>(
  load: (signal: AbortSignal) => Promise<T>,
  deps: readonly unknown[],
  every?: number,
): Remote<T> {
  const [state, setState] = useState<{ data?: T; problem?: Problem; loading: boolean }>({ loading: true });
  const [turn, setTurn] = useState(0);
  const known = useRef(deps);

  useEffect(() => {
    const abort = new AbortController();
    const changed = known.current !== deps && known.current.some((dep, at) => dep !== deps[at]);
    known.current = deps;
    setState((old) => ({ data: changed ? undefined : old.data, problem: old.problem, loading: true }));
    load(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ data, loading: false }),
      (error) => {
        if (abort.signal.aborted || isAbort(error)) return;
        setState((old) => ({ data: old.data, problem: asProblem(error), loading: false }));
      },
    );
    return () => abort.abort();
  }, [...deps, turn]);

  const reload = useCallback(() => setTurn((old) => old + 1), []);
  const set = useCallback(
    (change: (data: T) => T) => setState((old) => (old.data === undefined ? old : { ...old, data: change(old.data) })),
    [],
  );
  useEffect(() => {
    if (every === undefined) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), every);
    return () => clearInterval(timer);
  }, [every]);

  return { ...state, reload, set };
}

export interface Action<A extends unknown[]> {
  busy: boolean;
  problem?: Problem;
  /** Whether it went well. What went wrong is in `problem` until the next run or `clear`. */
  run(...args: A): Promise<boolean>;
  clear(): void;
}

export function useAction<A extends unknown[]>(act: (...args: A) => Promise<unknown>): Action<A> {
  const [state, setState] = useState<{ busy: boolean; problem?: Problem }>({ busy: false });
  const run = async (...args: A) => {
    setState({ busy: true });
    try {
      await act(...args);
      setState({ busy: false });
      return true;
    } catch (error) {
      setState({ busy: false, problem: asProblem(error) });
      return false;
    }
  };
  return { ...state, run, clear: () => setState({ busy: false }) };
}

/** Loads again when the number has changed, and not at first. */
export function useReloadOn(changes: number, reload: () => void): void {
  const seen = useRef(changes);
  useEffect(() => {
    if (seen.current === changes) return;
    seen.current = changes;
    reload();
  }, [changes]);
}
