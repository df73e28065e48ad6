import {
  type AuditRecord,
  containedEngines,
  type DrillMark,
  type ErrorCode,
  type Fault,
  type House,
  type Principal,
  type Recorder,
  type RequestHead,
  SallyportError,
  scopedEngines,
} from '@sallyport/core';
import { describeProblem, probe } from '@sallyport/policy';
import { openaiChat, type Passage, passageFor, protocols } from '@sallyport/protocols';
import { type AuditLog, type ExchangePage, isOfTenant, listExchanges, readRecords } from '@sallyport/record';
import { createFingerprinter } from '@sallyport/text';
import { AgentRoom } from './a2a/agent-room.ts';
import { AccessRoom } from './access/access-room.ts';
import { asMember } from './access/as-member.ts';
import type { AlertRoom } from './alerts/alert-room.ts';
import { openAlerts } from './alerts/open-alerts.ts';
import type { ApprovalOffice } from './approvals/approval-office.ts';
import { type ApprovalRoom, openApprovalRoom } from './approvals/open-approval-room.ts';
import type { BudgetOffice } from './budgets/budget-office.ts';
import { FeedbackOffice } from './calibration/feedback-office.ts';
import { after, iso, nowMs } from './clock.ts';
import { type Config, namedModels } from './config/index.ts';
import type { ContainmentOffice } from './containment/containment-office.ts';
import { openContainments } from './containment/open-containments.ts';
import { ContentOffice } from './content/content-office.ts';
import { newExchangeId } from './exchange-id.ts';
import { type Furnished, furnishHouse } from './furnish-house.ts';
import { BadgeBook } from './identity/badge-book.ts';
import type { BadgedRequest } from './identity/drill-badge.ts';
import { openFrontDoor } from './identity/open-front-door.ts';
import type { Presented } from './identity/presented.ts';
import { KeyOffice } from './key-office.ts';
import { AuthorizationOffice } from './mcp/authorization/authorization-office.ts';
import { ServerDoors } from './mcp/authorization/server-doors.ts';
import { McpRoom } from './mcp/mcp-room.ts';
import { openTransportParts } from './mcp/transport/open-mcp-server.ts';
import type { HouseStatus, OpenHouse, PolicyReport, Readiness, StandingParts } from './open-house-contract.ts';
import { OperatorRoom } from './operators/operator-room.ts';
import type { PolicyRoom, SetInForce } from './policies.ts';
import { policySetRecord } from './policy-set-record.ts';
import type { IdentityLedger } from './provider-identity/identity-ledger.ts';
import { openIdentities } from './provider-identity/open-identities.ts';
import { Rejections } from './rejections.ts';
import { ReportRoom } from './reports/report-room.ts';
import { openTelemetry } from './telemetry/open-telemetry.ts';
import type { TelemetryRoom } from './telemetry/telemetry-room.ts';
import { ToolOffice } from './tools/tool-office.ts';
import { listVisibleModels } from './visible-models.ts';
import { WatchRoom } from './watch/watch-room.ts';

