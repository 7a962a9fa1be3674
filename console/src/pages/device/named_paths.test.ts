// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { LastValue, Model, ModelResource } from '../../api/shapes';
import { namedPath } from './named_paths';

const resource = (id: number, name: string, operations: string, more: Partial<ModelResource> = {}) =>
  ({ resource: id, name, operations, type: 'float', multiple: false, mandatory: false, ...more }) as ModelResource;
const sensor = { object: 3303, name: 'Temperature', resources: [resource(5700, 'Sensor Value', 'R', { unit: 'Cel' }), resource(5821, 'Offset', 'RW'), resource(6, 'Sources', 'RW', { multiple: true })] } as Model;
const models = new Map([[3303, sensor]]);
const none = new Map<string, LastValue>();

it('calls a path as its definition does', () => {
  expect(namedPath('/3303/0', models, none)).toMatchObject({ name: 'Temperature', isWritable: false });
  expect(namedPath('/3303/0/5700', models, none)).toMatchObject({ name: 'Sensor Value', unit: '°C', type: 'float', isWritable: false });
  expect(namedPath('/3303/0/5821', models, none)).toMatchObject({ name: 'Offset', isWritable: true });
});

it('writes of several values each by itself, and what nobody defined', () => {
  expect(namedPath('/3303/0/6', models, none).isWritable).toBe(false);
  expect(namedPath('/3303/0/6/1', models, none)).toMatchObject({ name: 'Sources [1]', isWritable: true });
  expect(namedPath('/33000/0/1', models, none)).toMatchObject({ name: 'Not defined', type: 'string', isWritable: true });
});
