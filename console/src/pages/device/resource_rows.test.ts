// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { LastValue, Model } from '../../api/shapes';
import { objectsOfValues, rowsOf } from './resource_rows';

const value = (path: string): [string, LastValue] => [path, { path, type: 'integer', value: 1, received: 1, source: 'read' }];
const model = {
  resources: [
    { resource: 0, name: 'Manufacturer', operations: 'R', type: 'string', multiple: false, mandatory: false },
    { resource: 6, name: 'Power Sources', operations: 'R', type: 'integer', multiple: true, mandatory: false },
  ],
} as unknown as Model;

it('joins what is defined and what is known', () => {
  const values = new Map([value('/3/0/6/10'), value('/3/0/6/2'), value('/3/0/999'), value('/3/1/0')]);
  expect(rowsOf('/3/0', model, values).map(({ path, name }) => [path, name])).toEqual([
    ['/3/0/0', 'Manufacturer'],
    ['/3/0/6/2', 'Power Sources [2]'],
    ['/3/0/6/10', 'Power Sources [10]'],
    ['/3/0/999', 'Not defined'],
  ]);
});

it('shows an object nobody defined by its values', () => {
  expect(rowsOf('/9/0', undefined, new Map([value('/9/0/3'), value('/9/0/1')])).map(({ id }) => id)).toEqual(['1', '3']);
});

it('knows the objects of an absent device from its values', () => {
  expect(objectsOfValues(['/3303/1/5700', '/3/0/0', '/3303/0/5700'])).toMatchObject([{ object: 3, instances: [0] }, { object: 3303, instances: [0, 1] }]);
});
