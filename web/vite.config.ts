import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    // a file that is written into another as data: would need an exception of the Content-Security-Policy
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    emptyOutDir: true,
    chunkSizeWarningLimit: 1600,
    rolldownOptions: { input: ["index.html", "contract.html"] },
  },
});
