// SPDX-License-Identifier: Apache-2.0
// What the pages around the devices show.
import type { ObserveRule, Token, User, Webhook } from '../src/api/shapes';
import { devices, now } from './world';

const device = devices[4711]!.endpoint;
export const users: User[] = [
  { name: 'ada', role: 'admin', created: now() - 9e6, lastSignIn: now() - 300 },
  { name: 'grace', role: 'operator', created: now() - 4e6, lastSignIn: now() - 86400 },
  { name: 'screen', role: 'viewer', created: now() - 2e6 },
];
export const tokens: Token[] = [
  { id: '1', name: 'first start', role: 'admin', created: now() - 9e6, lastUsed: now() - 60 },
  { id: '2', name: 'meter-backend', role: 'operator', created: now() - 6e6, expires: now() + 9e6, lastUsed: now() - 4 },
  { id: '3', name: 'grafana', role: 'viewer', created: now() - 5e6, lastUsed: now() - 15 },
];
export const audit = Array.from({ length: 140 }, (_, at) => ({
  id: String(9000 - at), time: now() - at * 731, who: ['ada', 'meter-backend', 'grace'][at % 3]!, role: ['admin', 'operator', 'operator'][at % 3]!,
  method: ['POST', 'PUT', 'DELETE'][at % 3]!, path: ['/api/v1/devices/{endpoint}/operations', '/api/v1/credentials/{endpoint}', '/api/v1/webhooks/{name}'][at % 3]!,
  subject: [`write /3311/0/5851 of ${device}`, devices[at * 13]!.endpoint, 'billing'][at % 3]!, status: at % 11 === 4 ? 403 : [200, 201, 204][at % 3]!, address: '127.0.0.1',
}));
export const rules: ObserveRule[] = [
  { name: 'temperatures', enabled: true, devices: { objects: [3303] }, paths: ['/3303/*/5700'], attributes: { pmin: 10, pmax: 300, st: 0.5 }, composite: false,
    status: { devices: 77512, observations: 154870, failures: [{ endpoint: device, path: '/3303/1/5700', reason: '4.04 Not Found', time: now() - 820 }] } },
  { name: 'batteries', enabled: true, devices: { tags: ['pilot'] }, paths: ['/3/0/9'], attributes: { pmax: 86400 }, composite: false, status: { devices: 2911, observations: 2911, failures: [] } },
  { name: 'trackers', enabled: false, devices: { endpoints: ['urn:dev:os:32473-tracker-*'] }, paths: ['/6/0/0', '/6/0/1'], composite: true, format: 'senml-cbor', status: { devices: 0, observations: 0, failures: [] } },
];
export const webhooks: Webhook[] = [
  { name: 'telemetry', url: 'https://hooks.example/linnet', types: ['value', 'send'], endpoints: [], paths: ['/3303'], headers: {}, timeout: 10, enabled: true, status: { state: 'active', delivered: 18203341, failures: 12, lag: 3, lastStatus: 204, lastSuccess: now() - 2 } },
  { name: 'billing', url: 'https://billing.example/in', types: ['registered', 'deregistered', 'expired'], endpoints: ['urn:dev:os:32473-meter-*'], paths: [], headers: { 'X-Tenant': null }, timeout: 5, enabled: true, status: { state: 'paused', delivered: 90211, failures: 20, lag: 4120, lastStatus: 503, lastError: 'status 503 Service Unavailable', lastSuccess: now() - 5400 } },
];
const der = 'MIIBszCCAVmgAwIBAgIUE2Z0cm91Z2hseWFjZXJ0aWZpY2F0ZQ==';
const fingerprint = 'sha-256:5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d3ae10dcbe0f0815a07ecd4';
export const trustAnchors = [
  { name: 'factory', certificate: der, fingerprint, subject: 'CN=Linnet Works Factory CA', issuer: 'CN=Linnet Works Root', notBefore: now() - 3e7, notAfter: now() + 2e8 },
];
export const credentials = devices.slice(0, 5000).map(({ endpoint }, at) => ({
  endpoint, id: String(at + 1), created: now() - at * 900,
  ...(at % 5 === 3
    ? { mode: 'rpk' as const, publicKey: der, fingerprint }
    : at % 5 === 4
      ? { mode: 'x509' as const, certificate: der, fingerprint, subject: `CN=${endpoint}`, issuer: 'CN=Linnet Works Factory CA', notBefore: now() - 2e6, notAfter: now() + 6e6 }
      : { mode: 'psk' as const, identity: endpoint.split(':').at(-1)!, keyBytes: at % 7 === 2 ? 8 : 16, ...(at % 7 === 2 ? { advice: 'The key has 8 bytes; 16 or more are advised.' } : {}) }),
}));
export const configurations: Record<string, Record<string, unknown>> = {
  meters: {
    name: 'meters', for: ['urn:dev:os:32473-meter-*'], mode: 'needed', writes: 'instances', pack: true, delete: [],
    objects: {
      '/0/1': { '0': 'coaps://lwm2m.example:5684', '1': false, '2': 0, '3': { text: '{endpoint}' }, '4': '', '5': { secret: true }, '10': 101 },
      '/1/1': { '0': 101, '1': 86400, '6': true, '7': 'UQ' },
    },
  },
  everybody: { name: 'everybody', for: ['*'], mode: 'all', writes: 'instances', pack: true, delete: ['/'], objects: { '/0/1': { '0': 'coap://lwm2m.example:5683', '1': false, '2': 3, '10': 102 }, '/1/1': { '0': 102, '1': 300, '6': true, '7': 'U' } } },
};
export const sessions = [
  { session: 'b1', endpoint: device, address: '10.0.18.103:40112', configuration: 'meters', state: 'finished', started: now() - 1800, elapsedMs: 412,
    steps: [{ step: 1, operation: 'discover', path: '/', attempt: 1, outcome: 'answered', code: '2.05', elapsedMs: 88 }, { step: 2, operation: 'write', path: '/0/1', format: 'tlv', bytes: 122, attempt: 1, outcome: 'answered', code: '2.04', elapsedMs: 96 }, { step: 3, operation: 'finish', path: '/bs', attempt: 1, outcome: 'answered', code: '2.04', elapsedMs: 70 }] },
  { session: 'b2', endpoint: devices[8]!.endpoint, address: '10.0.0.9:40112', configuration: 'everybody', state: 'failed', reason: 'The device answered 4.00 to the write of /1/1.', started: now() - 7200, elapsedMs: 1310,
    steps: [{ step: 1, operation: 'delete', path: '/', attempt: 1, outcome: 'answered', code: '2.02' }, { step: 2, operation: 'write', path: '/1/1', format: 'tlv', bytes: 14, attempt: 3, outcome: 'answered', code: '4.00', reason: 'Bad Request' }] },
];
