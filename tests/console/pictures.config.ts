// SPDX-License-Identifier: Apache-2.0
// Pictures of every page, of the built console over the mock:  npm run pictures
// They go to pictures/ (or to LINNET_PICTURES), in light and dark, wide and narrow.
import { defineConfig } from '@playwright/test';

const url = 'http://127.0.0.1:4173';

export default defineConfig({
  testMatch: 'pictures.ts',
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
