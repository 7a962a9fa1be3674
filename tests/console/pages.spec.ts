// SPDX-License-Identifier: Apache-2.0
// Every page over a server with a fleet: without mistakes, in light and dark, down to 360 pixels.
// With LINNET_PICTURES=docs/console (from the root) it makes the pictures of docs/console.md.
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { devicePath, expect, test, toast } from './fixtures';
import type { Server } from './linnet';

const device = 'urn:dev:os:32473-thermostat-1';
const folder = process.env.LINNET_PICTURES && resolve('../..', process.env.LINNET_PICTURES);

const pages: [name: string, path: string, ready: string, act?: (page: Page) => Promise<void>][] = [
  ['overview', '/', '.figures'],
  ['devices', '/devices', '.line'],
  ['device', devicePath(device, '?object=3303&path=/3303/0/5700'), '.plot canvas'],
  ['device-composite', devicePath(device, '/composite'), '.tree .branch', compose],
  ['device-operations', devicePath(device, '/operations'), '.table .link'],
  ['device-messages', devicePath(device, '/messages'), '.message'],
  ['device-timeline', devicePath(device, '/timeline'), '.steps li'],
  ['device-credentials', devicePath(device, '/credentials'), '.panel'],
  ['operations', '/operations', '.table .link'],
  ['events', '/events', '.events tr'],
  ['bootstrap', '/bootstrap', '.table .link'],
  ['bootstrap-configuration', '/bootstrap/meters', '.requests li'],
  ['credentials', '/credentials', '.table tbody tr'],
  ['trust-anchors', '/credentials/trust', '.panel'],
  ['server-identity', '/credentials/server', '.code'],
  ['rules', '/rules', '.table .link'],
  ['rule', '/rules/temperatures', '.figures'],
  ['models', '/models', '.table .link'],
  ['model', '/models/3303/1.1', '.table tbody tr'],
  ['webhooks', '/webhooks', '.table .link'],
  ['webhook', '/webhooks/billing', '.facts'],
  ['tokens', '/tokens', '.table tbody tr'],
  ['users', '/users', '.table tbody tr'],
  ['audit', '/audit', '.table tbody tr'],
];

async function compose(page: Page): Promise<void> {
  for (const path of ['/3/0/9', '/3303/0/5700', '/3311/0/5850', '/3311/0/5851']) {
    await page.getByLabel('Path to add').fill(path);
    await page.getByLabel('Path to add').press('Enter');
  }
  await page.getByRole('button', { name: 'Read 4 at once' }).click();
  await page.getByRole('region', { name: 'Answer' }).waitFor();
}

/** A fleet, and something of everything. */
async function populate(server: Server): Promise<void> {
  const fleet = (kind: string, amount: number, ...words: string[]) =>
    server.start('fleet', '--devices', String(amount), '--prefix', `urn:dev:os:32473-${kind}-`, '--interval', '2', '--server', server.coap, ...words);
  const fleets = [fleet('thermostat', 24), fleet('lamp', 40), fleet('valve', 16)];
  for (const started of fleets) await started.said(/(\d+) of \1 registered/);
  server.run('bootstrap', 'set', 'meters', '../../examples/bootstrap-two-servers.json');
  server.run('credential', 'new', '--psk', '--endpoint', 'urn:dev:os:32473-meter-1', '--add');
  server.run('credential', 'new', '--rpk', '--endpoint', 'urn:dev:os:32473-meter-2', '--out', server.folder, '--add');
  const api = async (method: string, path: string, body: unknown) => {
    const answer = await server.ask(method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  await api('PUT', '/api/v1/observe-rules/temperatures', { name: 'temperatures', enabled: true, devices: { objects: [3303] }, paths: ['/3303/*/5700'], attributes: { pmin: 1, pmax: 60 } });
  await api('PUT', '/api/v1/webhooks/billing', { url: 'http://127.0.0.1:9/in', types: ['registered', 'deregistered', 'expired'], endpoints: ['urn:dev:os:32473-meter-*'], paths: [], headers: {}, timeout: 5, enabled: true });
  await api('PUT', '/api/v1/users/ada', { password: 'six plain words are good', role: 'operator' });
  await api('POST', '/api/v1/tokens', { name: 'grafana', role: 'viewer' });
  await api('PUT', `/api/v1/devices/${device}/tags`, { tags: ['hall-3', 'pilot'] });
  await api('PUT', `/api/v1/devices/${device}/capture`, { enabled: true, minutes: 30 });
  for (const path of ['/3/0', '/3303/0', '/3311/0', '/1/0', '/3/0/99']) {
    await server.ask('POST', `/api/v1/devices/${device}/operations`, { op: 'read', path });
  }
  await server.ask('POST', '/api/v1/devices/urn:dev:os:32473-meter-3/operations', { op: 'write', path: '/3/0/14', value: '+01:00', mode: 'queue' });
}

test.beforeAll(async ({ server }) => {
  test.setTimeout(120_000);
  await populate(server);
});

async function hasNoOverflow(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
}

async function picture(page: Page, name: string): Promise<void> {
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' });
}

test('every page is there', async ({ page }) => {
  test.setTimeout(240_000);
  if (folder) await page.waitForTimeout(60_000); // for a history to plot
  for (const [name, path, ready, act] of pages) {
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    await act?.(page);
    await expect(page.getByRole('alert'), name).toHaveCount(0);
    if (folder) await page.waitForTimeout(500);
    await picture(page, name);
    await page.setViewportSize({ width: 360, height: 780 });
    await hasNoOverflow(page, name);
    if (name === 'device' || name === 'devices') await picture(page, `${name}-narrow`);
    await page.setViewportSize({ width: 1280, height: 860 });
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('therm');
  await expect(page.getByRole('option', { name: /thermostat/ }).first()).toBeVisible();
  await picture(page, 'palette');
});

test('and in the dark', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const [name, path, ready] of pages.slice(0, 3)) {
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    const [red] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g)!.map(Number));
    expect(red).toBeLessThan(60);
    if (folder) await page.waitForTimeout(500);
    await picture(page, `${name}-dark`);
  }
});

test('the door', async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByLabel('User')).toBeFocused();
  await picture(page, 'sign-in');
  await context.close();
});

test('a tag says which devices have it', async ({ page }) => {
  await page.goto('/devices');
  await page.getByLabel('Only devices with this tag').selectOption('pilot');
  await expect(page.locator('.line')).toHaveCount(1);
  await page.goto(devicePath(device));
  await page.getByRole('button', { name: 'Remove the tag pilot' }).click();
  await expect(toast(page, 'Without the tag pilot')).toBeVisible();
});
