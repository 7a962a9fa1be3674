// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { DeviceRow, ServerEvent } from '../../api/shapes';
import { patched } from './device_list';

const rows: DeviceRow[] = [{ endpoint: 'a', state: 'asleep', tags: [], pending: 0, queueMode: true }, { endpoint: 'b', state: 'registered', tags: [], pending: 0 }];
const event = (type: ServerEvent['type'], endpoint: string, more = {}) => ({ id: '1', type, time: 50, endpoint, ...more });

it('changes the row an event is about, and no other', () => {
  const next = patched(rows, [event('awake', 'a')]);
  expect(next[0]).toMatchObject({ state: 'awake', lastSeen: 50 });
  expect(next[1]).toBe(rows[1]);
  expect(patched(rows, [event('awake', 'b'), event('updated', 'b', { address: '10.0.0.2:1' })])[1]).toMatchObject({ address: '10.0.0.2:1', updated: 50 });
  expect(patched(rows, [event('expired', 'b')])[1]!.state).toBe('absent');
});

it('leaves the list alone when it has no such row', () => {
  expect(patched(rows, [event('updated', 'c')])).toBe(rows);
});
