import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@sallyport/runtime';
import { expect, it } from 'vitest';
import { startGateway } from './start-gateway.ts';

function configOn(data: string, ports: { readonly port: number; readonly adminPort: number }) {
  const loaded = loadConfig({ env: {}, options: { data, logLevel: 'silent', ...ports }, cwd: data });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  return loaded.config;
}

it('startGateway() keeps the secrets that are shown once for a start that reaches its ports', async () => {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-start-'));
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  for (const ports of [
    { port, adminPort: 0 },
    { port: 0, adminPort: port },
  ]) {
    await expect(startGateway(configOn(data, ports))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  }
  const gateway = await startGateway(configOn(data, { port: 0, adminPort: 0 }));
  expect(gateway.house.firstAdminToken).toBeDefined();
  expect(gateway.house.authenticate({ credential: gateway.house.firstKey ?? '' })).toHaveProperty('id', 'first');
  await expect(startGateway(configOn(data, { port, adminPort: 0 }))).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await gateway.stop(0);
  await new Promise((resolve) => taken.close(resolve));
  rmSync(data, { recursive: true, force: true });
});
