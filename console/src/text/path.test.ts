// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { byPath, covers, pathOfText } from './path';

it('takes paths of every depth, and nothing else', () => {
  expect(pathOfText('3')).toBe('/3');
  expect(pathOfText(' /3/0/06/1 ')).toBe('/3/0/6/1');
  for (const text of ['', '/', '/3/', '/3/0/6/1/2', '/x', '/3/65535', '/3 0']) expect(pathOfText(text), text).toBeUndefined();
});

it('knows their order and what is below them', () => {
  expect(['/3/0/10', '/3303/0/1', '/3/0/9'].sort(byPath)).toEqual(['/3/0/9', '/3/0/10', '/3303/0/1']);
  expect(covers('/3/0', '/3/0/9')).toBe(true);
  expect(covers('/3', '/3303/0')).toBe(false);
});
