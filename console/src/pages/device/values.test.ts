// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { LastValue } from '../../api/shapes';
import { merge, unitOf } from './values';

const old = new Map<string, LastValue>([
  ['/3303/0/5700', { path: '/3303/0/5700', type: 'float', value: 20, sent: 100, received: 101, source: 'observe', name: 'Sensor Value' }],
  ['/3303/0/5701', { path: '/3303/0/5701', type: 'string', value: 'Cel', received: 90, source: 'read' }],
]);

it('takes news, and keeps what they do not say', () => {
  const now = merge(old, [{ path: '/3303/0/5700', value: 21 }], 'observe', 110).get('/3303/0/5700');
  expect(now).toMatchObject({ value: 21, received: 110, type: 'float', name: 'Sensor Value' });
});

it('lets no late value overwrite a newer one', () => {
  expect(merge(old, [{ path: '/3303/0/5700', value: 5, time: 50 }], 'send', 120).get('/3303/0/5700')?.value).toBe(20);
  expect(merge(old, [{ path: '/3303/0/5700', value: 6, time: 105 }], 'send', 120).get('/3303/0/5700')?.value).toBe(6);
});

it('finds the unit that a sensor says beside its value', () => {
  expect(unitOf('/3303/0/5700', old.get('/3303/0/5700'), undefined, old)).toBe('°C');
  expect(unitOf('/3303/0/5850', undefined, undefined, old)).toBe('');
});
