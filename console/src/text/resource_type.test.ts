// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { fromInput, inputKind, parseRange, toInput } from './resource_type';

describe('ranges', () => {
  it('reads limits and choices', () => {
    expect(parseRange('0-100')).toEqual({ low: 0, high: 100 });
    expect(parseRange('0..255')).toEqual({ low: 0, high: 255 });
    expect(parseRange('-128 to 127')).toEqual({ low: -128, high: 127 });
    expect(parseRange('1,2,4')).toEqual({ choices: ['1', '2', '4'] });
  });
  it('makes nothing of what is no range', () => {
    for (const text of [undefined, '', '0-255 bytes', 'see the description, table 3']) expect(parseRange(text), String(text)).toEqual({});
  });
});

describe('the input of a type', () => {
  it('fits', () => {
    expect(['boolean', 'integer', 'float', 'time', 'opaque', 'objlnk', 'string'].map((type) => inputKind(type, {}))).toEqual([
      'switch', 'number', 'number', 'time', 'bytes', 'link', 'text',
    ]);
    expect(inputKind('integer', { choices: ['0', '1'] })).toBe('choice');
    expect(inputKind('integer', { choices: ['low', 'high'] })).toBe('number');
    expect(inputKind('string', { choices: ['U', 'UQ'] })).toBe('choice');
  });
  it('starts with the value and gives it back', () => {
    const table: [string, string | number | boolean][] = [
      ['boolean', true], ['integer', -7], ['float', 21.5], ['time', 1795963505], ['opaque', 'AQIDBP8='], ['objlnk', '3:0'], ['string', 'a b'],
    ];
    for (const [type, value] of table) expect(fromInput(toInput(value, type), type, {}), type).toEqual({ value });
  });
  it('says what is wrong', () => {
    const range = { low: 0, high: 100 };
    expect(fromInput('101', 'integer', range)).toEqual({ error: 'The most is 100.' });
    expect(fromInput('-1', 'integer', range)).toEqual({ error: 'The least is 0.' });
    expect(fromInput('1.5', 'integer', {})).toHaveProperty('error');
    expect(fromInput('-1', 'unsigned', {})).toHaveProperty('error');
    expect(fromInput('', 'float', {})).toHaveProperty('error');
    expect(fromInput('yesterday', 'time', {})).toHaveProperty('error');
    expect(fromInput('0ff', 'opaque', {})).toHaveProperty('error');
    for (const link of ['3', '3:', '3:0:1', '70000:0', ':', '-1:0']) expect(fromInput(link, 'objlnk', {}), link).toHaveProperty('error');
  });
  it('loses no digit of a 64-bit number', () => {
    expect(fromInput('9223372036854775807', 'integer', {})).toEqual({ value: '9223372036854775807' });
  });
  it('takes hex as people paste it', () => {
    expect(fromInput('0x00 FF:10\n20', 'opaque', {})).toEqual({ value: 'AP8QIA==' });
  });
});
