// SPDX-License-Identifier: Apache-2.0
import { expect, test, type Page } from '@playwright/test';

const device = '/devices/urn:dev:os:32473-thermostat-000001';
const pages: [name: string, path: string, act?: (page: Page) => Promise<void>][] = [
  ['overview', '/'],
  ['devices', '/devices', async (page) => page.locator('.line').first().waitFor()],
  ['device', `${device}?object=3303&path=%2F3303%2F0%2F5700`],
  ['device-write', `${device}?object=3311&path=%2F3311%2F0%2F5851`],
  ['device-asleep', '/devices?state=asleep', async (page) => page.locator('.line a').first().click()],
  ['device-absent', '/devices?state=absent', async (page) => page.locator('.line a').first().click()],
  ['device-composite', `${device}/composite`, compose],
  ['device-operations', `${device}/operations`, async (page) => page.locator('.table .link').first().click()],
  ['device-messages', `${device}/messages`, async (page) => page.locator('.message > button').nth(1).click()],
  ['device-timeline', `${device}/timeline`],
  ['device-credentials', `${device}/credentials`],
  ['operations', '/operations'],
  ['events', '/events'],
  ['bootstrap', '/bootstrap'],
  ['bootstrap-configuration', '/bootstrap/meters'],
  ['credentials', '/credentials'],
  ['credentials-add', '/credentials', async (page) => page.getByRole('button', { name: 'Add' }).click()],
  ['trust-anchors', '/credentials/trust'],
  ['server-identity', '/credentials/server'],
  ['rules', '/rules'],
  ['rule', '/rules/temperatures'],
  ['models', '/models'],
  ['model', '/models/3303/1.1'],
  ['webhooks', '/webhooks'],
  ['webhook', '/webhooks/billing'],
  ['tokens', '/tokens'],
  ['users', '/users'],
  ['audit', '/audit'],
  ['credentials-import', '/credentials', importFile],
  ['model-upload', '/models', uploadModel],
  ['bulk', '/devices?tag=pilot', async (page) => page.getByRole('button', { name: /Operate/ }).click()],
  ['forget', device, forget],
  ['refused', `${device}?object=3311&path=%2F3311%2F0%2F5850`, refuse],
  ['empty', '/devices?q=nothing-of-this-name', async (page) => page.locator('.empty').waitFor()],
  ['palette', '/devices', async (page) => page.keyboard.press('Control+k')],
  ['keys', '/', async (page) => page.keyboard.press('?')],
];
async function compose(page: Page): Promise<void> {
  for (const path of ['/3303/0/5700', '/3311/0/5850', '/3311/0/5851']) {
    await page.getByLabel('Path to add').fill(path);
    await page.getByLabel('Path to add').press('Enter');
  }
  await page.getByRole('button', { name: 'Read 3 at once' }).click();
  await page.getByRole('region', { name: 'Answer' }).waitFor();
}

async function importFile(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Import a file' }).click();
  await page.getByLabel('File').setInputFiles({ name: 'devices.csv', mimeType: 'text/csv', buffer: Buffer.from('endpoint,mode\n') });
  await page.locator('.findings').first().waitFor();
}

async function uploadModel(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Upload a definition' }).click();
  const text = '<LWM2M>\n  <Thing>\n    <Name>Pressure log</Name>\n' + '    <Item/>\n'.repeat(12) + '  </Thing>\n</LWM2M>\n';
  await page.getByLabel('File').setInputFiles({ name: 'log.xml', mimeType: 'application/xml', buffer: Buffer.from(text) });
  await page.locator('.findings').waitFor();
}

async function forget(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More for this device' }).click();
  await page.getByRole('menuitem', { name: 'Forget this device' }).click();
}

async function refuse(page: Page): Promise<void> {
  await page.getByRole('complementary').getByRole('button', { name: 'Read' }).click();
  await page.getByRole('complementary').getByRole('button', { name: 'Write' }).click();
  await page.locator('.toast').nth(1).waitFor();
}

const only = process.env.LINNET_PAGES?.split(',');
const folder = process.env.LINNET_PICTURES ?? 'pictures';

for (const theme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(`${theme} ${width}`, async ({ browser }) => {
      const context = await browser.newContext({ colorScheme: theme, viewport: { width, height: width > 700 ? 860 : 844 }, deviceScaleFactor: width > 700 ? 1 : 2, hasTouch: width < 700 });
      const page = await context.newPage();
      const mistakes: string[] = [];
      page.on('console', (message) => message.type() === 'error' && !/Failed to load resource/.test(message.text()) && mistakes.push(message.text()));
      page.on('pageerror', (error) => mistakes.push(String(error)));
      await page.goto('/');
      await page.getByLabel('User').waitFor();
      if (!only) await page.screenshot({ path: `${folder}/sign-in-${theme}-${width}.png` });
      await page.getByLabel('User').fill('ada');
      await page.getByLabel('Password').fill('secret');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('#main').waitFor();
      for (const [name, path, act] of pages.filter(([name]) => !only || only.includes(name))) {
        await page.goto(path);
        await page.locator('.page-head h1').waitFor();
        await page.waitForTimeout(700);
        if (act) {
          await act(page);
          await page.waitForTimeout(300);
        }
        await page.screenshot({ path: `${folder}/${name}-${theme}-${width}.png` });
        if (width < 700) await page.setViewportSize({ width: 360, height: 780 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        expect(overflow, `${name} is wider than the screen`).toBe(false);
        if (width < 700) await page.setViewportSize({ width, height: 844 });
      }
      expect(mistakes).toEqual([]);
      await context.close();
    });
  }
}
