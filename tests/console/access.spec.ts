// SPDX-License-Identifier: Apache-2.0
// Who gets in, and what they see.
import { expect, test, toast } from './fixtures';

const password = 'six plain words are good';

test('makes users, who sign in by password and see what their role allows', async ({ page, browser, server }) => {
  await page.goto('/users');
  await page.getByRole('button', { name: 'New user' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('viola');
  await dialog.getByLabel('Role').selectOption('viewer');
  await dialog.getByLabel('Password').fill(password);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(toast(page, 'viola may sign in')).toBeVisible();

  const context = await browser.newContext({ baseURL: server.url });
  const other = await context.newPage();
  await other.goto('/devices');
  await other.getByLabel('User').fill('viola');
  await other.getByLabel('Password').fill('not this one');
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('alert')).toBeVisible();
  await other.getByLabel('Password').fill(password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('heading', { name: 'Devices', level: 1 })).toBeVisible();
  await expect(other.getByRole('link', { name: 'Users' })).toHaveCount(0);
  await expect(other.getByRole('button', { name: /Operate/ })).toHaveCount(0);

  await page.getByRole('button', { name: 'More for viola' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove them' }).click();
  await expect(toast(page, 'viola is removed')).toBeVisible();
  await other.reload();
  await expect(other.getByRole('button', { name: 'Sign in' }), 'the session ended at once').toBeVisible();
  await context.close();
});

test('takes a link once', async ({ browser, server }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.link);
  await expect(page.getByRole('alert')).toContainText('linnet console');
  await context.close();
});

test('shows a token once', async ({ page, server }) => {
  await page.goto('/tokens');
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('backend');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const token = await dialog.locator('.once code').textContent();
  expect(token).toMatch(/^lnt_/);
  const answer = await fetch(`${server.url}/api/v1/session`, { headers: { Authorization: `Bearer ${token}` } });
  expect(await answer.json()).toMatchObject({ name: 'backend', role: 'viewer' });
  await dialog.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('row', { name: /backend/ }).getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke it' }).click();
  await expect(toast(page, 'backend is revoked')).toBeVisible();
  const refused = await fetch(`${server.url}/api/v1/session`, { headers: { Authorization: `Bearer ${token}` } });
  expect(refused.status).toBe(401);
});

test('shows in the audit who did that', async ({ page }) => {
  await page.goto('/audit');
  await expect(page.getByRole('row', { name: /DELETE .*\/tokens/ }).first()).toBeVisible();
});

test('sends a policy that lets in nothing from elsewhere', async ({ page }) => {
  const answer = await page.goto('/');
  expect(answer!.headers()['content-security-policy']).toContain("default-src 'self'");
  expect(answer!.headers()['content-security-policy']).not.toContain('unsafe');
});

test('works by keyboard alone', async ({ page }) => {
  await page.goto('/');
  await page.locator('h1').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(page).toHaveURL(/\/devices$/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('audit');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Audit', level: 1 })).toBeVisible();
  const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.keyboard.press('t');
  await expect.poll(() => page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(before);
});
