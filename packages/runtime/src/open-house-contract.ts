import type {
  AccessStore,
  ApprovalStore,
  AuditRecord,
  AuthorizationStore,
  DrillMark,
  ErrorCode,
  Fault,
  FeedbackStore,
  House,
  KeyEncryption,
  KeyStore,
  Ledger,
  MemoryStore,
  PayloadStore,
  Principal,
  ProtocolAdapter,
  Provider,
  RecordStore,
  RequestHead,
  SallyportError,
  ToolPins,
} from '@sallyport/core';
import type { Coverage, PolicyBundle, PolicyInfo, PolicyProblem, ProbeReport } from '@sallyport/policy';
import type { Passage } from '@sallyport/protocols';
import type { AuditLog, ExchangePage } from '@sallyport/record';
import type { InstallKeys } from '@sallyport/stores';
import type { AgentRoom } from './a2a/agent-room.ts';
import type { AccessRoom } from './access/access-room.ts';
import type { AlertRoom, AlertStatus } from './alerts/alert-room.ts';
import type { ApprovalOffice } from './approvals/approval-office.ts';
import type { ApprovalRoom } from './approvals/open-approval-room.ts';
import type { WitnessStatus } from './audit/witness-rounds.ts';
import type { BudgetOffice } from './budgets/budget-office.ts';
import type { FeedbackOffice } from './calibration/feedback-office.ts';
import type { Config, ConfigProblem, RouteConfig } from './config/index.ts';
import type { ContainmentOffice } from './containment/containment-office.ts';
import type { ContentOffice } from './content/content-office.ts';
import type { BadgedRequest } from './identity/drill-badge.ts';
import type { IssuerNews } from './identity/issuer-keys.ts';
import type { Presented } from './identity/presented.ts';
import type { Inspectors } from './inspectors.ts';
import type { KeyOffice } from './key-office.ts';
import type { AuthorizationOffice } from './mcp/authorization/authorization-office.ts';
import type { ServerDoors } from './mcp/authorization/server-doors.ts';
import type { AuthorizationNews } from './mcp/authorization/upstream-room.ts';
import type { McpRoom } from './mcp/mcp-room.ts';
import type { OperatorRoom } from './operators/operator-room.ts';
import type { PolicyRoom } from './policies.ts';
import type { IdentityLedger } from './provider-identity/identity-ledger.ts';
import type { ReportRoom } from './reports/report-room.ts';
import type { TelemetryRoom } from './telemetry/telemetry-room.ts';
import type { ToolOffice } from './tools/tool-office.ts';
import type { WatchRoom } from './watch/watch-room.ts';

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
  | AuthorizationNews
  | { readonly kind: 'archived'; readonly dropped: number; readonly first: number }
  | { readonly kind: 'not-archived'; readonly error: unknown }
  /** A round without this witness's signature, or its first one after such. */
  | { readonly kind: 'witness'; readonly status: WitnessStatus; readonly changed: boolean }
  /** What is told to another system does not arrive: the first time of an outage. */
  | { readonly kind: 'sink-failed'; readonly sink: string; readonly error: unknown }
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
  /** Who the operators are. */
  readonly operators: OperatorRoom;
  /** What may be used, and how it stands; absent where configuration has none. */
  readonly budgets: BudgetOffice | undefined;
  /** Where operators say which exchanges were judged wrongly. */
  readonly feedback: FeedbackOffice;
  /** Where reports are made from the log. */
  readonly reports: ReportRoom;
  /** Where operators read, export and erase what is under lock. */
  readonly content: ContentOffice;
  /** Where clients meet servers of tools. */
  readonly mcp: McpRoom;
  /** The agents behind the gateway. */
  readonly a2a: AgentRoom;
  /** Who may come in at MCP servers. */
  readonly serverDoors: ServerDoors;
  /** What lets the gateway in at MCP servers. */
  readonly authorizations: AuthorizationOffice;
  /** What is held back for a time. */
  readonly containments: ContainmentOffice;
  /** What needs attention. */
  readonly alerts: AlertRoom;
  /** What is seen of traffic as it happens. */
  readonly watch: WatchRoom;
  /** Whether the models of providers are still those that were approved. */
  readonly identities: IdentityLedger;
  /** What is told to other systems. */
  readonly telemetry: TelemetryRoom;
  newId(): string;
  /** Who asks, by all that a request shows; waits only for a token or a statement that was not seen before. */
  authenticate(presented: Presented): Principal | Fault | Promise<Principal | Fault>;
  /** The drill whose badge this is, or `DRILL_INVALID`. */
  drillOf(badge: string, request: BadgedRequest): DrillMark | Fault;
  rejected(exchange: string, code: ErrorCode, principal?: Principal): void;
  visibleModels(principal: Principal, protocol: string): Promise<readonly string[]>;
  /** What no adapter reads, where a route lets it pass. */
  passageFor(head: RequestHead): Passage | undefined;
  readiness(): Readiness;
  /** What the gateway is and does, for operators. */
  status(): HouseStatus;
  policyReport(): PolicyReport;
  exchanges(page: {
    readonly before?: number | undefined;
    readonly limit?: number;
    readonly tenant?: string | undefined;
  }): ExchangePage;
  /** None where it is another tenant's than the one that is asked for. */
  exchange(id: string, tenant?: string): readonly AuditRecord[];
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
  readonly alerts: AlertStatus;
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
  readonly operatorStore: KeyStore;
  readonly ledger: Ledger;
  readonly memoryStore: MemoryStore;
  readonly approvalStore: ApprovalStore;
  readonly accessStore: AccessStore;
  readonly pinStore: ToolPins;
  readonly authorizationStore: AuthorizationStore;
  readonly feedbackStore: FeedbackStore;
  /** Absent where configuration has none. */
  readonly budgets: BudgetOffice | undefined;
  readonly payloads: PayloadStore;
  readonly contentKeys: KeyEncryption;
  readonly inspectors: Inspectors;
  readonly room: PolicyRoom;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly closeAll: () => Promise<void>;
}
