// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { filterOf } from './live';

it('asks for one endpoint only if everybody wants that one', () => {
  const one = { types: ['value', 'send'], endpoint: 'a' };
  expect(filterOf([one])).toEqual({ type: 'send,value', endpoint: 'a' });
  expect(filterOf([one, { types: ['updated'], endpoint: 'a' }])).toEqual({ type: 'send,updated,value', endpoint: 'a' });
  expect(filterOf([one, { types: ['updated'], endpoint: 'b' }]).endpoint).toBeUndefined();
  expect(filterOf([one, { types: ['updated'] }]).endpoint).toBeUndefined();
});

it('does not open the gate for what is only by the way', () => {
  const alarms = { types: ['alarm'], ambient: true };
  expect(filterOf([{ types: ['value'], endpoint: 'a' }, alarms])).toEqual({ type: 'alarm,value', endpoint: 'a' });
  expect(filterOf([alarms])).toEqual({ type: 'alarm', endpoint: undefined });
});
