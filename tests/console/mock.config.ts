// SPDX-License-Identifier: Apache-2.0
// The built console over its mock, which has a hundred thousand devices.
//   npm run pictures    every page in light and dark, wide and narrow, into pictures/ (LINNET_PICTURES)
//   npm run table       how quick the devices table is
import { defineConfig } from '@playwright/test';

const url = 'http://127.0.0.1:4173';

export default defineConfig({
  testMatch: ['pictures.ts', 'table.ts'],
  workers: 1,
  timeout: 240_000,
  reporter: 'list',
  use: {
    baseURL: url,
    browserName: 'chromium',
    launchOptions: { executablePath: process.env.LINNET_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  },
  webServer: {
    command: 'npm run -s build && npx vite preview --host 127.0.0.1 --port 4173 --strictPort',
    cwd: '../../console',
    url,
    timeout: 120_000,
    reuseExistingServer: true,
  },
});
