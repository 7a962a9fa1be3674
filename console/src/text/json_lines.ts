// SPDX-License-Identifier: Apache-2.0
// Where in a JSON text something is.

/** The line (from 1) at which a text stops being JSON, and why; undefined if it is JSON. */
export function jsonMistake(text: string): { line?: number; message: string } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = (error as Error).message;
    const position = /position (\d+)/.exec(message)?.[1];
    const line = /line (\d+)/.exec(message)?.[1];
    if (line) return { line: Number(line), message };
    return { line: position ? text.slice(0, Number(position)).split('\n').length : undefined, message };
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
