// SPDX-License-Identifier: Apache-2.0
// Operations for a device that sleeps, and for one that is away.
import { devicePath, expect, test, toast } from './fixtures';

test('keeps an operation for a sleeping device and delivers it when it wakes', async ({ page, server }) => {
  const endpoint = 'urn:dev:os:32473-spec-sleeper';
  await server.device(endpoint, '--queue', '--awake', '2', '--lifetime', '60');
  await page.goto(devicePath(endpoint, '?object=3311&path=/3311/0/5851'));
  await expect(page.locator('.device-facts .state'), 'it falls asleep on view').toHaveText('asleep', { timeout: 30_000 });
  const inspector = page.getByRole('complementary', { name: 'Dimmer' });
  const sending = page.getByRole('group', { name: 'How it is sent' });
  await expect(sending.getByRole('button', { name: 'Queue' }), 'chosen by itself').toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('combobox', { name: 'Given up after' }).selectOption('1 h');
  await inspector.getByRole('spinbutton').fill('42');
  await inspector.getByRole('button', { name: 'Write' }).click();
  await expect(toast(page, 'waits')).toContainText('given up after 1 h');
  await expect(page.getByRole('tab', { name: /Operations/ })).toContainText('1');
  await page.getByRole('tab', { name: /Operations/ }).click();
  const row = page.getByRole('row', { name: /write \/3311\/0\/5851/ });
  await expect(row).toContainText('queued');
  await expect(row, 'without anybody loading the page again').toContainText('done', { timeout: 75_000 });
  await page.getByRole('tab', { name: 'Resources' }).click();
  await page.goto(devicePath(endpoint, '?object=3311&path=/3311/0/5851'));
  await expect(inspector.locator('[data-reading]')).toContainText('42');
});

test('asks only now if one wants, and gives up when one says', async ({ page, server }) => {
  const endpoint = 'urn:dev:os:32473-spec-now';
  await server.device(endpoint);
  await page.goto(devicePath(endpoint, '?object=3&path=/3/0/0'));
  const sending = page.getByRole('group', { name: 'How it is sent' });
  await expect(sending.getByRole('button', { name: 'Wait' })).toHaveAttribute('aria-pressed', 'true');
  await sending.getByRole('button', { name: 'Only now' }).click();
  const asked = page.waitForRequest((request) => request.method() === 'POST' && /operations$/.test(request.url()));
  await page.getByRole('complementary').getByRole('button', { name: 'Read' }).click();
  expect((await asked).postDataJSON()).toMatchObject({ op: 'read', path: '/3/0/0', mode: 'now' });

  await sending.getByRole('button', { name: 'Queue' }).click();
  await page.getByRole('combobox', { name: 'Given up after' }).selectOption('other …');
  const typed = page.getByRole('textbox', { name: 'Given up after, such as 36 h' });
  await typed.fill('40 d');
  await expect(page.getByText('30 d at most')).toBeVisible();
  await typed.fill('36 h');
  await typed.press('Enter');
  await expect(page.getByRole('combobox', { name: 'Given up after' })).toHaveValue('129600');
  await page.getByRole('button', { name: 'More for /3/0', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Discover' }).click();
  await expect(toast(page, 'discover /3/0 waits')).toContainText('given up after 1 d 12 h');
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

test('asks those of a state and tag, and says before how many they are', async ({ page, server }) => {
  const names = ['a', 'b', 'c'].map((letter) => `urn:dev:os:32473-spec-left-${letter}`);
  for (const name of names) {
    await (await server.device(name)).stop();
    await server.ask('PUT', `/api/v1/devices/${name}/tags`, { tags: [name.endsWith('c') ? 'spec-other' : 'spec-left'] });
  }
  await page.goto('/devices');
  await page.getByRole('button', { name: 'Operate on all shown' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Only devices with this tag').selectOption('spec-left');
  await expect(dialog.getByText('No device fits.'), 'none of them is registered').toBeVisible();
  await dialog.getByRole('group', { name: 'State' }).getByRole('button', { name: 'Absent' }).click();
  await expect(dialog.getByText('It goes to 2 devices.')).toBeVisible();
  await dialog.getByLabel('Path').fill('/3/0/14');
  await dialog.getByLabel('Operation').selectOption('write');
  await dialog.getByLabel('Value').fill('+01:00');
  await dialog.getByRole('combobox', { name: 'Given up after' }).selectOption('1 d');
  await dialog.getByRole('button', { name: 'write on 2' }).click();
  await expect(page.getByText('0 of 2 over')).toBeVisible();
  await expect(page.getByRole('row', { name: /spec-left-a/ })).toContainText('queued');
  await expect(page.getByRole('row', { name: /spec-left-c/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Cancel the rest' }).click();
  await page.getByRole('button', { name: 'Cancel them' }).click();
  await expect(page.getByText('2 of 2 over')).toBeVisible();
});
