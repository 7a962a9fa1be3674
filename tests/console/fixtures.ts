// SPDX-License-Identifier: Apache-2.0
// One server for the tests of a file, and a page that is signed in at it as the first admin.
import { expect, test as base, type BrowserContext, type Page } from '@playwright/test';
import { Server } from './linnet';

export { expect };

interface WorkerFixtures {
  server: Server;
  admin: BrowserContext;
}

export const test = base.extend<{ page: Page }, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  admin: [
    async ({ browser, server }, use) => {
      const context = await browser.newContext({ baseURL: server.url });
      const page = await context.newPage();
      await page.goto(server.link);
      await expect(page.getByRole('heading', { name: 'Fleet', level: 1 })).toBeVisible();
      await page.close();
      await use(context);
      await context.close();
    },
    { scope: 'worker' },
  ],
  page: async ({ admin }, use) => {
    const page = await admin.newPage();
    const mistakes: string[] = [];
    page.on('pageerror', (error) => mistakes.push(String(error)));
    page.on('console', (message) => {
      // The policy's refusals come here too. A request that was answered with an error is no mistake.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) mistakes.push(message.text());
    });
    await use(page);
    await page.close();
    expect(mistakes).toEqual([]);
  },
});

/** The toast that says what came of it. */
export function toast(page: Page, text: string | RegExp) {
  return page.locator('.toast').filter({ hasText: text }).last();
}

export function devicePath(endpoint: string, rest = ''): string {
  return `/devices/${encodeURIComponent(endpoint)}${rest}`;
}
