// SPDX-License-Identifier: Apache-2.0
// The devices table with a hundred thousand devices: what it costs to go through it.
import { expect, test } from '@playwright/test';

test('draws no more rows than are on view, however far one goes', async ({ page }) => {
  await page.goto('/');
  await page.getByLabel('User').fill('ada');
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.goto('/devices?state=all');
  const view = page.getByRole('grid');
  await expect(view).toHaveAttribute('aria-rowcount', '100000');

  // Page after page, as one who keeps the End key down.
  const loaded = () => view.locator('.space').evaluate((space) => Math.round(space.clientHeight / 36));
  while ((await loaded()) < 5000) {
    const before = await loaded();
    await view.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect.poll(loaded).toBeGreaterThan(before);
  }
  expect(await page.locator('.line').count()).toBeLessThan(70);

  // From one end to the other in a hundred steps: what the script takes for each.
  const cost = await view.evaluate(async (element) => {
    const steps: number[] = [];
    for (let step = 0; step < 100; step += 1) {
      const start = performance.now();
      element.scrollTop = (element.scrollHeight / 100) * step;
      element.dispatchEvent(new Event('scroll'));
      await new Promise((resolve) => setTimeout(resolve, 0)); // Preact draws before this
      element.getBoundingClientRect(); // and the browser lays out
      steps.push(performance.now() - start);
    }
    steps.sort((a, b) => a - b);
    return { median: steps[50]!, worst: steps[99]! };
  });
  console.log(`a step through the table: ${cost.median.toFixed(1)} ms in the median, ${cost.worst.toFixed(1)} ms at worst`);
  expect(cost.median).toBeLessThan(50);

  const start = Date.now();
  await page.keyboard.press('/');
  await page.keyboard.type('tracker-0999');
  await expect(page.locator('.line').first()).toContainText('tracker-0999');
  console.log(`from the first key of a search to its rows: ${Date.now() - start} ms`);
});
