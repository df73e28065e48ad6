import { hash } from 'node:crypto';
import {
  type AccessStore,
  type ApprovalStore,
  type AuditRecord,
  BoundedCache,
  type ErrorCode,
  type Fault,
  type House,
  type Inspector,
  type KeyEncryption,
  type KeyStore,
  type Ledger,
  MARKERS,
  markerOf,
  type PayloadStore,
  type Principal,
  type ProtocolAdapter,
  type Provider,
  type Recorder,
  type RecordStore,
  type RequestHead,
  SallyportError,
  scopedEngines,
  type ToolPins,
} from '@sallyport/core';
import { createSessions } from '@sallyport/flow';
import {
  type Coverage,
  describeProblem,
  type PolicyBundle,
  type PolicyInfo,
  type PolicyProblem,
  type ProbeReport,
  probe,
} from '@sallyport/policy';
import { openaiChat, type Passage, passageFor, protocols } from '@sallyport/protocols';
import { type AuditLog, type ExchangePage, listExchanges, readRecords } from '@sallyport/record';
import type { InstallKeys } from '@sallyport/stores';
import { createFingerprinter } from '@sallyport/text';
import { AccessRoom } from './access/access-room.ts';
import { asMember } from './access/as-member.ts';
import type { ApprovalOffice } from './approvals/approval-office.ts';
import { type ApprovalRoom, openApprovalRoom } from './approvals/open-approval-room.ts';
import type { WitnessStatus } from './audit/witness-rounds.ts';
import type { BudgetOffice } from './budgets/budget-office.ts';
import { type Config, type ConfigProblem, namedModels, type RouteConfig } from './config/index.ts';
import { ContentOffice } from './content/content-office.ts';
import { createPseudonyms } from './content/pseudonyms.ts';
import { createDestinations } from './destinations.ts';
import { newExchangeId } from './exchange-id.ts';
import { openFlows } from './flow/open-flows.ts';
import type { IssuerNews } from './identity/issuer-keys.ts';
import { openFrontDoor } from './identity/open-front-door.ts';
import type { Presented } from './identity/presented.ts';
import { type Inspectors, warmUp } from './inspectors.ts';
import { KeyOffice } from './key-office.ts';
import type { PolicyRoom, SetInForce } from './policies.ts';
import { policySetRecord } from './policy-set-record.ts';
import { Rejections } from './rejections.ts';
import { ToolOffice } from './tools/tool-office.ts';
import { RouteUpstreams } from './upstreams/route-upstreams.ts';
import { listVisibleModels } from './visible-models.ts';

/** Slices, request contexts and neighbouring pairs that are remembered between requests. */
const SLICES_MAX = { maxEntries: 100_000, maxWeight: 1_000_000 };
/** Instructions and definitions kept in memory for the context-leak check, characters. */
const CONTEXTS_MAX = { maxEntries: 2_000, maxWeight: 16_000_000 };

export interface HouseHooks {
  /** Called when the data folder is held and before anything is made in it: what it throws ends the start. */
  readonly onHeld?: () => Promise<void>;
  /** Told of every record as it is appended: metrics, alerts and the rest are projections of it. */
  readonly onRecord?: (record: AuditRecord) => void;
  /** Told of what operators must know; never holds content. */
  readonly onNotice?: (notice: Notice) => void;
}

export type Notice =
  | { readonly kind: 'error'; readonly error: SallyportError; readonly exchange: string }
  | { readonly kind: 'policies-reloaded'; readonly policySet: string }
  | { readonly kind: 'policies-refused'; readonly problems: readonly PolicyProblem[] }
  | { readonly kind: 'entities-reloaded' }
  | { readonly kind: 'entities-refused'; readonly problems: readonly ConfigProblem[] }
  | { readonly kind: 'head-not-saved' }
  | IssuerNews
  | { readonly kind: 'archived'; readonly dropped: number; readonly first: number }
  | { readonly kind: 'not-archived'; readonly error: unknown }
  /** A round without this witness's signature, or its first one after such. */
  | { readonly kind: 'witness'; readonly status: WitnessStatus; readonly changed: boolean }
  /** Content that the log says was erased was there again at the start. */
  | { readonly kind: 'erased-again'; readonly rows: number };