/** How the gateway introduces itself to servers. */
const PRODUCT = { name: 'sallyport', version: '0.1.0' };

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
  readonly operators: OperatorRoom;
  readonly budgets: BudgetOffice | undefined;
  readonly feedback: FeedbackOffice;
  readonly content: ContentOffice;
  readonly access: AccessRoom;
  readonly mcp: McpRoom;
  readonly a2a: AgentRoom;
  readonly serverDoors: ServerDoors;
  readonly authorizations: AuthorizationOffice;
  readonly containments: ContainmentOffice;
  readonly alerts: AlertRoom;
  readonly watch: WatchRoom;
  readonly identities: IdentityLedger;
  readonly telemetry: TelemetryRoom;
  readonly reports: ReportRoom;
  readonly #approvalRoom: ApprovalRoom;
  readonly #standing: StandingParts;
  readonly #frontDoor: ReturnType<typeof openFrontDoor>;
  readonly #engine: House['policy'];
  readonly #rejections: Rejections;
  /** What asks providers whether their models are the same. */
  readonly #identityRooms: readonly { close(): void }[];
  readonly #badges: BadgeBook;
  #closing = false;

  constructor(standing: StandingParts) {
    const { config, install, keyStore, audit, room } = standing;
    this.#standing = standing;
    this.config = config;
    this.policies = room.holder;
    this.audit = audit;
    this.budgets = standing.budgets;
    this.watch = this.#openWatch();
    const { ledger, ...identityRooms } = openIdentities({
      ...standing,
      recorder: this.#recorder(),
      report: (error) => this.report(error, 'identity'),
    });
    this.identities = ledger;
    this.#identityRooms = Object.values(identityRooms);
    this.telemetry = openTelemetry(standing, PRODUCT, (error) => this.report(error, 'telemetry'));
    const kept = { config, store: standing.store, recorder: this.#recorder() };
    this.containments = openContainments({ ...kept, report: (error) => this.report(error, 'containments') });
    const { containments } = this;
    this.alerts = openAlerts({ ...kept, containments, report: (error) => this.report(error, 'alerts') });
    this.#engine = scopedEngines(containedEngines(() => room.holder.engine, this.containments.book));
    this.#badges = new BadgeBook({ drillKey: install.drillKey, dateMs: Date.now });
    this.keys = new KeyOffice({
      store: keyStore,
      install,
      fixed: config.keys,
      clock: { nowMs, dateMs: Date.now, after },
      report: (error) => this.report(error, 'keys'),
    });
    this.operators = new OperatorRoom({
      admin: config.admin,
      install,
      store: standing.operatorStore,
      keys: keyStore,
      recorder: this.#recorder(),
      newId: () => this.newId(),
      clock: { nowMs, dateMs: Date.now, after },
      report: (error) => this.report(error, 'operators'),
      onNews: (news) => standing.hooks.onNotice?.(news),
    });
    this.#frontDoor = openFrontDoor({
      config,
      keys: this.keys,
      hashCredential: install.hashCredential,
      clock: { nowMs, dateMs: Date.now },
      onNews: (news) => standing.hooks.onNotice?.(news),
    });
    this.access = this.#openAccess();
    this.serverDoors = this.#openServerDoors();
    this.authorizations = this.#openAuthorizations();
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
    this.feedback = new FeedbackOffice({
      store: standing.feedbackStore,
      records: (exchange) => this.exchange(exchange),
      iso,
    });
    this.content = this.#openContent();
    this.reports = new ReportRoom({ reader: standing.store, iso });
    const { house, ...behind } = furnishHouse(standing, {
      engine: this.#engine,
      budgets: this.budgets,
      access: this.access,
      approvals: this.approvals,
      containments: this.containments.book,
      tools: this.tools,
      tracing: this.telemetry.tracing,
      recorder: this.#recorder(),
      report: (error, exchange) => this.report(error, exchange),
    });
    this.parts = house;
    this.mcp = this.#openMcp(behind);
    this.a2a = this.#openAgents(behind);
    this.#rejections = new Rejections({ recorder: this.parts.recorder, nowMs: () => performance.now(), iso });
    this.firstAdminToken = config.admin.token === undefined ? install.ensureAdminToken() : undefined;
    this.firstKey = this.keys.ensureFirst();
  }

  #openMcp({ servers, books }: Pick<Furnished, 'servers' | 'books'>): McpRoom {
    const { config, approvals: approver, authorizations, parts: house } = this;
    const newId = () => this.newId();
    return new McpRoom({ house, config, approver, authorizations, product: PRODUCT, newId, servers, ...books });
  }

  #openAgents({ agents, books }: Pick<Furnished, 'agents' | 'books'>): AgentRoom {
    const { config, approvals: approver, parts: house } = this;
    return new AgentRoom({
      house,
      config,
      approver,
      conversations: this.mcp.conversations,
      transport: openTransportParts(config.limits),
      newId: () => this.newId(),
      rejected: (id, code, principal) => this.rejected(id, code, principal),
      agents,
      ...books,
    });
  }

  newId(): string {
    return newExchangeId(Date.now());
  }

  drillOf(badge: string, request: BadgedRequest): DrillMark | Fault {
    return this.#badges.take(badge, request);
  }

  authenticate(presented: Presented): Principal | Fault | Promise<Principal | Fault> {
    return asMember(this.#frontDoor.door.authenticate(presented), this.access.directory);
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
      alerts: this.alerts.status(),
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

  exchanges({ before, ...page }: Parameters<OpenHouse['exchanges']>[0]): ExchangePage {
    return listExchanges(this.#standing.store, before === undefined ? page : { ...page, before });
  }

  exchange(id: string, tenant?: string): readonly AuditRecord[] {
    const records = Array.from(readRecords(this.#standing.store, { exchange: id }), ({ record }) => record);
    return tenant === undefined || isOfTenant(records, tenant) ? records : [];
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
    this.watch.close();
    this.identities.close();
    for (const room of this.#identityRooms) room.close();
    await Promise.all([this.mcp.close(), this.a2a.close()]);
    await this.#approvalRoom.close();
    await this.#frontDoor.close();
    await this.authorizations.close();
    await this.operators.close();
    this.keys.close();
    this.access.close();
    await this.telemetry.settle();
    this.containments.close();
    await this.#standing.closeAll();
    await Promise.all([this.telemetry.close(), this.alerts.close()]);
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
        const appended = audit.append(record);
        // What the log did not take was not seen either: whoever appends hears why.
        appended.then(
          () => {
            this.watch.observe(record);
            this.identities.observe(record);
            this.telemetry.observe(record);
            this.alerts.observe(record);
          },
          () => undefined,
        );
        return appended;
      },
    };
  }

  #openContent(): ContentOffice {
    const { payloads, contentKeys } = this.#standing;
    return new ContentOffice({
      store: payloads,
      keys: contentKeys,
      recorder: this.#recorder(),
      engine: () => this.policies.engine,
      records: (exchange) => this.exchange(exchange),
      iso,
    });
  }

  #openAccess(): AccessRoom {
    const { config, hooks, accessStore } = this.#standing;
    return new AccessRoom({
      access: config.access,
      store: accessStore,
      recorder: this.#recorder(),
      newId: () => this.newId(),
      clock: { dateMs: Date.now, after },
      report: (error) => this.report(error, 'access'),
      identityOf: (provider, model) => this.identities.stateOf(provider, model),
      onReload: (problems) =>
        hooks.onNotice?.(problems.length > 0 ? { kind: 'entities-refused', problems } : { kind: 'entities-reloaded' }),
    });
  }

  #openWatch(): WatchRoom {
    const { config, store } = this.#standing;
    const watch = new WatchRoom({
      monitor: config.monitor,
      recorder: this.#recorder(),
      newId: () => this.newId(),
      iso,
      nowMs,
      dateMs: Date.now,
      defer: setImmediate,
      report: (error) => this.report(error, 'monitor'),
    });
    const { enabled, tailRecords } = config.monitor;
    if (enabled) watch.learn(readRecords(store, { from: Math.max(store.first, store.size - tailRecords) }));
    return watch;
  }

  #openServerDoors(): ServerDoors {
    const { config } = this.#standing;
    return new ServerDoors({
      authorization: config.mcp.authorization,
      identity: config.identity,
      front: this.#frontDoor,
      asMember: (found) => asMember(found, this.access.directory),
    });
  }

  #openAuthorizations(): AuthorizationOffice {
    const { config, hooks, authorizationStore } = this.#standing;
    return new AuthorizationOffice({
      authorization: config.mcp.authorization,
      store: authorizationStore,
      recorder: this.#recorder(),
      newId: () => this.newId(),
      clock: { nowMs, dateMs: Date.now },
      report: (error) => this.report(error, 'authorizations'),
      onNews: (news) => hooks.onNotice?.(news),
    });
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
}
