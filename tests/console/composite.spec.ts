// SPDX-License-Identifier: Apache-2.0
// Several resources in one request: read, written and observed together.
import type { Page } from '@playwright/test';
import { devicePath, expect, test, toast } from './fixtures';

const endpoint = 'urn:dev:os:32473-spec-composite';
const answer = (page: Page) => page.getByRole('region', { name: 'Answer' });

test.beforeAll(async ({ server }) => {
  await server.device(endpoint, '--interval', '1');
});

test('reads what is ticked and typed, by name and with units', async ({ page }) => {
  await page.goto(devicePath(endpoint, '/composite'));
  await page.getByRole('searchbox', { name: 'Find a resource' }).fill('sensor');
  await page.getByRole('checkbox', { name: 'Sensor Value /3303/0/5700' }).check();
  await page.getByRole('checkbox', { name: 'Sensor Units /3303/0/5701' }).check();
  await page.getByLabel('Path to add').fill('3/0/x');
  await page.getByLabel('Path to add').press('Enter');
  await expect(page.getByText('A path has one to four numbers')).toBeVisible();
  await page.getByLabel('Path to add').fill('3/0/0');
  await page.getByLabel('Path to add').press('Enter');
  await page.getByRole('button', { name: 'Read 3 at once' }).click();
  await expect(toast(page, 'Read /3/0/0, /3303/0/5700 and 1 more')).toContainText('2.05 Content');
  await expect(answer(page).getByRole('row', { name: /Sensor Value/ })).toContainText('°C');
  await expect(answer(page).getByRole('row', { name: /Manufacturer/ })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Chosen' })).toContainText('°C');
});

test('writes several values with the inputs that fit, or says what does not', async ({ page, server }) => {
  await page.goto(devicePath(endpoint, '/composite'));
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await page.getByRole('searchbox', { name: 'Find a resource' }).fill('3311/0/58');
  await page.getByRole('checkbox', { name: 'On/Off /3311/0/5850' }).check();
  await page.getByRole('checkbox', { name: 'Dimmer /3311/0/5851' }).check();
  await page.getByLabel('Path to add').fill('/3/0/0');
  await page.getByRole('button', { name: 'Add the path' }).click();
  await expect(page.getByText('cannot be written; it is left out')).toBeVisible();
  await page.getByRole('button', { name: 'Write 2 at once' }).click();
  await expect(page.getByText('Its value is not known; enter one.')).toHaveCount(2);
  await page.getByRole('switch', { name: 'New value of On/Off' }).click();
  await page.getByRole('spinbutton', { name: 'New value of Dimmer' }).fill('101');
  await page.getByRole('button', { name: 'Write 2 at once' }).click();
  await expect(page.getByText('The most is 100.')).toBeVisible();
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByRole('button', { name: 'Stay here' }).click();
  await page.getByRole('spinbutton', { name: 'New value of Dimmer' }).fill('73');
  await page.getByRole('button', { name: 'Write 2 at once' }).click();
  await expect(toast(page, 'Written /3311/0/5850, /3311/0/5851')).toContainText('2.04 Changed');
  expect(server.run('device', 'read', endpoint, '/3311/0/5851')).toContain('73');
  expect(server.run('device', 'read', endpoint, '/3311/0/5850')).toContain('true');
  await page.getByRole('tab', { name: 'Operations' }).click();
  await expect(page.getByRole('row', { name: /write-composite \/3311\/0\/5850 \/3311\/0\/5851/ })).toContainText('done');
});

test('observes together, and stops', async ({ page }) => {
  await page.goto(devicePath(endpoint, '/composite'));
  await page.getByRole('button', { name: 'Observe', exact: true }).click();
  for (const path of ['/3303/0/5700', '/3/0/9']) {
    await page.getByLabel('Path to add').fill(path);
    await page.getByLabel('Path to add').press('Enter');
  }
  await page.getByRole('button', { name: 'Observe 2 at once' }).click();
  const together = page.getByRole('region', { name: 'Observed together' });
  await expect(together).toContainText('Battery Level, Sensor Value');
  const reading = page.getByRole('list', { name: 'Chosen' }).getByRole('listitem').filter({ hasText: 'Sensor Value' }).locator('.value');
  const before = await reading.textContent();
  await expect(reading, 'goes on as values come').not.toHaveText(before!);
  await together.getByRole('button', { name: 'Stop observing' }).click();
  await expect(toast(page, 'Observed no more')).toBeVisible();
  await expect(together).toHaveCount(0);
});

test('asks nothing together of a device with LwM2M 1.0', async ({ page, server }) => {
  const old = 'urn:dev:os:32473-spec-old';
  await server.device(old, '--version', '1.0');
  await page.goto(devicePath(old, '/composite'));
  await expect(page.getByText('This device speaks LwM2M 1.0')).toBeVisible();
});
