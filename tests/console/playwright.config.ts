// SPDX-License-Identifier: Apache-2.0
// The console against a real server with simulated devices. LINNET names the program.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testMatch: '*.spec.ts',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 860 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.LINNET_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  },
});
