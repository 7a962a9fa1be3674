// SPDX-License-Identifier: Apache-2.0
// Observe rules, webhooks and events.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devicePath, expect, test, toast } from './fixtures';

const endpoint = 'urn:dev:os:32473-spec-sensor';

test('observes by a rule', async ({ page, server }) => {
  await page.goto('/rules/new');
  await page.getByLabel('Name').fill('temperatures');
  await page.getByRole('textbox', { name: 'Paths' }).fill('/3303/*/5700');
  await page.getByLabel('pmin', { exact: true }).fill('1');
  await page.getByLabel('pmax', { exact: true }).fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(toast(page, 'The rule is saved')).toBeVisible();
  await server.device(endpoint, '--interval', '1');
  await page.goto(devicePath(endpoint, '?object=3303&path=/3303/0/5700'));
  const inspector = page.getByRole('complementary', { name: 'Sensor Value' });
  await expect(inspector.getByRole('button', { name: 'Stop observing' })).toBeVisible();
  await expect(inspector.locator('.plot')).toBeVisible();
  await page.goto('/rules');
  const row = page.getByRole('row', { name: /temperatures/ });
  await expect(row.locator('td').nth(5), 'one observation').toHaveText('1');
  await row.getByRole('switch').click({ force: true });
  await expect(toast(page, 'temperatures is off')).toBeVisible();
});

test('shows events as they happen', async ({ page, server }) => {
  await page.goto('/events?type=registered');
  await server.device('urn:dev:os:32473-spec-newcomer');
  await expect(page.getByRole('row', { name: /spec-newcomer/ })).toBeVisible();
});

test('sends events to a webhook, signed, and says how that goes', async ({ page, server }) => {
  const got: { signature: string; body: string }[] = [];
  const target = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    got.push({ signature: String(request.headers['x-linnet-signature']), body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/in`;
  try {
    await page.goto('/webhooks/new');
    await page.getByLabel('Name', { exact: true }).fill('spec');
    await page.getByLabel('URL').fill(url);
    for (const type of ['value', 'send']) await page.getByLabel(type, { exact: true }).uncheck();
    await page.getByLabel('registered', { exact: true }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    const secret = (await page.locator('.once code').textContent())!;
    await page.getByRole('button', { name: 'Test it' }).click();
    await expect(page.getByText('It answered 204')).toBeVisible();
    await server.device('urn:dev:os:32473-spec-hooked');
    await expect.poll(() => got.some(({ body }) => body.includes('spec-hooked')), { timeout: 20_000 }).toBe(true);
    const { signature, body } = got.find((one) => one.body.includes('spec-hooked'))!;
    const [, time, digest] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(signature)!;
    expect(createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')).toBe(digest);
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await expect(toast(page, 'The webhook is removed')).toBeVisible();
  } finally {
    target.close();
  }
});

test('shows the fleet', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('.figures')).toContainText('Registered');
  await expect(page.locator('.traffic .plot canvas').first()).toBeVisible();
  await page.locator('.figures a').filter({ hasText: 'Registered' }).click();
  await expect(page.locator('.line').first()).toBeVisible();
});
