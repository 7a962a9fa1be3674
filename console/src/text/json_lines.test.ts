// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { jsonMistake, lineOfPath } from './json_lines';

const text = '{\n  "/0/1": {\n    "0": "coap://a",\n    "10": 101\n  },\n  "/1/1": {\n    "0": 101,\n    "1": -1\n  }\n}';

it('finds the line of a path', () => {
  expect(lineOfPath(text, '/1/1/1')).toBe(8);
  expect(lineOfPath(text, '/0/1/0')).toBe(3);
  expect(lineOfPath(text, '/0/1/1')).toBe(2); // not there: the instance
  expect(lineOfPath(text, '/1/1')).toBe(6);
  expect(lineOfPath(text, '/2/0')).toBeUndefined();
});

it('finds the line of a mistake', () => {
  expect(jsonMistake(text)).toBeUndefined();
  const table: [string, number][] = [
    ['{\n  "a": 1,\n  "b": x\n}', 3],
    ['{\n  "a": 1\n  "b": 2\n}', 3],
    ['{"a": [1,\n 2,\n]}', 3],
    ['{"a": "open\n}', 1],
    ['{\n"a": {}\n', 2],
    ['{"a": 1}\n\nrest', 3],
    ['{"a": 01}', 1],
    ['', 1],
  ];
  for (const [wrong, line] of table) expect(jsonMistake(wrong)?.line, wrong).toBe(line);
});
