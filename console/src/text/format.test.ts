// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { age, bytes, duration, number, rate, scalar, unit } from './format';

describe('format', () => {
  it('says a duration in two units at most', () => {
    const table: [number, string][] = [[0, '0 s'], [0.25, '0.3 s'], [59, '59 s'], [60, '1 min'], [125, '2 min 5 s'], [3600, '1 h'], [93600, '1 d 2 h'], [-5, '−5 s']];
    for (const [seconds, words] of table) expect(duration(seconds), String(seconds)).toBe(words);
  });
  it('says an age in one unit', () => {
    const table: [number, string][] = [[0.4, 'now'], [1, '1 s'], [59.9, '59 s'], [60, '1 min'], [7199, '1 h'], [172800, '2 d']];
    for (const [seconds, words] of table) expect(age(seconds), String(seconds)).toBe(words);
  });
  it('says sizes and rates with three digits that matter', () => {
    expect([bytes(0), bytes(1023), bytes(1024), bytes(734003200)]).toEqual(['0 B', '1023 B', '1.0 KiB', '700 MiB']);
    expect([rate(0), rate(0.123), rate(12.34), rate(1893.7)]).toEqual(['0', '0.12', '12.3', '1,894']);
  });
  it('shows a value by its type', () => {
    expect(scalar(null)).toBe('–');
    expect(scalar(true, 'boolean')).toBe('true');
    expect(scalar('', 'string')).toBe('“”');
    expect(scalar(0.1 + 0.2, 'float')).toBe('0.3');
    expect(scalar('AP8=', 'opaque')).toBe('00ff');
    expect(scalar('no base64!', 'opaque')).toBe('no base64!');
    expect(scalar('A'.repeat(32), 'opaque')).toBe('000000000000000000000000… 24 bytes');
    expect(scalar(1795963500, 'time')).toMatch(/^2026-11-\d\d \d\d:\d\d:\d\d$/);
    expect(scalar('NaN', 'float')).toBe('NaN');
  });
  it('keeps whole numbers whole', () => {
    expect([number(0), number(-42), number(281474976710656), number(1e21)]).toEqual(['0', '-42', '281474976710656', '1.000000e+21']);
  });
  it('writes units as people do', () => {
    expect([unit('Cel'), unit('W'), unit(undefined)]).toEqual(['°C', 'W', '']);
  });
});
