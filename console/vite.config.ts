// SPDX-License-Identifier: Apache-2.0
import { defineConfig, type UserConfig } from 'vite';

// `npm run dev` answers from the mock in mock/; with LINNET_API=http://127.0.0.1:8080 in the
// environment it asks that server instead.
export default defineConfig(async ({ command, isPreview }): Promise<UserConfig> => {
  const server = process.env.LINNET_API;
  const served = command === 'serve' || isPreview;
  const proxy = server ? Object.fromEntries(['/api', '/version', '/openapi.yaml', '/metrics'].map((path) => [path, server])) : undefined;
  const imitated = served && !server && !process.env.VITEST;
  return {
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    plugins: imitated ? [(await import('./mock/plugin')).mock()] : [],
    server: { proxy },
    preview: { proxy, headers: { 'Content-Security-Policy': "default-src 'self'" } }, // as the server sends
    build: {
      target: 'es2022',
      assetsInlineLimit: 0, // a data: URL would need a hole in the content security policy
      modulePreload: { polyfill: false },
    },
  };
});
