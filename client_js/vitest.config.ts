import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "jsdom", environmentOptions: { jsdom: { url: "http://page.test/" } }, include: ["tests/**/*.test.ts"] },
});
