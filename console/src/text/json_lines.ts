// SPDX-License-Identifier: Apache-2.0
// Where in a JSON text something is.

/** The line (from 1) at which a text stops being JSON, and why; undefined if it is JSON. */
export function jsonMistake(text: string): { line: number; message: string } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    // Browsers say where in ways of their own, or not at all.
    const end = validPrefix(text);
    const rest = text.slice(end).trimStart();
    const line = text.slice(0, rest ? text.length - rest.length : end).split('\n').length;
    const near = rest.split('\n')[0]!.slice(0, 20);
    return { line, message: near ? `Line ${line} is no JSON at “${near}”.` : `Something is missing at the end, line ${line}.` };
  }
}

const token = /\s*("(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:])/y;

/** How far a text can be read as the beginning of a JSON value. */
function validPrefix(text: string): number {
  // What is open, and what may come next in it: key, colon, value, or comma.
  const open: string[] = [];
  let next: 'value' | 'key' | 'colon' | 'comma' | 'end' = 'value';
  let mayClose = false;
  let end = 0;
  const afterValue = () => (open.length > 0 ? 'comma' : 'end');
  for (token.lastIndex = 0; ; end = token.lastIndex) {
    const at = token.lastIndex;
    const word = token.exec(text)?.[1];
    if (word === undefined) return at;
    const inside = open[open.length - 1];
    if (word === '}' || word === ']') {
      if (inside !== (word === '}' ? '{' : '[') || (next !== 'comma' && !mayClose)) return end;
      open.pop();
      next = afterValue();
    } else if (next === 'value' && (word === '{' || word === '[')) {
      open.push(word);
      next = word === '{' ? 'key' : 'value';
      mayClose = true;
      continue;
    } else if (next === 'key' && word.startsWith('"')) next = 'colon';
    else if (next === 'colon' && word === ':') next = 'value';
    else if (next === 'comma' && word === ',') next = inside === '{' ? 'key' : 'value';
    else if (next === 'value' && !',:'.includes(word)) next = afterValue();
    else return end;
    mayClose = false;
  }
}

/**
 * The line of a configuration's objects in which a path such as "/1/1/7" is said: that of the
 * resource's key within its instance, else the instance's.
 */
export function lineOfPath(text: string, path: string): number | undefined {
  const [object, instance, resource] = path.split('/').slice(1);
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.includes(`"/${object}/${instance}"`));
  if (start < 0) return undefined;
  if (resource === undefined) return start + 1;
  for (let at = start; at < lines.length; at += 1) {
    if (at > start && /^\s*"\/\d+\/\d+"\s*:/.test(lines[at]!)) break;
    if (new RegExp(`"${resource}"\\s*:`).test(lines[at]!)) return at + 1;
  }
  return start + 1;
}
