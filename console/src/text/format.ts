// SPDX-License-Identifier: Apache-2.0
// How numbers, times and values read.
import type { Scalar, ValueType } from '../api/shapes';
import { bytesOfBase64, hexOf } from './bytes';

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(value: number): string {
  return counts.format(value);
}

/** A rate: three digits that matter, no more. */
export function rate(value: number): string {
  if (value >= 100) return count(Math.round(value));
  if (value >= 10) return value.toFixed(1);
  return value === 0 ? '0' : value.toFixed(2);
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

/** Seconds as two units at most: "3 d 4 h", "2 min 5 s", "0.3 s". */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const steps: [number, string][] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const whole = Math.round(seconds);
  const first = steps.findIndex(([size]) => whole >= size);
  if (first < 0) return '0 s';
  const [size, unit] = steps[first]!;
  const head = `${Math.floor(whole / size)} ${unit}`;
  const next = steps[first + 1];
  const rest = next ? Math.floor((whole % size) / next[0]) : 0;
  return next && rest ? `${head} ${rest} ${next[1]}` : head;
}

/** How long ago, in one unit: "12 s", "5 min", "3 h", "2 d". */
export function age(seconds: number): string {
  if (seconds < 1) return 'now';
  for (const [size, unit] of [[86400, 'd'], [3600, 'h'], [60, 'min']] as const) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${Math.floor(seconds)} s`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Local time, "14:03:27", with milliseconds if asked. */
export function clock(seconds: number, fine = false): string {
  const date = new Date(seconds * 1000);
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return fine ? `${text}.${String(date.getMilliseconds()).padStart(3, '0')}` : text;
}

/** Local date and time, "2026-11-29 14:03:27". */
export function dateTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(seconds)}`;
}

export function day(seconds: number): string {
  return dateTime(seconds).slice(0, 10);
}

export function number(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? String(value) : value.toExponential(6);
  return String(Number(value.toPrecision(7)));
}

/** A value of a resource in one line, without its unit. */
export function scalar(value: Scalar | undefined, type?: ValueType | string): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (type === 'time' && typeof value === 'number') return dateTime(value);
  if (type === 'opaque' && typeof value === 'string') {
    const raw = bytesOfBase64(value);
    if (!raw) return value;
    return raw.length <= 16 ? hexOf(raw) || 'empty' : `${hexOf(raw.subarray(0, 12))}… ${raw.length} bytes`;
  }
  if (typeof value === 'number') return number(value);
  return value === '' ? '“”' : value;
}

const symbols: Record<string, string> = { Cel: '°C', '%': '%', '/100': '%', lat: '°', lon: '°', Ohm: 'Ω', 'm/s2': 'm/s²' };

/** A unit of the object definitions as people write it. */
export function unit(name: string | undefined): string {
  return name ? (symbols[name] ?? name) : '';
}

export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}
