// SPDX-License-Identifier: Apache-2.0
// Answers the contract from the world.
import type { DeviceRow, Message, Operation, OperationRequest, TimelineEntry } from '../src/api/shapes';
import { covers } from '../src/text/path';
import * as admin from './admin';
import { findModel, models, summary } from './models';
import * as world from './world';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

export interface Answered {
  status: number;
  body?: unknown;
  signIn?: boolean;
}

type Names = Record<string, string>;
type Handler = (asked: Asked, names: Names) => Answered | Promise<Answered>;

const ok = (body: unknown, status = 200): Answered => ({ status, body });
const gone: Answered = { status: 204 };
export const problem = (status: number, name: string, title: string, detail: string, more = {}): Answered =>
  ({ status, body: { type: `urn:linnet:problem:${name}`, title, status, detail, ...more } });

function page<T>(list: T[], query: URLSearchParams, name: string, more = {}): Answered {
  const limit = Number(query.get('limit') ?? 100);
  const from = Number(query.get('cursor') ?? 0);
  const next = from + limit < list.length ? String(from + limit) : undefined;
  return ok({ [name]: list.slice(from, from + limit), next, ...more });
}

let sorted: { key: string; list: DeviceRow[] } = { key: '', list: [] };
function deviceList({ query }: Asked): Answered {
  const key = ['q', 'tag', 'state', 'sort', 'object'].map((name) => query.getAll(name).join()).join('|');
  if (sorted.key !== key) {
    const q = (query.get('q') ?? '').toLowerCase();
    const tags = query.getAll('tag');
    const state = query.get('state') ?? 'registered';
    const object = query.get('object');
    const list = world.devices.filter((device) =>
      (!q || device.endpoint.toLowerCase().includes(q) || device.address?.includes(q)) &&
      tags.every((tag) => device.tags.includes(tag)) &&
      (state === 'all' || (state === 'registered' ? device.state !== 'absent' : device.state === state)) &&
      (!object || world.objectsOf(device.endpoint).some((one) => one.object === Number(object))));
    const sort = query.get('sort') ?? 'endpoint';
    const by = sort.replace('-', '') as keyof DeviceRow;
    const sign = sort.startsWith('-') ? -1 : 1;
    list.sort((a, b) => sign * ((a[by] ?? 0) < (b[by] ?? 0) ? -1 : (a[by] ?? 0) > (b[by] ?? 0) ? 1 : 0));
    sorted = { key, list };
  }
  return page(sorted.list, query, 'devices', { total: sorted.list.length });
}

function withDevice(act: (device: DeviceRow, asked: Asked, names: Names) => Answered | Promise<Answered>): Handler {
  return (asked, names) => {
    const device = world.byEndpoint.get(names.endpoint!);
    return device ? act(device, asked, names) : problem(404, 'device-not-found', 'No such device', `No device “${names.endpoint}” was ever registered here.`);
  };
}

async function operate(device: DeviceRow, { body }: Asked): Promise<Answered> {
  const request = body as OperationRequest;
  const target = request.path ?? request.paths?.join(' ') ?? '';
  const time = world.now();
  const base = { endpoint: device.endpoint, op: request.op, target, mode: request.mode ?? 'wait', time, deadline: time + (request.deadline ?? 120), by: 'ada', request } as const;
  if (device.state === 'asleep' || device.state === 'absent') {
    if (request.mode === 'now') return problem(409, 'asleep', 'The device sleeps', `${device.endpoint} is in queue mode and sleeps; use mode queue, and it is sent when the device wakes.`);
    const operation = world.addOperation({ ...base, state: 'queued', timeline: [{ time, state: 'queued', detail: 'The device sleeps.' }] });
    device.pending += 1;
    return ok(operation, 202);
  }
  await new Promise((resolve) => setTimeout(resolve, 160));
  if (target.includes('/13')  && request.op === 'write' && request.value === 0) return problem(422, 'value', 'The value does not fit', `value of ${target}: the device would refuse it.`, { path: target });
  const asked = request.path !== undefined ? [request.path] : (request.paths ?? []);
  const values = /^(read|observe)/.test(request.op) ? world.valuesOf(device.endpoint).filter(({ path }) => asked.some((one) => covers(one, path))) : undefined;
  const bad = values?.length === 0;
  const operation: Omit<Operation, 'id'> = {
    ...base, state: bad ? 'failed' : 'done', success: !bad, code: bad ? '4.04' : values || request.op === 'discover' ? '2.05' : request.op === 'create' ? '2.01' : '2.04',
    codeName: bad ? 'Not Found' : values ? 'Content' : 'Changed', reason: bad ? 'The device has no such resource.' : undefined, values, finished: world.now(), elapsedMs: 162,
    links: request.op === 'discover' ? world.valuesOf(device.endpoint).filter(({ path }) => path.startsWith(target)).map(({ path, name }) => ({ path, name, attributes: path.endsWith('5700') ? 'pmin=10;pmax=300' : undefined })) : undefined,
    timeline: [{ time, state: 'queued' }, { time: time + 0.01, state: 'sent' }, { time: time + 0.16, state: bad ? 'failed' : 'done' }],
  };
  return ok(world.addOperation(operation));
}

