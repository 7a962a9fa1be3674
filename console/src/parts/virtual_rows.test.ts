// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { windowOf } from './virtual_rows';

it('draws what is on view and a little around it', () => {
  expect(windowOf(0, 720, 36, 100_000)).toEqual([0, 28]);
  expect(windowOf(36_000, 720, 36, 100_000)).toEqual([992, 1028]);
});

it('stays within the rows', () => {
  expect(windowOf(0, 720, 36, 0)).toEqual([0, 0]);
  expect(windowOf(0, 720, 36, 5)).toEqual([0, 5]);
  expect(windowOf(36 * 99_990, 720, 36, 100_000)).toEqual([99_982, 100_000]);
  expect(windowOf(5_000_000, 720, 36, 10)).toEqual([9, 10]); // the list became shorter
});

it('never draws more than fits', () => {
  for (let top = 0; top < 3_600_000; top += 12_345) {
    const [first, end] = windowOf(top, 900, 36, 100_000);
    expect(end - first).toBeLessThanOrEqual(900 / 36 + 18);
    expect(first * 36).toBeLessThanOrEqual(top);
    expect(end * 36).toBeGreaterThanOrEqual(top + 900);
  }
});
