// SPDX-License-Identifier: Apache-2.0
// Asking a device for something, and telling what came of it.
import { signal } from '@preact/signals';
import { call } from '../../api/call';
import type { Mode, Operation, OperationRequest } from '../../api/shapes';
import { asProblem } from '../../api/problem';
import { complain, tell } from '../../app/toasts';

/** How operations are sent, as chosen last. undefined: by the device's state. */
export const chosenMode = signal<Mode | undefined>(undefined);

/** A sleeping device's operations wait unless somebody wants otherwise. */
export function modeFor(state: string): Mode {
  return chosenMode.value ?? (state === 'asleep' || state === 'absent' ? 'queue' : 'wait');
}

const verbs: Record<string, string> = {
  read: 'Read', write: 'Written', update: 'Updated', execute: 'Executed', create: 'Created', delete: 'Deleted',
  discover: 'Discovered', attributes: 'Attributes set', observe: 'Observed', cancel: 'Observed no more',
  'read-composite': 'Read', 'write-composite': 'Written', 'observe-composite': 'Observed',
};

/**
 * The operation, when it ended or began to wait; undefined if the server refused it. Both are told
 * in a toast, and so is what the device refused.
 */
export async function operate(endpoint: string, request: OperationRequest): Promise<Operation | undefined> {
  let operation: Operation;
  try {
    const headers = { 'Idempotency-Key': crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
    operation = await call('POST /api/v1/devices/{endpoint}/operations', { at: { endpoint }, body: request, headers });
  } catch (error) {
    complain(asProblem(error));
    return undefined;
  }
  const target = operation.created ?? request.path ?? request.paths?.join(', ') ?? '';
  if (operation.state === 'queued' || operation.state === 'sent') {
    tell(`${request.op} ${target} waits`, 'It is sent when the device is there; see the tab Operations.');
  } else if (operation.success) {
    tell(`${verbs[request.op] ?? request.op} ${target}`, [operation.code, operation.codeName, elapsed(operation)].filter(Boolean).join(' '));
  } else {
    complain({
      type: 'urn:linnet:console:refused',
      title: `${request.op} ${target}: ${[operation.code, operation.codeName].filter(Boolean).join(' ') || operation.state}`,
      status: 200,
      detail: operation.reason ?? 'The device gave no reason.',
    });
  }
  return operation;
}

function elapsed({ elapsedMs }: Operation): string {
  return elapsedMs === undefined ? '' : `in ${elapsedMs} ms`;
}
