import { defineConfig } from 'vite';

/** How the page is built: plain files with hashed names beside an index.html, which services/query serves. */
export default defineConfig({
  root: 'services/dashboard',
  // Parts are named from where they are, since the page may be served under a path.
  base: './',
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inline: the page's Content-Security-Policy allows what comes from here alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npx vite` serves the sources while one works on them, against a Taskledger on its usual port.
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
});
