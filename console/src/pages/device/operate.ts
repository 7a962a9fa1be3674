// SPDX-License-Identifier: Apache-2.0
// Asking a device for something, and telling what came of it.
import { call } from '../../api/call';
import type { Operation, OperationRequest, PathValue } from '../../api/shapes';
import { asProblem } from '../../api/problem';
import { complain, tell } from '../../app/toasts';
import { duration } from '../../text/format';
import type { DeviceValues } from './use_values';

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
  const target = operation.created ?? targetOf(request);
  if (operation.state === 'queued' || operation.state === 'sent') {
    tell(`${request.op} ${target} waits`, `It is sent when the device is there, and given up after ${duration(Math.round(operation.deadline - operation.time))}; see the tab Operations.`);
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

/** What it is about; of several paths the first two. */
export function targetOf({ path, paths, values }: OperationRequest): string {
  const all = path !== undefined ? [path] : (paths ?? Object.keys(values ?? {}));
  return all.length > 2 ? `${all.slice(0, 2).join(', ')} and ${all.length - 2} more` : all.join(', ');
}

function elapsed({ elapsedMs }: Operation): string {
  return elapsedMs === undefined ? '' : `in ${elapsedMs} ms`;
}

/** Takes over the values that a device answered, or that it took. */
export function takeAnswer(values: DeviceValues, request: OperationRequest, operation: Operation): void {
  if (!operation.success) return;
  const time = operation.finished ?? operation.time;
  if (operation.values) values.take(operation.values, request.op.startsWith('observe') ? 'observe' : 'read', time);
  else if (['write', 'update', 'write-composite'].includes(request.op)) values.take(writtenBy(request), 'write', time);
}

function writtenBy({ path, value, values, type }: OperationRequest): PathValue[] {
  if (value !== undefined && path) return [{ path, value, type: type as PathValue['type'] }];
  if (!values || Array.isArray(values)) return [];
  return Object.entries(values).map(([below, one]) => ({ path: below.startsWith('/') ? below : `${path}/${below}`, value: one }));
}
