// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, it, vi } from 'vitest';
import { call, urlOf } from './call';
import { ProblemError } from './problem';

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: string): ReturnType<typeof vi.fn> {
  const fetch = vi.fn(async () => new Response(status === 204 ? null : body, { status }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

it('writes names and queries into the URL', () => {
  expect(urlOf('/api/v1/devices/{endpoint}/values', { endpoint: 'a/b ?' }, { path: '/3/0', q: undefined, tag: ['x', 'y'] }))
    .toBe('/api/v1/devices/a%2Fb%20%3F/values?path=%2F3%2F0&tag=x&tag=y');
  expect(urlOf('/api/v1/devices', {}, { q: '' })).toBe('/api/v1/devices');
  expect(() => urlOf('/api/v1/devices/{endpoint}')).toThrow('needs endpoint');
});

it('says that it is the console when it changes something', async () => {
  const fetch = answer(204, '');
  await call('DELETE /api/v1/tokens/{id}', { at: { id: '1' } });
  expect(fetch.mock.calls[0]![1].headers).toMatchObject({ 'X-Linnet-Console': '1' });
  answer(200, '{}');
  const read = answer(200, '{"devices":[],"total":0}');
  await call('GET /api/v1/devices');
  expect(read.mock.calls[0]![1].headers).not.toHaveProperty('X-Linnet-Console');
});

it('throws what the server says', async () => {
  answer(409, '{"type":"urn:linnet:problem:asleep","title":"The device sleeps","status":409,"detail":"Use mode queue."}');
  await expect(call('GET /api/v1/devices')).rejects.toMatchObject({ problem: { status: 409, detail: 'Use mode queue.' } });
});

it('makes a problem of an answer that is none, and of no answer', async () => {
  answer(502, '<html>');
  await expect(call('GET /api/v1/devices')).rejects.toMatchObject({ problem: { status: 502 } });
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('refused')));
  await expect(call('GET /api/v1/devices')).rejects.toBeInstanceOf(ProblemError);
});
