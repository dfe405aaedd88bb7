import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "jsdom", environmentOptions: { jsdom: { url: "http://page.test/" } }, testTimeout: 60_000, include: ["tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"] },
});
