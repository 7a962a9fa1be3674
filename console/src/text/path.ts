// SPDX-License-Identifier: Apache-2.0
// Paths of objects, instances, resources and resource instances.

/** The path in what was typed, or undefined if it is none. */
export function pathOfText(text: string): string | undefined {
  const words = text.trim();
  const path = words.startsWith('/') ? words : `/${words}`;
  const ids = path.split('/').slice(1);
  return ids.length <= 4 && ids.every((id) => /^\d{1,5}$/.test(id) && Number(id) <= 65534) ? `/${ids.map(Number).join('/')}` : undefined;
}

export function byPath(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Whether one path is the other, or is above it. */
export function covers(path: string, other: string): boolean {
  return path === other || other.startsWith(`${path}/`);
}
