import { hash } from 'node:crypto';
import {
  BoundedCache,
  type Containments,
  type House,
  type Inspector,
  MARKERS,
  markerOf,
  type Recorder,
} from '@sallyport/core';
import { createSessions } from '@sallyport/flow';
import { AnswerStyleReader, createFingerprinter } from '@sallyport/text';
import { guardAgent } from './a2a/guard-agent.ts';
import type { AccessRoom } from './access/access-room.ts';
import type { ApprovalOffice } from './approvals/approval-office.ts';
import type { BudgetOffice } from './budgets/budget-office.ts';
import { after, iso, nowMs } from './clock.ts';
import type { RouteConfig } from './config/index.ts';
import { createPseudonyms } from './content/pseudonyms.ts';
import { createDestinations, guardsOf } from './destinations.ts';
import { openFlows } from './flow/open-flows.ts';
import { warmUp } from './inspectors.ts';
import { openJudge } from './judge/open-judge.ts';
import { guardServer, type McpBooks, openMcpBooks, type ServerGuards } from './mcp/mcp-room.ts';
import type { GuardedServer } from './mcp/wall/guarded-server.ts';
import { MemoryBook } from './memory/memory-book.ts';
import type { StandingParts } from './open-house-contract.ts';
import { DemoProvider } from './providers/demo-provider.ts';
import type { ToolOffice } from './tools/tool-office.ts';
import { RouteUpstreams } from './upstreams/route-upstreams.ts';
import { openPrincipalSketches } from './watch/principal-sketches.ts';

/** Slices, request contexts and neighbouring pairs that are remembered between requests. */
const SLICES_MAX = { maxEntries: 100_000, maxWeight: 1_000_000 };
/** Instructions and definitions kept in memory for the context-leak check, characters. */
const CONTEXTS_MAX = { maxEntries: 2_000, maxWeight: 16_000_000 };

/** What a house is made of beside its standing parts. */
export interface Rooms {
  readonly engine: House['policy'];
  readonly budgets: BudgetOffice | undefined;
  readonly access: AccessRoom;
  readonly approvals: ApprovalOffice;
  readonly containments: Containments;
  readonly tools: ToolOffice;
  readonly tracing: House['tracing'];
  readonly recorder: Recorder;
  readonly report: House['report'];
}

/** What every exchange uses, and the servers of tools behind the wall. */
export interface Furnished {
  readonly house: House;
  readonly servers: ReadonlyMap<string, GuardedServer>;
  readonly agents: ReadonlyMap<string, GuardedServer>;
  readonly books: McpBooks;
}

/** Puts together what every exchange uses. */
export function furnishHouse(standing: StandingParts, rooms: Rooms): Furnished {
  const { config, install, ledger, memoryStore, inspectors, providers } = standing;
  const { maxBodyBytes, maxDepth, maxNodes, maxAnswerBytes, maxAnswerNodes } = config.limits;
  const seal = createFingerprinter(install.fingerprintKey);
  const sessions = createSessions({ fingerprint: seal });
  const judge = openJudge({
    config: config.judge,
    provider: (name) => providers.get(name),
    purpose: config.detectors.intent.description,
    fingerprint: seal,
    clock: { dateMs: Date.now, after },
  });
  const books = openMcpBooks(nowMs, seal);
  const known = [...inspectors.detectors, ...judge.uses];
  const inspectorFor = ({ detectors }: Pick<RouteConfig, 'detectors'>) => ready(inspectors.forSettings(detectors));
  const flowFor = openFlows(config.flow.tools);
  const guardsFor = (one: Pick<RouteConfig, 'detectors'>, server = ''): ServerGuards => {
    const inspector = inspectorFor(one);
    const flow = flowFor({ documents: [], server }, inspector);
    return { ...guardsOf(one, known, rooms.tools), inspector, flow, judge: judge.forSettings(one.detectors) };
  };
  const agents = Object.values(config.agents).map(
    (agent) => [agent.name, guardAgent(agent, guardsFor(agent))] as const,
  );
  const servers = Object.values(config.mcp.servers).map(
    (server) => [server.name, guardServer(server, guardsFor(server, server.name))] as const,
  );
  const house: House = {
    detection: {
      slices: new BoundedCache(SLICES_MAX),
      contexts: new BoundedCache(CONTEXTS_MAX),
      pairs: new BoundedCache(SLICES_MAX),
      scopes: new Map(),
      digest: (bytes) => hash('sha256', bytes, 'base64'),
      canaries: config.detectors['context-leak'].canaries,
      noteOf: (content) => sessions.noteOf(content),
    },
    ledger,
    memories: new MemoryBook({ store: memoryStore, fingerprint: seal, report: rooms.report }),
    sessions,
    budgets: rooms.budgets,
    tracing: rooms.tracing,
    // Nobody would ask.
    ...(servers.length + agents.length > 0 && { links: books.calls, toolResults: books.results }),
    policy: rooms.engine,
    directory: rooms.access.directory,
    recorder: rooms.recorder,
    approvals: rooms.approvals,
    containments: rooms.containments,
    ...lockOf(standing),
    limits: { maxBodyBytes, maxDepth, maxNodes, maxAnswerBytes, maxAnswerNodes },
    ...createDestinations({
      routes: config.routes,
      detectors: known,
      vetter: rooms.tools,
      judgeFor: ({ detectors }) => judge.forSettings(detectors),
      inspectorFor,
      flowFor,
      upstreamsFor: ({ providers: names, retry, breaker }) =>
        new RouteUpstreams({
          providers: names.flatMap((name) => providers.get(name) ?? []),
          retry,
          breaker,
          clock: { nowMs, dateMs: Date.now, after },
          random: Math.random,
          standIn: new DemoProvider('drill'),
        }),
    }),
    clock: { nowMs, iso, after },
    markerFor: (texts) => markerOf(Number.parseInt(seal(`marker\n${texts}`).slice(0, 8), 16) % MARKERS),
    sealBody: (body) => seal(hash('sha256', body, 'base64')),
    ...(config.monitor.enabled && {
      sketchText: openPrincipalSketches(seal),
      readStyle: () => new AnswerStyleReader(),
    }),
    report: rooms.report,
  };
  return { house, servers: new Map(servers), agents: new Map(agents), books };
}

/** Where content goes that policy wants kept, and how placeholders are numbered. */
function lockOf(standing: StandingParts): Pick<House, 'content' | 'pseudonyms'> {
  const { config, install, payloads } = standing;
  const { keys, subject, limits, posture } = config.content;
  return {
    ...(keys !== undefined && { content: { store: payloads, subject, limits, posture } }),
    ...(config.redaction.pseudonyms === 'tenant' && { pseudonyms: createPseudonyms(install.pseudonymKey) }),
  };
}

function ready(inspector: Inspector): Inspector {
  warmUp(inspector);
  return inspector;
}