function timeline(device: DeviceRow): Answered {
  const time = world.now();
  const entries: TimelineEntry[] = [
    { time: time - 40, event: 'updated', count: 866, first: time - 259800, address: device.address },
    { time: time - 260000, event: 'registered', address: device.address, lifetime: device.lifetime, detail: 'LwM2M 1.1, binding U' },
    { time: time - 260001, event: 'handshake', detail: 'PSK thermostat-1, TLS_PSK_WITH_AES_128_CCM_8, connection id', address: device.address },
    { time: time - 340000, event: 'expired', detail: 'The lifetime of 300 s ran out.' },
    { time: time - 340300, event: 'updated', address: '10.0.0.1:41812' },
    { time: time - 600000, event: 'bootstrap', detail: 'Configuration “everybody” written in 3 steps' },
  ];
  return ok({ entries });
}

const capture = { enabled: true, until: world.now() + 1500, messages: 214, bytes: 18233 };
function messages({ query }: Asked): Answered {
  const after = Number(query.get('after') ?? 0);
  const last = Math.floor(world.now() / 4);
  const from = Math.max(after + 1, last - 60);
  const list: Message[] = [];
  for (let number = from; number <= last && capture.enabled; number += 1) list.push(message(number));
  return ok({ messages: list, next: last });
}

function message(number: number): Message {
  const time = number * 4;
  const notify = number % 3 !== 0;
  const update = number % 9 === 0;
  const incoming = notify || number % 6 === 3;
  const value = world.valueAt('/3303/0/5700', time);
  return {
    number, time, direction: incoming ? 'in' : 'out', address: '10.0.0.1:56830', secured: true,
    hex: '584552b31c7a90e1d3c1e0612c2d18c8ff88000055f0002cbb5700c1abb70fca9ad0fb40363333333333338fff', bytes: 44 + (number % 5),
    type: notify ? 'CON' : incoming ? 'ACK' : 'CON', code: notify ? '2.05' : update ? '0.02' : incoming ? '2.04' : '0.01',
    summary: notify ? `Notification of /3303/0/5700: ${value} Cel` : update ? 'Update, lifetime 300' : incoming ? 'Changed' : 'Read /3/0/9',
    messageId: 21171 + number % 4000, token: '1c7a90e1d3', options: notify ? [{ name: 'Observe', value: String(number % 4000) }, { name: 'Content-Format', value: 'senml-json (110)' }] : [{ name: 'Uri-Path', value: '3' }, { name: 'Uri-Path', value: '0' }, { name: 'Uri-Path', value: '9' }],
    format: notify ? 'senml-json' : undefined, payload: notify ? `[{"bn":"/3303/0/","n":"5700","v":${value},"bt":${time}}]` : undefined,
    values: notify ? [{ path: '/3303/0/5700', name: 'Sensor Value', unit: 'Cel', type: 'float', value }] : undefined,
  };
}

function put<T extends { name: string }>(list: T[], name: string, body: Partial<T>): Answered {
  const at = list.findIndex((one) => one.name === name);
  const made = { ...list[at], ...body, name } as T;
  if (at >= 0) list[at] = made;
  else list.push(made);
  return ok(made, at >= 0 ? 200 : 201);
}
function remove<T>(list: T[], fits: (one: T) => boolean): Answered {
  const at = list.findIndex(fits);
  if (at >= 0) list.splice(at, 1);
  return gone;
}
function find<T>(list: T[], fits: (one: T) => boolean): Answered {
  const found = list.find(fits);
  return found ? ok(found) : problem(404, 'not-found', 'There is none', 'There is none of that name.');
}
const session = { name: 'ada', role: 'admin', kind: 'user', expires: world.now() + 36000 };

