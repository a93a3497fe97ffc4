import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**"],
    globalSetup: ["test/shared-home.ts"],
    // Processes, not threads: better-sqlite3, onnxruntime and forked provers are native or fork themselves.
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
export default config;
