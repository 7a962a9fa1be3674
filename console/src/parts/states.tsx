// SPDX-License-Identifier: Apache-2.0
// The colours and words of states.
import type { DeviceState, OperationState } from '../api/shapes';

const deviceWords: Record<DeviceState, string> = {
  registered: 'registered', awake: 'awake', asleep: 'asleep', absent: 'absent',
};
const deviceNotes: Record<DeviceState, string> = {
  registered: 'Registered, and always reachable',
  awake: 'In queue mode, and reachable now',
  asleep: 'In queue mode; operations wait until it wakes',
  absent: 'Not registered',
};

export function DeviceStateMark({ state }: { state: DeviceState }) {
  return <span class={`state ${state}`} title={deviceNotes[state]}>{deviceWords[state]}</span>;
}

export const operationColours: Record<OperationState, string> = {
  queued: 'accent', sent: 'accent', done: 'ok', failed: 'bad', expired: 'warn', cancelled: '',
};

export function OperationStateMark({ state }: { state: OperationState }) {
  return <span class={`badge ${operationColours[state]}`}>{state}</span>;
}

export function isOver(state: OperationState): boolean {
  return state !== 'queued' && state !== 'sent';
}
