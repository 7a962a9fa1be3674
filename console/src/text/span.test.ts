// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { secondsOf } from './span';

it('reads what people type for a time', () => {
  expect(secondsOf('90')).toBe(90);
  expect(secondsOf(' 15 min ')).toBe(900);
  expect(secondsOf('36h')).toBe(129_600);
  expect(secondsOf('1 d 12 h')).toBe(129_600);
  expect(secondsOf('2 days')).toBe(172_800);
});

it('takes nothing else', () => {
  for (const text of ['', '0', '0 s', 'soon', '5 m', '1.5 h', '-3', '3 h later']) expect(secondsOf(text), text).toBeUndefined();
});
