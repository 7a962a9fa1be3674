// SPDX-License-Identifier: Apache-2.0
// From a resource's definition to the input that fits it, and from what is typed to a value.
import type { Scalar, ValueType } from '../api/shapes';
import { base64Of, bytesOfBase64, bytesOfHex, hexOf } from './bytes';

export type InputKind = 'switch' | 'number' | 'choice' | 'time' | 'bytes' | 'link' | 'text';

export interface Range {
  low?: number;
  high?: number;
  /** The values there are, if they are told one by one. */
  choices?: string[];
}

/** Of a definition's RangeEnumeration: "0-100", "0..255", "1,2,3", "-128 to 127". */
export function parseRange(text: string | undefined): Range {
  const plain = (text ?? '').trim();
  const span = /^(-?\d+(?:\.\d+)?)\s*(?:\.\.|…|–|-|to)\s*(-?\d+(?:\.\d+)?)$/i.exec(plain);
  if (span) return { low: Number(span[1]), high: Number(span[2]) };
  const parts = plain.split(/[,;]/).map((part) => part.trim()).filter(Boolean);
  return parts.length > 1 && parts.every((part) => /^[\w.+-]{1,24}$/.test(part)) ? { choices: parts } : {};
}

export function inputKind(type: string, range: Range): InputKind {
  switch (type) {
    case 'boolean': return 'switch';
    case 'time': return 'time';
    case 'opaque': return 'bytes';
    case 'objlnk': return 'link';
    case 'integer':
    case 'unsigned':
    case 'float':
      return range.choices?.every((choice) => !Number.isNaN(Number(choice))) ? 'choice' : 'number';
    default: return range.choices ? 'choice' : 'text';
  }
}

const two = (value: number) => String(value).padStart(2, '0');

/** What the input of a resource starts with. */
export function toInput(value: Scalar | undefined, type: string): string {
  if (value === undefined || value === null) return type === 'boolean' ? 'false' : '';
  if (type === 'opaque') return hexOf(bytesOfBase64(String(value)) ?? new Uint8Array());
  if (type === 'time' && typeof value === 'number') {
    const date = new Date(value * 1000);
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  }
  return String(value);
}

export type Read = { value: Scalar } | { error: string };

/** What is in the input as the API takes it, or what is wrong with it. */
export function fromInput(text: string, type: ValueType | string, range: Range): Read {
  switch (type) {
    case 'boolean': return { value: text === 'true' };
    case 'integer':
    case 'unsigned':
      return fromInteger(text.trim(), type, range);
    case 'float': {
      const value = Number(text.replace(',', '.'));
      return text.trim() === '' || Number.isNaN(value) ? { error: 'This takes a number.' } : inRange(value, range);
    }
    case 'time': {
      const time = Date.parse(text); // without a zone, as the input gives it: local time
      return Number.isNaN(time) ? { error: 'This takes a date and a time.' } : { value: Math.floor(time / 1000) };
    }
    case 'opaque': {
      const bytes = bytesOfHex(text);
      return bytes ? { value: base64Of(bytes) } : { error: 'This takes pairs of hex digits.' };
    }
    case 'objlnk': {
      const [object, instance, ...rest] = text.split(':').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : NaN));
      const fits = rest.length === 0 && [object, instance].every((id) => id !== undefined && id >= 0 && id <= 65535);
      return fits ? { value: `${object}:${instance}` } : { error: 'This takes an object and an instance, each 0 to 65535.' };
    }
    default: return { value: text };
  }
}

function fromInteger(text: string, type: string, range: Range): Read {
  if (!/^[+-]?\d+$/.test(text)) return { error: 'This takes a whole number.' };
  if (type === 'unsigned' && text.startsWith('-')) return { error: 'This cannot be negative.' };
  const value = Number(text);
  const read = inRange(value, range);
  // Beyond 53 bits a JavaScript number would be another one: the server reads the text.
  return 'error' in read || Number.isSafeInteger(value) ? read : { value: text };
}

function inRange(value: number, { low, high }: Range): Read {
  if (low !== undefined && value < low) return { error: `The least is ${low}.` };
  if (high !== undefined && value > high) return { error: `The most is ${high}.` };
  return { value };
}
