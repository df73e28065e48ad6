import { hash } from 'node:crypto';
import { BoundedCache, type House, type Inspector, MARKERS, markerOf, type Recorder } from '@sallyport/core';
import { createSessions } from '@sallyport/flow';
import { createFingerprinter } from '@sallyport/text';
import type { AccessRoom } from './access/access-room.ts';
import type { ApprovalOffice } from './approvals/approval-office.ts';
import type { BudgetOffice } from './budgets/budget-office.ts';
import { after, iso, nowMs } from './clock.ts';
import { createPseudonyms } from './content/pseudonyms.ts';
import { createDestinations } from './destinations.ts';
import { openFlows } from './flow/open-flows.ts';
import { warmUp } from './inspectors.ts';
import { openJudge } from './judge/open-judge.ts';
import type { StandingParts } from './open-house-contract.ts';
import { DemoProvider } from './providers/demo-provider.ts';
import type { ToolOffice } from './tools/tool-office.ts';
import { RouteUpstreams } from './upstreams/route-upstreams.ts';

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
  readonly tools: ToolOffice;
  readonly recorder: Recorder;
  readonly report: House['report'];
}

/** Puts together what every exchange uses. */
export function furnishHouse(standing: StandingParts, rooms: Rooms): House {
  const { config, install, ledger, inspectors, providers } = standing;
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
  return {
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
    sessions,
    budgets: rooms.budgets,
    policy: rooms.engine,
    directory: rooms.access.directory,
    recorder: rooms.recorder,
    approvals: rooms.approvals,
    ...lockOf(standing),
    limits: { maxBodyBytes, maxDepth, maxNodes, maxAnswerBytes, maxAnswerNodes },
    ...createDestinations({
      routes: config.routes,
      detectors: [...inspectors.detectors, ...judge.uses],
      vetter: rooms.tools,
      judgeFor: ({ detectors }) => judge.forSettings(detectors),
      inspectorFor: ({ detectors }) => ready(inspectors.forSettings(detectors)),
      flowFor: openFlows(config.flow.tools),
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
    report: rooms.report,
  };
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
