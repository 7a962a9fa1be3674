// SPDX-License-Identifier: Apache-2.0
// Spans of time as people type them.

const sizes: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86400 };

/** The seconds in "90 s", "15 min", "36 h", "1 d 12 h"; a number alone is seconds. */
export function secondsOf(text: string): number | undefined {
  const words = text.trim().toLowerCase();
  if (/^\d+$/.test(words)) return Number(words) || undefined;
  const parts = [...words.matchAll(/(\d+)\s*(s|min|h|d)[a-z]*\.?\s*/gy)];
  const read = parts.reduce((length, [part]) => length + part.length, 0);
  if (parts.length === 0 || read !== words.length) return undefined;
  return parts.reduce((sum, [, amount, size]) => sum + Number(amount) * sizes[size!]!, 0) || undefined;
}
