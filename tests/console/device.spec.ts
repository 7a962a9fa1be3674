// SPDX-License-Identifier: Apache-2.0
// Finding a device, and reading, writing, executing and observing it.
import { devicePath, expect, test, toast } from './fixtures';

const endpoint = 'urn:dev:os:32473-spec-lamp';

test.beforeAll(async ({ server }) => {
  await server.device(endpoint, '--interval', '1');
});

test('finds a device by a part of its name', async ({ page, server }) => {
  await server.device('urn:dev:os:32473-spec-other');
  await page.goto('/devices');
  await expect(page.locator('.line')).toHaveCount(2);
  await page.keyboard.press('/');
  await page.keyboard.type('SPEC-LA');
  await expect(page.locator('.line')).toHaveCount(1);
  await expect(page).toHaveURL(/q=SPEC-LA/);
  await page.getByRole('link', { name: endpoint }).click();
  await expect(page.getByRole('heading', { name: endpoint })).toBeVisible();
});

test('reads an instance, with names and units', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3'));
  const panel = page.locator('.instance').filter({ hasText: '/3/0' });
  await panel.getByRole('button', { name: 'Read' }).click();
  await expect(toast(page, 'Read /3/0')).toContainText('2.05 Content');
  await expect(panel.getByRole('row', { name: /Manufacturer/ }).locator('.value')).not.toHaveText('–');
});

test('writes with the input that fits the type', async ({ page, server }) => {
  await page.goto(devicePath(endpoint, '?object=3311&path=/3311/0/5850'));
  const inspector = page.getByRole('complementary', { name: 'On/Off' });
  await inspector.getByRole('button', { name: 'Read' }).click();
  await expect(inspector.locator('[data-reading]')).toHaveText(/true|false/);
  const before = await inspector.locator('[data-reading]').textContent();
  await inspector.getByRole('switch').click();
  await inspector.getByRole('button', { name: 'Write' }).click();
  await expect(toast(page, 'Written /3311/0/5850')).toBeVisible();
  const after = before === 'true' ? 'false' : 'true';
  await expect(inspector.locator('[data-reading]')).toHaveText(after);
  expect(server.run('device', 'read', endpoint, '/3311/0/5850')).toContain(after);
});

test('refuses a number that is out of range before it is sent', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3311&path=/3311/0/5851'));
  const inspector = page.getByRole('complementary', { name: 'Dimmer' });
  await inspector.getByRole('spinbutton').fill('101');
  await inspector.getByRole('spinbutton').evaluate((input: HTMLInputElement) => (input.form!.noValidate = true));
  await inspector.getByRole('button', { name: 'Write' }).click();
  await expect(inspector.getByText('The most is 100.')).toBeVisible();
});

test('says what the device answered when it refuses', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3&path=/3/0/0'));
  await page.route('**/operations', (route) => route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), path: '/3/0/99' }) }));
  await page.getByRole('complementary').getByRole('button', { name: 'Read' }).click();
  await expect(toast(page, '4.04')).toBeVisible();
  await page.waitForTimeout(6000);
  await expect(toast(page, '4.04'), 'stays until it is taken away').toBeVisible();
});

test('observes a value and sees the plot move', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3303&path=/3303/0/5700'));
  const inspector = page.getByRole('complementary', { name: 'Sensor Value' });
  await inspector.getByRole('button', { name: 'Observe' }).click();
  await expect(toast(page, 'Observed /3303/0/5700')).toBeVisible();
  await expect(inspector.getByRole('button', { name: 'Stop observing' })).toBeVisible();
  const plot = inspector.locator('.plot');
  await expect(plot).toBeVisible();
  const amount = async () => Number(/(\d+) values/.exec((await plot.getAttribute('aria-label'))!)![1]);
  const first = await amount();
  await expect.poll(amount, { timeout: 20_000 }).toBeGreaterThan(first + 2);
  const reading = await inspector.locator('[data-reading]').textContent();
  await expect(inspector.locator('[data-reading]')).not.toHaveText(reading!);
});

