// SPDX-License-Identifier: Apache-2.0
import { expect, it, vi } from 'vitest';

vi.stubGlobal('location', { pathname: '/', search: '' });
const { devicePath, isPage, match } = await import('./router');

it('finds the names in a path', () => {
  expect(match('/devices/:endpoint/:tab?', '/devices/urn:dev:os:1')).toEqual({ endpoint: 'urn:dev:os:1' });
  expect(match('/devices/:endpoint/:tab?', '/devices/a%2Fb/messages')).toEqual({ endpoint: 'a/b', tab: 'messages' });
  expect(match('/devices/:endpoint/:tab?', '/devices/a/b/c')).toBeUndefined();
  expect(match('/devices/:endpoint', '/devices')).toBeUndefined();
  expect(match('/', '/')).toEqual({});
  expect(match('/models/:object/:version?', '/models/%E0%A4%A')).toEqual({ object: '%E0%A4%A' });
});

it('makes a path that it finds again', () => {
  for (const endpoint of ['urn:dev:os:32473-lamp-1', 'a/b?c#d', 'ä %', '..']) {
    expect(match('/devices/:endpoint/:tab?', devicePath(endpoint, 'timeline'))).toEqual({ endpoint, tab: 'timeline' });
  }
});

it('leaves to the server what is its own', () => {
  expect(['/', '/devices', '/apiary', '/audit'].every(isPage)).toBe(true);
  expect(['/api/v1/devices', '/metrics', '/openapi.yaml'].some(isPage)).toBe(false);
});