/** The house with its doors still closed: everything that the listeners need. */
export interface OpenHouse {
  readonly config: Config;
  readonly adapters: readonly ProtocolAdapter[];
  /** In whose form a path is refused that no protocol owns. */
  readonly fallback: ProtocolAdapter;
  readonly parts: House;
  /** The admin token: only at the first start of a data folder, and only when configuration gives none. */
  readonly firstAdminToken: string | undefined;
  /** Secret of the gateway key `first`: only when there was no key at all. */
  readonly firstKey: string | undefined;
  readonly policies: PolicyRoom['holder'];
  readonly audit: AuditLog;
  /** Where humans answer. */
  readonly approvals: ApprovalOffice;
  /** Where they answer through another system, if configuration names one. */
  readonly approvalInbox: ApprovalRoom['inbox'];
  /** Where operators accept tools that changed. */
  readonly tools: ToolOffice;
  /** Who is who, what is what, and who was granted what. */
  readonly access: AccessRoom;
  /** Where operators make and end gateway keys. */
  readonly keys: KeyOffice;
  /** What may be used, and how it stands; absent where configuration has none. */
  readonly budgets: BudgetOffice | undefined;
  /** Where operators read, export and erase what is under lock. */
  readonly content: ContentOffice;
  newId(): string;
  /** Who asks, by all that a request shows; waits only for a token or a statement that was not seen before. */
  authenticate(presented: Presented): Principal | Fault | Promise<Principal | Fault>;
  isAdminToken(token: string): boolean;
  rejected(exchange: string, code: ErrorCode, principal?: Principal): void;
  visibleModels(principal: Principal, protocol: string): Promise<readonly string[]>;
  /** What no adapter reads, where a route lets it pass. */
  passageFor(head: RequestHead): Passage | undefined;
  readiness(): Readiness;
  /** What the gateway is and does, for operators. */
  status(): HouseStatus;
  policyReport(): PolicyReport;
  exchanges(page: { readonly before?: number | undefined; readonly limit?: number }): ExchangePage;
  exchange(id: string): readonly AuditRecord[];
  report(error: SallyportError, exchange: string): void;
  /** No new exchanges from now on. */
  stopTaking(): void;
  closing(): boolean;
  close(): Promise<void>;
}

export interface Readiness {
  readonly ready: boolean;
  readonly policySet: string;
  /** Why the policies that were offered last are not in force; empty when they are. */
  readonly policyProblems: readonly string[];
}

export interface HouseStatus {
  readonly providers: readonly { readonly name: string; readonly kind: string; readonly models: readonly string[] }[];
  readonly routes: readonly Pick<RouteConfig, 'name' | 'models' | 'protocols' | 'providers'>[];
  readonly detectors: readonly { readonly id: string; readonly version: string }[];
  readonly policySet: string;
  readonly audit: {
    readonly mode: string;
    readonly size: number;
    readonly origin: string;
    /** Leaves whose bytes are in the archive alone. */
    readonly archived: number;
    readonly witnesses: readonly WitnessStatus[];
  };
  readonly keys: number;
  readonly closing: boolean;
}

export interface PolicyReport {
  readonly policySet: string;
  /** Who vouches for the set, where configuration says that somebody must. */
  readonly bundle?: PolicyBundle;
  readonly since: string;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly policies: readonly PolicyInfo[];
  /** Which policies are compiled, and which Cedar evaluates itself, slower, and why. */
  readonly coverage: Coverage;
  readonly probes: ProbeReport;
}

export interface StandingParts {
  readonly config: Config;
  readonly hooks: HouseHooks;
  readonly install: InstallKeys;
  readonly store: RecordStore;
  readonly audit: AuditLog;
  readonly witnesses: () => readonly WitnessStatus[];
  readonly keyStore: KeyStore;
  readonly ledger: Ledger;
  readonly approvalStore: ApprovalStore;
  readonly accessStore: AccessStore;
  readonly pinStore: ToolPins;
  /** Absent where configuration has none. */
  readonly budgets: BudgetOffice | undefined;
  readonly payloads: PayloadStore;
  readonly contentKeys: KeyEncryption;
  readonly inspectors: Inspectors;
  readonly room: PolicyRoom;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly closeAll: () => Promise<void>;
}

/** Name of the key that a first start makes. */
const FIRST_KEY = 'first';

export class StandingHouse implements OpenHouse {
  readonly config: Config;
  readonly adapters = protocols;
  readonly fallback = openaiChat;
  readonly parts: House;
  readonly firstAdminToken: string | undefined;
  readonly firstKey: string | undefined;
  readonly policies: PolicyRoom['holder'];
  readonly audit: AuditLog;
  readonly approvals: ApprovalOffice;
  readonly approvalInbox: ApprovalRoom['inbox'];
  readonly tools: ToolOffice;
  readonly keys: KeyOffice;
  readonly budgets: BudgetOffice | undefined;
  readonly content: ContentOffice;
  readonly access: AccessRoom;
  readonly #approvalRoom: ApprovalRoom;
  readonly #standing: StandingParts;
  readonly #frontDoor: ReturnType<typeof openFrontDoor>;
  readonly #engine: House['policy'];
  readonly #rejections: Rejections;
  #closing = false;