test('executes', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3303&path=/3303/0/5605'));
  await page.getByRole('button', { name: 'Execute' }).click();
  await expect(toast(page, 'Executed /3303/0/5605')).toBeVisible();
});

test('makes an instance and deletes it', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3311'));
  await page.getByRole('button', { name: 'New instance' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Instance').fill('7');
  await dialog.getByLabel('With On/Off').check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(toast(page, 'Created /3311/7')).toBeVisible();
  await expect(page.locator('.instance').filter({ hasText: '/3311/7' })).toBeVisible();
  await page.getByRole('button', { name: 'More for /3311/7' }).click();
  await page.getByRole('menuitem', { name: 'Delete this instance' }).click();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await expect(toast(page, 'Deleted /3311/7')).toBeVisible();
  await expect(page.locator('.instance').filter({ hasText: '/3311/7' })).toHaveCount(0);
});

test('sets attributes of a resource, and discovers them', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3303&path=/3303/0/5700'));
  const more = page.getByRole('button', { name: 'More for /3303/0/5700' });
  await more.click();
  await page.getByRole('menuitem', { name: 'Write attributes' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('pmin', { exact: true }).fill('2');
  await dialog.getByLabel('st', { exact: true }).pressSequentially('0.5');
  await dialog.getByRole('button', { name: 'Set' }).click();
  await expect(toast(page, 'Attributes set /3303/0/5700')).toBeVisible();
  await more.click();
  await page.getByRole('menuitem', { name: 'Discover' }).click();
  await expect(page.getByRole('dialog').getByRole('row', { name: /5700/ })).toContainText('st=0.5');
});

test('discovers and reads an object as a whole', async ({ page }) => {
  await page.goto(devicePath(endpoint, '?object=3311'));
  const all = page.getByRole('group', { name: 'All of /3311' });
  await all.getByRole('button', { name: 'Read' }).click();
  await expect(toast(page, 'Read /3311')).toContainText('2.05 Content');
  await all.getByRole('button', { name: 'More for /3311' }).click();
  await page.getByRole('menuitem', { name: 'Discover' }).click();
  await expect(page.getByRole('dialog').getByRole('row', { name: /\/3311\/0\/5850/ })).toBeVisible();
});

test('records messages, shows them decoded, and gives them as a file', async ({ page }) => {
  await page.goto(devicePath(endpoint, '/messages'));
  await page.getByRole('switch', { name: 'Record' }).click();
  await page.getByRole('tab', { name: 'Resources' }).click();
  await page.goto(devicePath(endpoint, '?object=3&path=/3/0/0'));
  await page.getByRole('complementary').getByRole('button', { name: 'Read' }).click();
  await expect(toast(page, 'Read /3/0/0')).toBeVisible();
  await page.getByRole('tab', { name: 'Messages' }).click();
  await expect(page.locator('.message').first()).toBeVisible();
  await page.locator('.message').filter({ hasText: '/3/0/0' }).first().getByRole('button').click();
  await expect(page.locator('.message .detail')).toContainText('Message id');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'pcapng' }).click();
  expect((await download).suggestedFilename()).toMatch(/\.pcapng$/);
});

test('tags it, and finds it by the tag', async ({ page }) => {
  await page.goto(devicePath(endpoint));
  await page.getByRole('button', { name: 'Tag', exact: true }).click();
  await page.getByLabel('New tag').fill('hall-3');
  await page.keyboard.press('Enter');
  await page.locator('.tag').getByRole('link', { name: 'hall-3' }).click();
  await expect(page.locator('.line')).toHaveCount(1);
  await expect(page.locator('.line')).toContainText(endpoint);
});

test('tells how it came and went', async ({ page }) => {
  await page.goto(devicePath(endpoint, '/timeline'));
  await expect(page.locator('.steps li').filter({ hasText: 'Registered' })).toBeVisible();
});
