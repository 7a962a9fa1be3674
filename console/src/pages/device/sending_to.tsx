// SPDX-License-Identifier: Apache-2.0
// How operations are sent to the device on view: by its state, unless somebody chose otherwise.
import { signal } from '@preact/signals';
import type { Device } from '../../api/shapes';
import { SendingChoice, type Sending } from '../../parts/sending';

const chosen = signal<{ endpoint: string; sending: Sending } | undefined>(undefined);

/** What is asked of a device that sleeps or is away waits for it. */
export function sendingTo({ endpoint, state }: Pick<Device, 'endpoint' | 'state'>): Sending {
  if (chosen.value?.endpoint === endpoint) return chosen.value.sending;
  return { mode: state === 'asleep' || state === 'absent' ? 'queue' : 'wait' };
}

export function SendingTo({ device }: { device: Pick<Device, 'endpoint' | 'state'> }) {
  return <SendingChoice sending={sendingTo(device)} onChange={(sending) => (chosen.value = { endpoint: device.endpoint, sending })} />;
}