  constructor(standing: StandingParts) {
    const { config, install, keyStore, audit, room } = standing;
    this.#standing = standing;
    this.config = config;
    this.policies = room.holder;
    this.audit = audit;
    this.budgets = standing.budgets;
    this.#engine = scopedEngines(() => room.holder.engine);
    this.keys = new KeyOffice({
      store: keyStore,
      install,
      fixed: config.keys,
      clock: { nowMs, dateMs: Date.now, after },
      report: (error) => this.report(error, 'keys'),
    });
    this.#frontDoor = openFrontDoor({
      config,
      keys: this.keys,
      hashCredential: install.hashCredential,
      clock: { nowMs, dateMs: Date.now },
      onNews: (news) => standing.hooks.onNotice?.(news),
    });
    this.access = new AccessRoom({
      access: config.access,
      store: standing.accessStore,
      recorder: this.#recorder(),
      newId: () => this.newId(),
      clock: { dateMs: Date.now, after },
      report: (error) => this.report(error, 'access'),
      onReload: (problems) =>
        standing.hooks.onNotice?.(
          problems.length > 0 ? { kind: 'entities-refused', problems } : { kind: 'entities-reloaded' },
        ),
    });
    this.#approvalRoom = this.#openApprovals();
    this.approvals = this.#approvalRoom.office;
    this.approvalInbox = this.#approvalRoom.inbox;
    this.tools = new ToolOffice({
      store: standing.pinStore,
      recorder: this.#recorder(),
      iso,
      fingerprint: createFingerprinter(install.fingerprintKey),
      ...config.detectors['tool-integrity'],
    });
    this.content = new ContentOffice({
      store: standing.payloads,
      keys: standing.contentKeys,
      recorder: this.#recorder(),
      engine: () => this.policies.engine,
      records: (exchange) => this.exchange(exchange),
      iso,
    });
    this.parts = this.#furnish();
    this.#rejections = new Rejections({ recorder: this.parts.recorder, nowMs: () => performance.now(), iso });
    this.firstAdminToken = config.admin.token === undefined ? install.ensureAdminToken() : undefined;
    const owner = { kind: 'service', tenant: 'default', groups: [] } as const;
    this.firstKey =
      this.keys.size === 0 && keyStore.list().length === 0
        ? this.keys.create({ name: FIRST_KEY, ...owner }).secret
        : undefined;
  }

  newId(): string {
    return newExchangeId(Date.now());
  }

  authenticate(presented: Presented): Principal | Fault | Promise<Principal | Fault> {
    return asMember(this.#frontDoor.door.authenticate(presented), this.access.directory);
  }

  isAdminToken(token: string): boolean {
    return this.#standing.install.isAdminToken(token);
  }

  rejected(exchange: string, code: ErrorCode, principal?: Principal): void {
    this.#rejections.record({ exchange, code, principal }).catch((error: unknown) => {
      this.report(new SallyportError('RECORD_FAILED', { cause: error }), exchange);
    });
  }

  visibleModels(principal: Principal, protocol: string): Promise<readonly string[]> {
    const { config, providers } = this.#standing;
    const patterned = config.routes.filter(({ models }) => models.some((model) => model.includes('*')));
    const ids = new Set(patterned.flatMap((route) => route.providers));
    return listVisibleModels(principal, protocol, {
      named: namedModels(config),
      providers: [...providers.values()].filter(({ id }) => ids.has(id)),
      destination: this.parts.destination,
      engine: this.#engine(),
      directory: this.access.directory,
    });
  }

  passageFor(head: RequestHead): Passage | undefined {
    const passage = passageFor(head, this.adapters);
    return passage !== undefined && this.parts.passage(passage.adapter.id) !== undefined ? passage : undefined;
  }

  readiness(): Readiness {
    const { inForce, problems } = this.policies.status();
    return { ready: !this.#closing, policySet: inForce, policyProblems: problems.map(describeProblem) };
  }

  status(): HouseStatus {
    const { config, inspectors, install, store, witnesses } = this.#standing;
    return {
      providers: Object.values(config.providers).map(({ name, kind, models }) => ({ name, kind, models })),
      routes: config.routes.map(({ name, models, protocols, providers }) => ({ name, models, protocols, providers })),
      detectors: inspectors.detectors.map(({ id, version }) => ({ id, version })),
      policySet: this.policies.policySet,
      audit: {
        mode: config.audit.mode,
        size: this.audit.size,
        origin: install.origin,
        archived: store.first,
        witnesses: witnesses(),
      },
      keys: this.keys.size,
      closing: this.#closing,
    };
  }

  policyReport(): PolicyReport {
    const { engine } = this.policies;
    const { inForce, since, problems, warnings, bundle } = this.policies.status();
    return {
      policySet: inForce,
      ...(bundle && { bundle }),
      since,
      problems: problems.map(describeProblem),
      warnings: warnings.map(describeProblem),
      policies: engine.policies,
      coverage: engine.coverage(),
      probes: probe(engine),
    };
  }

  exchanges({ before, limit }: { readonly before?: number | undefined; readonly limit?: number }): ExchangePage {
    return listExchanges(this.#standing.store, {
      ...(before !== undefined && { before }),
      ...(limit !== undefined && { limit }),
    });
  }

  exchange(id: string): readonly AuditRecord[] {
    return Array.from(readRecords(this.#standing.store, { exchange: id }), ({ record }) => record);
  }

  report(error: SallyportError, exchange: string): void {
    this.#standing.hooks.onNotice?.({ kind: 'error', error, exchange });
  }

  stopTaking(): void {
    this.#closing = true;
  }

  closing(): boolean {
    return this.#closing;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#approvalRoom.close();
    await this.#frontDoor.close();
    this.keys.close();
    this.access.close();
    await this.#standing.closeAll();
  }

  /** Writes down which set is in force from now on. A failure is reported: what is decided under it then can't be recorded either. */
  async recordPolicySet(inForce: SetInForce): Promise<void> {
    const exchange = this.newId();
    try {
      await this.parts.recorder.append(policySetRecord(inForce, { exchange, at: iso() }));
    } catch (error) {
      this.report(new SallyportError('RECORD_FAILED', { cause: error }), exchange);
    }
  }

  /** Every record that names a set of policies names the version of the bundle that it came from. */
  #recorder(): Recorder {
    const { hooks, audit, room } = this.#standing;
    return {
      append: (plain) => {
        const set = 'policySet' in plain ? plain.policySet : undefined;
        const policyVersion = set === undefined ? undefined : room.holder.versionOf(set);
        const record = policyVersion === undefined ? plain : { ...plain, policyVersion };
        hooks.onRecord?.(record);
        return audit.append(record);
      },
    };
  }

  /** Where content goes that policy wants kept, and how placeholders are numbered. */
  #lock(): Pick<House, 'content' | 'pseudonyms'> {
    const { config, install, payloads } = this.#standing;
    const { keys, subject, limits, posture } = config.content;
    return {
      ...(keys !== undefined && { content: { store: payloads, subject, limits, posture } }),
      ...(config.redaction.pseudonyms === 'tenant' && { pseudonyms: createPseudonyms(install.pseudonymKey) }),
    };
  }

  #openApprovals(): ApprovalRoom {
    const { config, install, approvalStore } = this.#standing;
    return openApprovalRoom(config.approvals, {
      store: approvalStore,
      recorder: this.#recorder(),
      engine: () => this.policies.engine,
      clock: { dateMs: Date.now, iso, after },
      fingerprint: createFingerprinter(install.fingerprintKey),
      report: (error, exchange) => this.report(error, exchange),
    });
  }

  #furnish(): House {
    const { config, install, ledger, inspectors, providers } = this.#standing;
    const { maxBodyBytes, maxDepth, maxNodes, maxAnswerBytes, maxAnswerNodes } = config.limits;
    const seal = createFingerprinter(install.fingerprintKey);
    const sessions = createSessions({ fingerprint: seal });
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
      budgets: this.budgets,
      policy: this.#engine,
      directory: this.access.directory,
      recorder: this.#recorder(),
      approvals: this.approvals,
      ...this.#lock(),
      limits: { maxBodyBytes, maxDepth, maxNodes, maxAnswerBytes, maxAnswerNodes },
      ...createDestinations({
        routes: config.routes,
        detectors: inspectors.detectors,
        vetter: this.tools,
        inspectorFor: ({ detectors }) => ready(inspectors.forSettings(detectors)),
        flowFor: openFlows(config.flow.tools),
        upstreamsFor: ({ providers: names, retry, breaker }) =>
          new RouteUpstreams({
            providers: names.flatMap((name) => providers.get(name) ?? []),
            retry,
            breaker,
            clock: { nowMs, dateMs: Date.now, after },
            random: Math.random,
          }),
      }),
      clock: { nowMs, iso, after },
      markerFor: (texts) => markerOf(Number.parseInt(seal(`marker\n${texts}`).slice(0, 8), 16) % MARKERS),
      sealBody: (body) => seal(hash('sha256', body, 'base64')),
      report: (error, exchange) => this.report(error, exchange),
    };
  }
}

function nowMs(): number {
  return performance.now();
}

/** Keeps no process alive. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

let isoMs = 0;
let isoText = new Date(isoMs).toISOString();

/** The time as records state it, RFC 3339 in UTC; written once per millisecond. */
function iso(): string {
  const nowMs = Date.now();
  if (nowMs !== isoMs) {
    isoMs = nowMs;
    isoText = new Date(nowMs).toISOString();
  }
  return isoText;
}

function ready(inspector: Inspector): Inspector {
  warmUp(inspector);
  return inspector;
}
