import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Config, type Notice, namedModels, type OpenHouse, openHouse } from '@sallyport/runtime';
import { createAdminApi } from './admin/admin-api.ts';
import { createDataPlane } from './http/data-plane.ts';
import { createLog, logNotice } from './log.ts';
import { Meter } from './metrics.ts';

/** Time that exchanges under way get to end when the gateway stops, milliseconds. */
export const DRAIN_MS = 30_000;

/** How often a gateway that stops looks for connections that came to rest, milliseconds. */
const SWEEP_MS = 50;

export interface RunningGateway {
  readonly house: OpenHouse;
  /** Base addresses of the two listeners, without a final slash. */
  readonly dataUrl: string;
  readonly adminUrl: string;
  /** Takes no new exchanges, lets those under way end, seals the log. Exchanges that outlast `drainMs` are broken off. */
  stop(drainMs?: number): Promise<void>;
}

/**
 * Opens the house and both listeners.
 * @throws {SallyportError} what `openHouse()` throws; a system error when a port is taken
 */
export async function startGateway(config: Config): Promise<RunningGateway> {
  const log = createLog(config.log.level);
  let meter: Meter | undefined;
  const house = await openHouse(config, {
    // A first start shows its secrets once: a port that is taken is noticed before they are made.
    onHeld: async () => {
      for (const address of [config.listen, config.admin]) await tryListening(address);
    },
    onRecord: (record) => meter?.observe(record),
    onNotice: (notice: Notice) => {
      if (notice.kind === 'witness') meter?.witness(notice.status);
      logNotice(log, notice);
    },
  });
  meter = meterFor(house);
  const metrics = meter;
  const dataPlane = createDataPlane({ house, metrics: () => metrics.text() });
  const admin = createAdminApi(house);
  try {
    await listen(dataPlane, config.listen);
    await admin.listen({ host: config.admin.host, port: config.admin.port });
  } catch (error) {
    dataPlane.close();
    await admin.close();
    await house.close();
    throw error;
  }
  const stop = async (drainMs = DRAIN_MS) => {
    house.stopTaking();
    await Promise.all([drain(dataPlane, drainMs), admin.close()]);
    await house.close();
  };
  return { house, dataUrl: urlOf(dataPlane), adminUrl: urlOf(admin.server), stop };
}

function meterFor(house: OpenHouse): Meter {
  const { config, audit } = house;
  const named = [...namedModels(config), ...Object.values(config.providers).flatMap(({ models }) => models)];
  return new Meter({
    models: new Set(named.filter((model) => !model.includes('*'))),
    postureOf: (detector) => config.routes[0]?.detectors[detector]?.posture ?? 'closed',
    headAgeSeconds: () =>
      audit.head === undefined ? 0 : Math.max(0, (Date.now() - Date.parse(audit.head.at)) / 1_000),
    witnesses: () => house.status().audit.witnesses,
  });
}

async function tryListening({ host, port }: Config['listen']): Promise<void> {
  const server = createServer();
  await listen(server, { host, port });
  await new Promise((resolve) => server.close(resolve));
}

function listen(server: Server, { host, port }: Config['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function drain(server: HttpServer, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    // A connection whose last answer has ended stays open for its client's next request: there will be none.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function urlOf(server: Pick<Server, 'address'>): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
