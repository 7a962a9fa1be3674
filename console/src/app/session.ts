// SPDX-License-Identifier: Apache-2.0
// Who is signed in. The cookie itself is out of a script's reach.
import { computed, signal } from '@preact/signals';
import { call, whenRefused } from '../api/call';
import type { Role, Session } from '../api/shapes';
import { asProblem, type Problem } from '../api/problem';

/** undefined: not known yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);
export const sessionProblem = signal<Problem | undefined>(undefined);

const ranks: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };
const rank = computed(() => (session.value ? ranks[session.value.role] : -1));

export const mayOperate = computed(() => rank.value >= ranks.operator);

/** Finds out who is signed in; a one-use code in the address (#code=...) signs in first. */
export async function resumeSession(): Promise<void> {
  sessionProblem.value = undefined;
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code) {
    history.replaceState(history.state, '', location.pathname + location.search); // it must not be shared
    try {
      session.value = await call('POST /api/v1/session', { body: { code } });
      return;
    } catch (error) {
      sessionProblem.value = asProblem(error);
    }
  }
  try {
    session.value = await call('GET /api/v1/session');
  } catch (error) {
    const problem = asProblem(error);
    if (problem.status !== 401) sessionProblem.value = problem;
    session.value = null;
  }
}

export async function signIn(user: string, password: string): Promise<void> {
  session.value = await call('POST /api/v1/session', { body: { user, password } });
  sessionProblem.value = undefined;
}

export async function signOut(): Promise<void> {
  try {
    await call('DELETE /api/v1/session');
  } finally {
    session.value = null;
  }
}

// The session ran out, or was ended elsewhere.
whenRefused(() => {
  if (session.value) session.value = null;
});

/** Whether whoever is signed in has at least this role. */
export function allowed(role: Role | undefined): boolean {
  return role === undefined || rank.value >= ranks[role];
}
