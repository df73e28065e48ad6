import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Config, type Notice, namedModels, type OpenHouse, openHouse } from '@sallyport/runtime';
import { createAdminApi } from './admin/admin-api.ts';
import { createDataPlane } from './http/data-plane.ts';
import { createLog, logNotice, logTls } from './log.ts';
import { Meter } from './metrics.ts';
import { type Listener, openListener } from './tls/listener-tls.ts';

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
  const listeners = openListeners(config, log);
  const closeListeners = () => {
    for (const listener of Object.values(listeners)) listener.close();
  };
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
  }).catch((error: unknown) => {
    closeListeners();
    throw error;
  });
  meter = meterFor(house);
  const metrics = meter;
  house.telemetry.tellMetrics(() => metrics.families());
  const dataPlane = createDataPlane({ house, listener: listeners.listen, metrics: () => metrics.text() });
  const admin = createAdminApi(house, listeners.admin);
  try {
    await listen(dataPlane, config.listen);
    await admin.listen({ host: config.admin.host, port: config.admin.port });
  } catch (error) {
    closeListeners();
    dataPlane.close();
    await admin.close();
    await house.close();
    throw error;
  }
  const stop = async (drainMs = DRAIN_MS) => {
    house.stopTaking();
    closeListeners();
    await Promise.all([drain(dataPlane, drainMs), house.mcp.close(drainMs), admin.close()]);
    await house.close();
  };
  const dataUrl = urlOf(dataPlane, listeners.listen);
  return { house, dataUrl, adminUrl: urlOf(admin.server, listeners.admin), stop };
}

/** Certificates and keys are read before anything else is opened: without them nothing starts. */
function openListeners({ listen: data, admin, limits }: Config, log: Log): Record<'listen' | 'admin', Listener> {
  const open = (listener: 'listen' | 'admin', { tls }: Config['listen' | 'admin']) =>
    openListener({ listener, tls, handshakeMs: limits.headersTimeoutMs, onNews: (news) => logTls(log, news) });
  return { listen: open('listen', data), admin: open('admin', admin) };
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
    watch: () => house.watch.status(),
    alerts: () => house.alerts.status(),
    telemetry: () => house.telemetry.status(),
    nowMs: Date.now,
  });
}

type Address = Pick<Config['listen'], 'host' | 'port'>;
type Log = ReturnType<typeof createLog>;

async function tryListening({ host, port }: Address): Promise<void> {
  const server = createServer();
  await listen(server, { host, port });
  await new Promise((resolve) => server.close(resolve));
}

function listen(server: Server, { host, port }: Address): Promise<void> {
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

function urlOf(server: Pick<Server, 'address'>, { scheme }: Listener): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
