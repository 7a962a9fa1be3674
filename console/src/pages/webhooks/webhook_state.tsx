// SPDX-License-Identifier: Apache-2.0
import type { Webhook } from '../../api/shapes';

const colours = { active: 'ok', retrying: 'warn', paused: 'bad' };

export function WebhookState({ hook }: { hook: Webhook }) {
  if (!hook.enabled) return <span class="badge">off</span>;
  return <span class={`badge ${colours[hook.status.state]}`}>{hook.status.state}</span>;
}