const table: Record<string, Handler> = {
  'POST /session': ({ body }) => {
    const { password, code } = body as Names;
    if (password === 'wrong' || code === 'used') return problem(401, 'sign-in', 'Not signed in', code ? 'This link was used already, or is older than 15 minutes; `linnet console` makes another.' : 'No user has this name and password.');
    return { status: 200, body: session, signIn: true };
  },
  'GET /session': () => ok(session),
  'DELETE /session': () => ({ status: 204, signIn: false }),
  'POST /session/password': () => gone,
  'GET /tokens': () => ok({ tokens: admin.tokens }),
  'POST /tokens': ({ body }) => {
    const made = { ...(body as (typeof admin.tokens)[0]), id: String(Date.now()), created: world.now() };
    admin.tokens.push(made);
    return ok({ ...made, token: 'lnt_3Zq8mWcP1uYxT0sVb7LrKd2NfEa9HgJo' }, 201);
  },
  'DELETE /tokens/:id': (_, { id }) => remove(admin.tokens, (token) => token.id === id),
  'GET /users': () => ok({ users: admin.users }),
  'PUT /users/:name': ({ body }, { name }) => put(admin.users, name!, { created: world.now(), role: 'viewer', ...(body as object) }),
  'DELETE /users/:name': (_, { name }) => remove(admin.users, (user) => user.name === name),
  'GET /audit': ({ query }) => page(admin.audit.filter((entry) => (!query.get('who') || entry.who === query.get('who')) && JSON.stringify(entry).includes(query.get('q') ?? '')), query, 'entries'),
  'GET /tags': () => ok({ tags: world.places.map((tag) => ({ tag, devices: 12500 })).concat({ tag: 'pilot', devices: 3000 }) }),
  'GET /overview': () => ok(world.overview()),
  'GET /devices': deviceList,
  'GET /devices/:endpoint': withDevice((device) => ok(device.state === 'absent' ? device : { ...device, objects: world.objectsOf(device.endpoint), formats: ['senml-cbor', 'senml-json', 'tlv'], rootPath: '/', pendingOperations: device.pending,
    observations: [{ observation: 7, paths: ['/3303/0/5700'], composite: false, established: true, keep: true, notifications: 4211, last: world.now() - 3 }] })),
  'DELETE /devices/:endpoint': withDevice(() => gone),
  'PUT /devices/:endpoint/tags': withDevice((device, { body }) => ok({ tags: (device.tags = (body as { tags: string[] }).tags) })),
  'GET /devices/:endpoint/timeline': withDevice(timeline),
  'GET /devices/:endpoint/operations': withDevice((device, { query }) => page(world.operations.filter((one) => one.endpoint === device.endpoint && (!query.get('state') || one.state === query.get('state'))), query, 'operations')),
  'POST /devices/:endpoint/operations': withDevice(operate),
  'GET /devices/:endpoint/values': withDevice((device) => ok({ values: world.valuesOf(device.endpoint) })),
  'GET /devices/:endpoint/history': withDevice((_, { query }) => {
    const path = query.get('path')!;
    const to = Number(query.get('to') ?? world.now());
    return ok({ path, unit: 'Cel', type: 'float', samples: world.samplesOf(path, Number(query.get('from') ?? to - 3600), to, Number(query.get('points') ?? 400)) });
  }),
  'GET /devices/:endpoint/capture': withDevice(() => ok(capture)),
  'PUT /devices/:endpoint/capture': withDevice((_, { body }) => ok(Object.assign(capture, { until: world.now() + 1800 }, body))),
  'GET /devices/:endpoint/messages': withDevice((_, asked) => messages(asked)),
  'GET /operations': ({ query }) => page(world.operations.filter((one) => ['endpoint', 'state', 'batch'].every((name) => !query.get(name) || one[name as 'state'] === query.get(name))), query, 'operations'),
  'POST /operations': ({ body }) => {
    const { devices, ...request } = body as OperationRequest & { devices: { endpoints?: string[]; q?: string } };
    const chosen = devices.endpoints ?? world.devices.filter(({ endpoint }) => endpoint.includes(devices.q ?? '')).slice(0, 50).map(({ endpoint }) => endpoint);
    for (const endpoint of chosen) world.addOperation({ endpoint, op: request.op, target: request.path ?? '', request, deadline: world.now() + 604800, timeline: [], mode: 'queue', state: 'queued', time: world.now(), batch: 'b-7', by: 'ada' });
    return ok({ batch: 'b-7', operations: chosen.length, skipped: [] }, 202);
  },
  'GET /operations/:id': (_, { id }) => find(world.operations, (one) => one.id === id),
  'DELETE /operations/:id': (_, { id }) => {
    const found = world.operations.find((one) => one.id === id);
    if (!found || (found.state !== 'queued' && found.state !== 'sent')) return problem(409, 'ended', 'It has ended', 'The operation has ended already.');
    return ok(Object.assign(found, { state: 'cancelled', finished: world.now() }));
  },
  'GET /operations/batches/:batch': (_, { batch }) => {
    const counts: Record<string, number> = { queued: 0, sent: 0, done: 0, failed: 0, expired: 0, cancelled: 0 };
    for (const one of world.operations) if (one.batch === batch) counts[one.state]! += 1;
    return ok({ batch, counts });
  },
  'GET /models': () => ok({ models: models.map(summary) }),
  'GET /models/:object': ({ query }, { object }) => {
    const model = findModel(Number(object), query.get('version') ?? undefined);
    return model ? ok(model) : problem(404, 'model-not-found', 'No definition', `Nobody defined object ${object}.`);
  },
  'POST /models': ({ body, query }) => {
    const text = String(body);
    if (!text.includes('<Object ')) return ok({ objects: [], findings: [{ line: 3, severity: 'error', message: 'ObjectID is missing.' }, { line: 12, severity: 'warning', message: 'Units “C” is not in the list of SenML units; “Cel” is.' }] }, 422);
    return ok({ objects: [{ object: 33001, version: '1.0', name: 'Pressure log' }], findings: [{ line: 18, severity: 'warning', message: 'Resource 3 has no description.' }] }, query.get('dryRun') ? 200 : 201);
  },
  'DELETE /models/:object/:version': () => gone,
  'GET /observe-rules': () => ok({ rules: admin.rules }),
  'GET /observe-rules/:name': (_, { name }) => find(admin.rules, (rule) => rule.name === name),
  'PUT /observe-rules/:name': ({ body }, { name }) => put(admin.rules, name!, body as (typeof admin.rules)[0]),
  'DELETE /observe-rules/:name': (_, { name }) => remove(admin.rules, (rule) => rule.name === name),
  'GET /webhooks': () => ok({ webhooks: admin.webhooks }),
  'GET /webhooks/:name': (_, { name }) => find(admin.webhooks, (hook) => hook.name === name),
  'PUT /webhooks/:name': ({ body }, { name }) => {
    const known = admin.webhooks.some((hook) => hook.name === name);
    const answer = put(admin.webhooks, name!, { status: { state: 'active', delivered: 0, failures: 0, lag: 0 }, ...(body as object) });
    return known ? answer : { ...answer, body: { ...(answer.body as object), secret: 'whsec_7f1c0a4d5e2b9c8877665544332211ff' } };
  },
  'DELETE /webhooks/:name': (_, { name }) => remove(admin.webhooks, (hook) => hook.name === name),
  'POST /webhooks/:name/test': (_, { name }) => ok(name === 'billing' ? { status: 503, error: 'status 503 Service Unavailable', elapsedMs: 212 } : { status: 204, elapsedMs: 38 }),
  'POST /webhooks/:name/resume': (_, { name }) => put(admin.webhooks, name!, { status: { state: 'retrying', delivered: 90211, failures: 20, lag: 4120 } }),
  'GET /mqtt': () => ok({ enabled: true, connected: true, published: 48211034, lag: 0 }),
  'GET /events/recent': ({ query }) => ok({ events: Array.from({ length: Math.min(60, Number(query.get('limit') ?? 60)) }, (_, at) => event(world.now() - at * 3)) }),
  'GET /credentials': ({ query }) => page(admin.credentials.filter((one) => JSON.stringify(one).includes(query.get('q') ?? '')), query, 'credentials', { stored: admin.credentials.length }),
  'POST /credentials': ({ query }) => ok({ dryRun: query.get('dryRun') === 'true', imported: query.get('dryRun') !== 'true', lines: 4, added: 2, replaced: 0, unchanged: 1, bad: 1, problems: [{ line: 3, endpoint: 'urn:dev:os:32473-lamp-3', reason: 'The key is no hex: “zz11”.' }], advice: [{ line: 2, endpoint: 'urn:dev:os:32473-lamp-2', reason: 'The key has 8 bytes; 16 or more are advised.' }] }),
  'GET /credentials/:endpoint': (_, { endpoint }) => ok({ endpoint, credentials: admin.credentials.filter((one) => one.endpoint === endpoint), barred: false }),
  'POST /credentials/:endpoint': ({ body }, { endpoint }) => {
    const made = { ...(body as object), endpoint, id: String(Date.now()), created: world.now() } as (typeof admin.credentials)[0];
    admin.credentials.unshift(made);
    return ok(made, 201);
  },
  'DELETE /credentials/:endpoint': (_, { endpoint }) => remove(admin.credentials, (one) => one.endpoint === endpoint),
  'DELETE /credentials/:endpoint/:id': (_, { id }) => remove(admin.credentials, (one) => one.id === id),
  'GET /trust-anchors': () => ok({ trustAnchors: admin.trustAnchors }),
  'PUT /trust-anchors/:name': ({ body }, { name }) => put(admin.trustAnchors, name!, { ...admin.trustAnchors[0], ...(body as object) }),
  'DELETE /trust-anchors/:name': (_, { name }) => remove(admin.trustAnchors, (one) => one.name === name),
  'GET /server-identity': () => ok({ origin: 'linnet.db-identity.pem', publicKey: { hex: '3059301306072a8648ce3d0201', pem: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----', fingerprint: admin.trustAnchors[0]!.fingerprint }, certificate: { ...admin.trustAnchors[0], hex: '30820122', pem: '-----BEGIN CERTIFICATE-----' } }),
  'GET /bootstrap/configurations': () => ok({ configurations: Object.values(admin.configurations).map(({ objects, ...rest }) => ({ ...rest, instances: Object.keys(objects as object) })) }),
  'GET /bootstrap/configurations/:name': (_, { name }) => {
    const found = admin.configurations[name!];
    return found ? ok(found) : problem(404, 'not-found', 'No such configuration', `There is no configuration “${name}”.`);
  },
  'PUT /bootstrap/configurations/:name': ({ body }, { name }) => {
    if (JSON.stringify(body).includes('"0":101,"1":-1')) return problem(422, 'configuration', 'A device would refuse this', '/1/1/1: the lifetime is negative.', { path: '/1/1/1', reason: 'the lifetime is negative', rule: 'BS-51' });
    return ok((admin.configurations[name!] = { writes: 'instances', pack: true, delete: [], mode: 'all', ...(body as object), name }), 201);
  },
  'DELETE /bootstrap/configurations/:name': (_, { name }) => {
    delete admin.configurations[name!];
    return gone;
  },
  'POST /bootstrap/configurations/:name/preview': ({ body }, { name }) => ok({ configuration: name, endpoint: (body as Names).endpoint, selected: name, format: 'tlv', steps: [
    { operation: 'delete', method: 'DELETE', path: '/' },
    { operation: 'write', method: 'PUT', path: '/0/1', format: 'tlv', bytes: 122, payload: 'c8001a636f6170733a2f2f6c776d326d2e6578616d706c653a35363834c10100c10200', values: [{ path: '/0/1/0', type: 'string', value: 'coaps://lwm2m.example:5684', name: 'LwM2M Server URI' }, { path: '/0/1/2', type: 'integer', value: 0, name: 'Security Mode' }] },
    { operation: 'write', method: 'PUT', path: '/1/1', format: 'tlv', bytes: 14, payload: 'c10065c4010001518 0c10601c2075551'.replace(' ', ''), values: [{ path: '/1/1/1', type: 'integer', value: 86400, name: 'Lifetime', unit: 's' }] },
    { operation: 'finish', method: 'POST', path: '/bs' }] }),
  'GET /bootstrap/sessions': ({ query }) => ok({ sessions: admin.sessions.filter((one) => !query.get('endpoint') || one.endpoint === query.get('endpoint')) }),
};

export function event(time: number) {
  const step = Math.floor(time / 3);
  const device = world.devices[Math.floor(world.chance('event', step) * world.devices.length)]!;
  const type = (['updated', 'value', 'updated', 'registered', 'operation', 'awake', 'sleeping'] as const)[step % 7]!;
  return { id: String(step), type, time, endpoint: device.endpoint, ...(type === 'value' ? { paths: ['/3303/0/5700'], values: [{ path: '/3303/0/5700', name: 'Sensor Value', unit: 'Cel', type: 'float', value: world.valueAt('/3303/0/5700', time) }] } : {}), ...(type === 'operation' ? { op: 'read', target: '/3/0', success: true, code: '2.05', state: 'done' } : {}) };
}

export async function answer(asked: Asked): Promise<Answered> {
  const given = asked.path.replace('/api/v1', '').split('/');
  for (const [name, handler] of Object.entries(table)) {
    const [method, pattern] = name.split(' ') as [string, string];
    const wanted = pattern.split('/');
    if (method !== asked.method || wanted.length !== given.length) continue;
    if (!wanted.every((part, at) => part.startsWith(':') || part === given[at])) continue;
    const names = Object.fromEntries(wanted.flatMap((part, at) => (part.startsWith(':') ? [[part.slice(1), decodeURIComponent(given[at]!)]] : [])));
    return handler(asked, names);
  }
  return problem(404, 'no-route', 'Nothing here', `The mock does not know ${asked.method} ${asked.path}.`);
}
