// SPDX-License-Identifier: Apache-2.0
// Which devices an operation for many goes to: exactly those that the table shows for a filter.
import { call } from '../../api/call';
import type { DeviceFilter } from './device_filters';

export type DeviceChoice = { endpoints: string[] } | { q: string; tag?: string[]; object?: number };

/**
 * The server chooses among the registered devices by tag and object. By state, or by a part of the
 * address, it cannot: those are named one by one.
 */
export async function choiceOf(filter: DeviceFilter): Promise<DeviceChoice> {
  const { q, tag, object, state } = filter;
  if (!q && (state === undefined || state === 'registered')) return { q: '', tag: tag?.length ? tag : undefined, object };
  const endpoints: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await call('GET /api/v1/devices', { query: { ...filter, cursor, limit: 1000 } });
    endpoints.push(...page.devices.map(({ endpoint }) => endpoint));
    cursor = page.next;
  } while (cursor !== undefined);
  return { endpoints };
}
