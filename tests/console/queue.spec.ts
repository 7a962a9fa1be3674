// SPDX-License-Identifier: Apache-2.0
// Operations for a device that sleeps, and for one that is away.
import { devicePath, expect, test, toast } from './fixtures';

test('keeps an operation for a sleeping device and delivers it when it wakes', async ({ page, server }) => {
  const endpoint = 'urn:dev:os:32473-spec-sleeper';
  await server.device(endpoint, '--queue', '--awake', '2', '--lifetime', '60');
  await page.goto(devicePath(endpoint, '?object=3311&path=/3311/0/5851'));
  await expect(page.locator('.device-facts .state'), 'it falls asleep on view').toHaveText('asleep', { timeout: 30_000 });
  const inspector = page.getByRole('complementary', { name: 'Dimmer' });
  await expect(inspector.getByRole('button', { name: 'Queue' }), 'chosen by itself').toHaveAttribute('aria-pressed', 'true');
  await inspector.getByRole('spinbutton').fill('42');
  await inspector.getByRole('button', { name: 'Write' }).click();
  await expect(toast(page, 'waits')).toBeVisible();
  await expect(page.getByRole('tab', { name: /Operations/ })).toContainText('1');
  await page.getByRole('tab', { name: /Operations/ }).click();
  const row = page.getByRole('row', { name: /write \/3311\/0\/5851/ });
  await expect(row).toContainText('queued');
  await expect(row, 'without anybody loading the page again').toContainText('done', { timeout: 75_000 });
  await page.getByRole('tab', { name: 'Resources' }).click();
  await page.goto(devicePath(endpoint, '?object=3311&path=/3311/0/5851'));
  await expect(inspector.locator('[data-reading]')).toContainText('42');
});

test('cancels one that waits', async ({ page, server }) => {
  const endpoint = 'urn:dev:os:32473-spec-away';
  const device = await server.device(endpoint);
  await device.stop();
  await page.goto(devicePath(endpoint, '/operations'));
  await expect(page.locator('.device-facts .state')).toHaveText('absent');
  server.run('device', 'read', endpoint, '/3/0/0', '--queue');
  const row = page.getByRole('row', { name: /read \/3\/0\/0/ });
  await expect(row).toContainText('queued');
  await row.getByRole('button', { name: 'Cancel' }).click();
  await expect(toast(page, 'The operation is cancelled')).toBeVisible();
  await expect(row).toContainText('cancelled');
});

test('asks many devices at once', async ({ page, server }) => {
  const fleet = server.start('fleet', '--devices', '12', '--prefix', 'urn:dev:os:32473-spec-many-', '--server', server.coap);
  await fleet.said(/12 of 12 registered/);
  await page.goto('/devices?q=spec-many');
  await expect(page.locator('.line')).toHaveCount(12);
  await page.getByRole('button', { name: 'Operate on all shown' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Path').fill('/3/0/0');
  await dialog.getByRole('button', { name: 'read on 12' }).click();
  await expect(page).toHaveURL(/\/operations\?batch=/);
  await expect(page.getByText('12 of 12 over')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('12 done')).toBeVisible();
});
