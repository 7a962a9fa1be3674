// SPDX-License-Identifier: Apache-2.0
// A hundred thousand devices that were never there, the same ones each time.
import type { DeviceObject, DeviceRow, LastValue, Operation, Overview, Sample, ValueType } from '../src/api/shapes';
import { findModel } from './models';

/** A number in [0, 1) for any text or numbers (mulberry32 over a hash). */
export function chance(...what: (string | number)[]): number {
  let seed = 2166136261;
  for (const letter of what.join('/')) seed = Math.imul(seed ^ letter.charCodeAt(0), 16777619);
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

const kinds = ['meter', 'lamp', 'thermostat', 'tracker', 'valve'] as const;
export const places = ['bern', 'basel', 'lugano', 'chur', 'thun', 'sion', 'aarau', 'zug'];
export const now = () => Date.now() / 1000;

function makeDevice(number: number): DeviceRow {
  const kind = kinds[Math.floor(chance('kind', number) * kinds.length)]!;
  const queueMode = kind === 'meter' || kind === 'tracker';
  const endpoint = `urn:dev:os:32473-${kind}-${String(number).padStart(6, '0')}`;
  const dice = chance('state', number);
  const state = dice > 0.97 ? 'absent' : queueMode ? (dice > 0.12 ? 'asleep' : 'awake') : 'registered';
  const lifetime = queueMode ? 86400 : 300;
  const updated = now() - chance('updated', number) * (queueMode ? 40000 : 280);
  const tags = [places[Math.floor(chance('place', number) * places.length)]!];
  if (chance('pilot', number) < 0.03) tags.push('pilot');
  const row: DeviceRow = { endpoint, state, tags, pending: state === 'asleep' && chance('pending', number) < 0.04 ? 1 + Math.floor(chance(number) * 4) : 0, lastSeen: updated };
  if (state === 'absent') return { ...row, lastSeen: now() - 86400 * (1 + chance('gone', number) * 30) };
  const secured = chance('secured', number);
  return {
    ...row,
    registration: number.toString(36).padStart(6, '0'),
    address: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}:${20000 + Math.floor(chance('port', number) * 40000)}`,
    security: secured < 0.1
      ? { mode: 'nosec' }
      : { mode: secured < 0.7 ? 'psk' : secured < 0.85 ? 'rpk' : 'x509', identity: secured < 0.7 ? `${kind}-${number}` : `CN=${endpoint}`, suite: 'TLS_PSK_WITH_AES_128_CCM_8', connectionId: true },
    version: chance('version', number) < 0.7 ? '1.1' : chance('old', number) < 0.5 ? '1.2' : '1.0',
    lifetime,
    binding: 'U',
    queueMode,
    registered: updated - 86400 * chance('registered', number) * 20,
    updated,
    expires: updated + lifetime,
  };
}

export const devices: DeviceRow[] = Array.from({ length: 100000 }, (_, number) => makeDevice(number + 1));
// One by hand, awake and eventful, which the pictures and tests use.
Object.assign(devices[0]!, makeDevice(1), {
  endpoint: 'urn:dev:os:32473-thermostat-000001', state: 'registered', tags: ['bern', 'pilot'], pending: 0, queueMode: false,
  registration: '000001', address: '10.0.0.1:56830', version: '1.1', lifetime: 300, binding: 'U', registered: now() - 260000,
  updated: now() - 40, expires: now() + 260, lastSeen: now() - 4,
  security: { mode: 'psk', identity: 'thermostat-1', suite: 'TLS_PSK_WITH_AES_128_CCM_8', connectionId: true },
});
devices.sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
export const byEndpoint = new Map(devices.map((device) => [device.endpoint, device]));

export function objectsOf(endpoint: string): DeviceObject[] {
  const extra = /lamp/.test(endpoint) ? [[3311, '1.0']] : /thermostat/.test(endpoint) ? [[3303, '1.1'], [3311, '1.0']] : [[3303, '1.1']];
  const all = [[1, '1.1'], [3, '1.1'], [4, '1.2'], [5, '1.1'], [6, '1.0'], ...extra, [33001, '1.0']] as [number, string][];
  return all.map(([object, version]) => ({ object, version, name: findModel(object, version)?.name, instances: object === 3303 ? [0, 1] : [0] }));
}

const fixed: Record<string, string | number | boolean> = {
  '/1/0/0': 101, '/1/0/1': 300, '/1/0/6': true, '/1/0/7': 'U', '/3/0/0': 'Linnet Works', '/3/0/1': 'Thermostat 2', '/3/0/2': 'LW-T2-000001',
  '/3/0/3': '2.4.1', '/3/0/9': 87, '/3/0/13': 0, '/3/0/14': '+01:00', '/3/0/15': 'Europe/Zurich', '/3/0/16': 'U', '/4/0/0': 7, '/4/0/2': -83,
  '/4/0/8': 20481, '/5/0/3': 0, '/5/0/5': 0, '/6/0/0': 46.948, '/6/0/1': 7.4474, '/3303/0/5700': 21.4, '/3303/0/5601': 18.2, '/3303/0/5602': 23.9,
  '/3303/0/5701': 'Cel', '/3303/1/5700': 44.8, '/3303/1/5701': 'Cel', '/3311/0/5850': true, '/3311/0/5851': 60, '/3311/0/5706': 'warm', '/33001/0/1': 'AQIDBAUGBwg=', '/33001/0/2': 1.5,
};

export function valueAt(path: string, time: number): number {
  const base = typeof fixed[path] === 'number' ? (fixed[path] as number) : 20;
  const wave = Math.sin(time / 2400) * 1.6 + Math.sin(time / 310) * 0.35 + chance(path, Math.floor(time / 20)) * 0.25;
  return Number((base + wave).toFixed(2));
}

export function valuesOf(endpoint: string): LastValue[] {
  const had = new Set(objectsOf(endpoint).map(({ object }) => object));
  return Object.entries(fixed)
    .filter(([path]) => had.has(Number(path.split('/')[1])))
    .map(([path, value]) => {
      const [, object, , resource] = path.split('/').map(Number);
      const known = findModel(object!)?.resources.find((one) => one.resource === resource);
      const moving = path.endsWith('/5700');
      return {
        path, name: known?.name, unit: known?.unit, type: (known?.type ?? 'string') as ValueType,
        value: path === '/3/0/13' ? Math.floor(now()) : moving ? valueAt(path, now()) : value,
        received: moving ? now() - 3 : now() - 3600 * chance(endpoint, path) * 30,
        sent: moving ? now() - 3 : undefined, source: moving ? 'observe' : path.startsWith('/1') ? 'read' : 'send',
      };
    });
}

export function samplesOf(path: string, from: number, to: number, points: number): Sample[] {
  const step = Math.max(10, (to - from) / points);
  const samples: Sample[] = [];
  for (let time = from; time <= to; time += step) {
    const value = valueAt(path, time);
    samples.push(step > 60 ? { time, min: value - 0.4, max: value + 0.5, value } : { time, value });
  }
  return samples;
}

export const operations: Operation[] = [];
let nextOperation = 1;
export function addOperation(operation: Omit<Operation, 'id'>): Operation {
  const made = { ...operation, id: `op-${nextOperation++}` };
  operations.unshift(made);
  return made;
}
for (let number = 40; number > 0; number -= 1) {
  const device = number % 3 === 0 ? devices.find(({ endpoint }) => endpoint.includes('thermostat-000001'))! : devices[number * 977]!;
  const state = (['done', 'done', 'done', 'failed', 'queued', 'done', 'expired', 'cancelled'] as const)[number % 8]!;
  const time = now() - number * 437;
  const wire = number % 2 ? ({ op: 'read', target: '/3/0' } as const) : ({ op: 'write', target: '/3311/0/5851' } as const);
  addOperation({
    endpoint: device.endpoint, ...wire, request: { op: wire.op, path: wire.target }, mode: state === 'queued' ? 'queue' : 'wait', state, time, deadline: time + 604800, by: number % 4 ? 'ada' : 'meter-backend',
    ...(state === 'done' ? { success: true, code: '2.05', codeName: 'Content', finished: time + 0.3, elapsedMs: 84 + number } : {}),
    ...(state === 'failed' ? { success: false, code: '4.04', codeName: 'Not Found', reason: 'The device has no such resource.', finished: time + 0.2, elapsedMs: 61 } : {}),
    ...(state === 'expired' ? { success: false, reason: 'The device did not wake before the deadline.', finished: time + 300 } : {}),
    timeline: [{ time, state: 'queued', detail: state === 'queued' ? 'The device sleeps.' : undefined }, ...(state === 'queued' ? [] : [{ time: time + 0.1, state: 'sent' as const }, { time: time + 0.3, state }])],
  });
}

export function overview(): Overview {
  const counts = { registered: 0, awake: 0, asleep: 0, absent: 0 };
  for (const { state } of devices) {
    counts[state] += 1;
    if (state === 'awake' || state === 'asleep') counts.registered += 1;
  }
  const series = Array.from({ length: 360 }, (_, at) => {
    const time = Math.floor(now() / 10) * 10 - (359 - at) * 10;
    const wave = 1 + 0.25 * Math.sin(time / 500);
    return { time, registered: 96900 + Math.round(60 * Math.sin(time / 900)), updates: 310 * wave + 40 * chance('u', time), notifications: 1850 * wave + 160 * chance('n', time), operations: 14 + 6 * chance('o', time) };
  });
  return {
    devices: counts, observations: 184203, pending: 1873, sessions: 88411,
    rates: { registrations: 3.4, updates: 322, notifications: 1894, operations: 16.2, messagesIn: 2240, messagesOut: 2262 }, series,
    versions: [{ version: '1.1', count: 68112 }, { version: '1.2', count: 14480 }, { version: '1.0', count: 14337 }],
    objects: [[3, 96929], [1, 96929], [4, 96929], [5, 96929], [6, 96929], [3303, 77512], [3311, 38760]].map(([object, count]) => ({ object: object!, count: count!, name: findModel(object!)?.name })),
    alarms: [{ time: now() - 5400, text: 'Webhook “billing” is paused: 20 deliveries failed, the last with status 503.' }],
    uptime: 1123400, store: { file: 'linnet.db', bytes: 734003200, failing: false },
  };
}
