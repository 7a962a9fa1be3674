// SPDX-License-Identifier: Apache-2.0
// Edits that nobody saved are not lost by a link, by Back, by closing a dialog or the tab, unless one agrees.
import type { Page } from '@playwright/test';
import { devicePath, expect, test, toast } from './fixtures';

const question = (page: Page) => page.getByRole('dialog', { name: 'Leave without saving?' });
const stay = (page: Page) => question(page).getByRole('button', { name: 'Stay here' }).click();
const leave = (page: Page) => question(page).getByRole('button', { name: 'Leave it' }).click();

test('asks before a link takes one from an edited rule, and not after it is saved', async ({ page }) => {
  await page.goto('/rules/new');
  await page.getByLabel('Name').fill('unsaved');
  await page.getByRole('link', { name: 'Devices' }).click();
  await stay(page);
  await expect(page).toHaveURL(/\/rules\/new$/);
  await expect(page.getByLabel('Name')).toHaveValue('unsaved');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'unsaved', level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'Devices' }).click();
  await expect(page.getByRole('heading', { name: 'Devices', level: 1 })).toBeVisible();
});

test('takes Back back until one agrees, by keyboard alone', async ({ page }) => {
  await page.goto('/bootstrap');
  await page.getByRole('link', { name: 'New configuration' }).first().click();
  await page.getByLabel('Name').fill('draft');
  await page.goBack();
  await expect(question(page).getByRole('button', { name: 'Stay here' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(question(page)).toHaveCount(0);
  await expect(page).toHaveURL(/\/bootstrap\/new$/);
  await expect(page.getByLabel('Name')).toHaveValue('draft');
  await page.goBack();
  await expect(question(page).getByRole('button', { name: 'Stay here' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Bootstrap', level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/\/bootstrap$/);
  await page.goForward();
  await expect(page.getByLabel('Name'), 'what was given up is gone').toHaveValue('');
});

test('asks before the tab is closed', async ({ page }) => {
  await page.goto('/webhooks/new');
  const asked: string[] = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.accept();
  });
  await page.reload();
  expect(asked, 'nothing was changed').toEqual([]);
  await page.getByLabel('URL').fill('https://example.org/in');
  await page.reload();
  expect(asked).toEqual(['beforeunload']);
});

test('asks before a dialog is closed with something in it', async ({ page }) => {
  await page.goto('/users');
  await page.getByRole('button', { name: 'New user' }).click();
  const dialog = page.getByRole('dialog', { name: 'New user' });
  await page.keyboard.press('Escape');
  await expect(dialog, 'nothing was entered').toHaveCount(0);
  await page.getByRole('button', { name: 'New user' }).click();
  await dialog.getByLabel('Name').fill('grace');
  await page.keyboard.press('Escape');
  await stay(page);
  await expect(dialog.getByLabel('Name')).toHaveValue('grace');
  await dialog.getByLabel('Password').fill('six plain words are good');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(toast(page, 'grace may sign in')).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await page.getByRole('button', { name: 'More for grace' }).click();
  await page.getByRole('menuitem', { name: 'Role or password' }).click();
  await page.getByRole('dialog').getByLabel('Role').selectOption('admin');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await leave(page);
  await expect(page.getByRole('row', { name: /grace/ })).toContainText('operator');
});

test('keeps a tag that was not entered yet', async ({ page, server }) => {
  const endpoint = 'urn:dev:os:32473-spec-tagged';
  await server.device(endpoint);
  await page.goto(devicePath(endpoint));
  await page.getByRole('button', { name: 'Tag', exact: true }).click();
  await page.getByLabel('New tag').fill('hall');
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await stay(page);
  await page.getByLabel('New tag').press('Enter');
  await expect(toast(page, 'Tagged hall')).toBeVisible();
});
