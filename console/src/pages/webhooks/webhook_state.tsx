// SPDX-License-Identifier: Apache-2.0
import type { Webhook } from '../../api/contract';

const colours = { active: 'ok', retrying: 'warn', paused: 'bad' };

export function WebhookState({ hook }: { hook: Webhook }) {
  if (!hook.enabled) return <span class="badge">off</span>;
  return hook.state ? <span class={`badge ${colours[hook.state]}`}>{hook.state}</span> : null;
}
