// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { columnsOf } from './history_columns';

it('makes columns of samples', () => {
  expect(columnsOf([{ time: 1, value: 2 }, { time: 2, value: true }, { time: 3, value: 'NaN' }])).toEqual({ data: [[1, 2, 3], [2, 1, null]], thinned: false });
});

it('shows the span of a thinned history', () => {
  expect(columnsOf([{ time: 1, min: 1, max: 3 }, { time: 2, value: 5 }])).toEqual({ data: [[1, 2], [3, 5], [1, 5], [2, 5]], thinned: true });
});
