// SPDX-License-Identifier: Apache-2.0
// Results told in a corner. Good news goes by itself; bad news stays until somebody takes it away.
import { signal } from '@preact/signals';
import type { Problem } from '../api/problem';
import { asProblem } from '../api/problem';
import { Icon } from '../parts/icon';

interface Toast {
  number: number;
  title: string;
  detail?: string;
  bad: boolean;
}

const toasts = signal<Toast[]>([]);
let number = 0;

function add(toast: Omit<Toast, 'number'>): number {
  number += 1;
  toasts.value = [...toasts.value, { ...toast, number }];
  return number;
}

function remove(which: number): void {
  toasts.value = toasts.value.filter((toast) => toast.number !== which);
}

export function tell(title: string, detail?: string): void {
  const which = add({ title, detail, bad: false });
  setTimeout(() => remove(which), 5000);
}

/** Something to look at; stays like a problem. */
export function warn(title: string, detail: string): void {
  add({ title, detail, bad: true });
}

export function complain(problem: Problem): void {
  add({ title: problem.title, detail: [problem.path, problem.detail].filter(Boolean).join(' '), bad: true });
}

/** Does something, tells that it is done, or complains. Answers whether it went well. */
export async function attempt(act: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await act();
    tell(done);
    return true;
  } catch (error) {
    complain(asProblem(error));
    return false;
  }
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.number} class={toast.bad ? 'toast bad' : 'toast'} role={toast.bad ? 'alert' : undefined}>
          <div class="text">
            <div class="strong">{toast.title}</div>
            {toast.detail && <div class="muted">{toast.detail}</div>}
          </div>
          <button class="button plain square little" onClick={() => remove(toast.number)} aria-label="Dismiss">
            <Icon name="cross" />
          </button>
        </div>
      ))}
    </div>
  );
}
