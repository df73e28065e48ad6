import { defineConfig } from 'vitest/config';

// Tests run on the sources: the export condition of each package leads to src/, so nothing needs to be built first.
const conditions = ['@sallyport/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/**/*.test.ts',
      'benchmarks/**/*.test.mjs',
      'scripts/**/*.test.mjs',
    ],
    environment: 'node',
    // For a machine that is slow and busy: what hangs is found all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'threads',
    // Files of a worker share what they import: loading detectors, policies and protocols anew for each costs more than its tests.
    // What a test changes of the process, it puts back.
    isolate: false,
    // By default one core is left alone, which on a machine of two is half of it.
    maxWorkers: '100%',
  },
});
