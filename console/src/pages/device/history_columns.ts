// SPDX-License-Identifier: Apache-2.0
import type uPlot from 'uplot';
import type { Sample, Scalar } from '../../api/shapes';

function numberOf(value: Scalar | undefined): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : null;
}

/** Columns for the plot: times and values, or times, lows, highs and middles of a thinned history. */
export function columnsOf(samples: readonly Sample[]): { data: uPlot.AlignedData; thinned: boolean } {
  const thinned = samples.some(({ min }) => min !== undefined);
  const times = samples.map(({ time }) => time);
  if (!thinned) return { data: [times, samples.map(({ value }) => numberOf(value))], thinned };
  const low = samples.map(({ min, value }) => min ?? numberOf(value));
  const high = samples.map(({ max, value }) => max ?? numberOf(value));
  const middle = samples.map(({ value }, at) => numberOf(value) ?? ((low[at] ?? 0) + (high[at] ?? 0)) / 2);
  return { data: [times, high, low, middle], thinned };
}
