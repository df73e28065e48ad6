import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRecord, SallyportError } from '@sallyport/core';
import { loadConfig } from '@sallyport/runtime';
import { type RunningGateway, startGateway } from '../start-gateway.ts';

/** Secret of the gateway key that test gateways accept. */
export const TEST_KEY = 'test-secret-of-the-test-gateway';

export interface TestGateway extends RunningGateway {
  readonly data: string;
  /** Base URL for clients, with the version. */
  readonly baseURL: string;
  /** Records of the newest exchange, oldest first. */
  newest(): readonly AuditRecord[];
  /** Stops it and removes its data folder. */
  end(): Promise<void>;
}

/**
 * A gateway on free ports of this machine over a data folder of its own.
 * @param yaml text of `sallyport.yaml`; without it the demo provider answers
 */
export async function testGateway(yaml = '', env: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  const path = join(data, 'sallyport.yaml');
  writeFileSync(path, yaml);
  const options = { data: join(data, 'store'), port: 0, adminPort: 0, logLevel: 'silent' } as const;
  const loaded = loadConfig({ path, env: { SALLYPORT_KEYS: `test:${TEST_KEY}`, ...env }, options, cwd: data });
  if ('problems' in loaded) {
    throw new SallyportError('CONFIG_INVALID', { detail: loaded.problems.map(({ message }) => message).join('; ') });
  }
  const gateway = await startGateway(loaded.config);
  return {
    ...gateway,
    data,
    baseURL: `${gateway.dataUrl}/v1`,
    newest: () => gateway.house.exchanges({ limit: 1 }).exchanges[0]?.records ?? [],
    end: async () => {
      await gateway.stop(1_000);
      rmSync(data, { recursive: true, force: true });
    },
  };
}
