import type {
  BudgetUnit,
  BudgetWindow,
  CaptureLimits,
  Posture,
  Principal,
  ProviderRegistration,
  Scope,
  SubjectKind,
} from '@sallyport/core';
import type { ToolOverrides } from '@sallyport/flow';
import type { StarterPack } from '@sallyport/policy';
import type { z } from 'zod';
import type { Calibration } from '../calibration/calibration-file.ts';
import type { OperatorRole } from '../operators/roles.ts';
import type { Entities } from './access-schema.ts';
import type { AlertsConfig } from './alerts-config.ts';
import type { BedrockOptions, DemoOptions, KeyedOptions } from './providers-schema.ts';
import type { breakerSchema, retrySchema } from './routes-schema.ts';
import type { ConfigFile } from './schema.ts';
import type { Secret } from './secret.ts';
import type { TelemetryConfig } from './telemetry-config.ts';

export type DeepReadonly<T> = T extends Secret
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T;

/** An AWS identity with its secrets read. */
export interface SigningConfig {
  readonly region: string;
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | undefined;
}

/** A provider with its secrets read: a key, an identity that signs, or neither. `baseUrl` has no final slash. */
export type HttpProviderConfig = DeepReadonly<
  Pick<KeyedOptions, 'models' | 'connectMs' | 'headersMs' | 'idleMs'> & {
    name: string;
    kind: (KeyedOptions | BedrockOptions)['kind'];
    baseUrl: string;
    key: Secret | undefined;
    signing: SigningConfig | undefined;
  }
>;

export type ProviderConfig = HttpProviderConfig | DeepReadonly<DemoOptions & { name: string }>;

export type HoldConfig = DeepReadonly<ConfigFile['limits']['hold']>;
export type LimitsConfig = DeepReadonly<ConfigFile['limits']>;
export type DetectorsConfig = DeepReadonly<ConfigFile['detectors']>;
export type JudgeConfig = DeepReadonly<NonNullable<ConfigFile['judge']>>;
export type CanaryConfig = MonitorConfig['canaries'][number];
export type DigestConfig = MonitorConfig['digests'][number];
export type CustomDetectorConfig = DetectorsConfig['custom'][number];
/** A witness whose key was read once already. */
export interface WitnessConfig {
  readonly name: string;
  /** Without a final slash. */
  readonly url: string;
  readonly vkey: string;
}

/** `retention.folder` is absolute. */
export type AuditConfig = DeepReadonly<
  Omit<ConfigFile['audit'], 'witnesses' | 'retention'> & {
    retention: ConfigFile['audit']['retention'] | undefined;
    witnesses: WitnessConfig[];
  }
>;
export type LogLevel = ConfigFile['log']['level'];

/** What holds for one detector on one route, overrides applied. */
export interface DetectorSetting {
  readonly enabled: boolean;
  readonly posture: Posture;
}

type RetryOptions = z.output<typeof retrySchema>;
export type RetryConfig = DeepReadonly<Omit<RetryOptions, 'tries'> & { tries: number }>;
export type BreakerConfig = DeepReadonly<z.output<typeof breakerSchema>>;

/** A route with everything that holds on it: nothing is left to look up elsewhere. */
export interface RouteConfig {
  readonly name: string;
  /** Model names and patterns; `*` stands for any characters. */
  readonly models: readonly string[];
  /** Ids of the wire protocols in which it is taken. */
  readonly protocols: readonly string[];
  /** The data source that everything on it reads or feeds. */
  readonly dataSource: string | undefined;
  /** In order of preference; at least one. */
  readonly providers: readonly string[];
  readonly retry: RetryConfig;
  readonly breaker: BreakerConfig | undefined;
  readonly blockForm: 'refusal' | 'error';
  /** What happens with a request that goes on with what the ledger doesn't know. */
  readonly continuation: 'open' | 'closed';
  /** What happens with endpoints that the gateway cannot read. */
  readonly uninspected: 'refuse' | 'pass';
  /** What marks documents in users' texts. */
  readonly documents: readonly { readonly open: string; readonly close: string }[];
  readonly hold: HoldConfig;
  /** How long an answer waits for a human, milliseconds, 0... */
  readonly approvalHoldMs: number;
  /** By detector id, the custom ones included. */
  readonly detectors: Readonly<Record<string, DetectorSetting>>;
}

type FileMcp = DeepReadonly<ConfigFile['mcp']>;
type FileMcpServer = FileMcp['servers'][string];

interface McpServerCommon extends Pick<FileMcpServer, 'limits' | 'revisions'> {
  readonly name: string;
  /** Milliseconds for which a call waits for a human, 0... */
  readonly approvalHoldMs: number;
  /** By detector id, the custom ones included. */
  readonly detectors: Readonly<Record<string, DetectorSetting>>;
}

/** A server that is a process of ours. */
export interface McpStdioConfig extends McpServerCommon, Pick<FileMcpServer, 'args' | 'uid' | 'gid' | 'restart'> {
  readonly transport: 'stdio';
  readonly command: string;
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, Secret>>;
}

/** A server somewhere else. */
export interface McpHttpConfig extends McpServerCommon {
  readonly transport: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** PEM. */
  readonly ca: string | undefined;
}

/** An agent that is spoken to in A2A. */
export interface AgentConfig extends Pick<DeepReadonly<ConfigFile['a2a']>['agents'][string], 'limits' | 'cardMs'> {
  readonly name: string;
  /** Where it speaks JSON-RPC. */
  readonly url: string;
  readonly cardUrl: string;
  /** PEM; one of them signs its card. Empty: signatures are not looked at. */
  readonly cardKeys: readonly string[];
  readonly headers: Readonly<Record<string, Secret>>;
  /** PEM. */
  readonly ca: string | undefined;
  /** Milliseconds for which a message waits for a human, 0... */
  readonly approvalHoldMs: number;
  /** By detector id, the custom ones included. */
  readonly detectors: Readonly<Record<string, DetectorSetting>>;
}

export type McpServerConfig = McpStdioConfig | McpHttpConfig;

export interface McpConfig extends Pick<FileMcp, 'sessions' | 'allowedOrigins'> {
  /** By name. */
  readonly servers: Readonly<Record<string, McpServerConfig>>;
  /** Names in `Host`, lower case; undefined: any. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly authorization: McpAuthorizationConfig;
}

/** What configuration says of who may do what. */
export interface AccessConfig {
  /** Absolute path of further entities. */
  readonly entitiesFile: string | undefined;
  readonly maxGrantDays: number;
  readonly entities: DeepReadonly<Entities>;
  /** What is registered of providers, by name. */
  readonly registry: Readonly<Record<string, ProviderRegistration>>;
}

/** Which policies are in force: the built-in starter ones, those of a folder, or both. */
export interface PoliciesConfig {
  readonly starter: boolean;
  /** Which starter pack; default `baseline`. */
  readonly pack?: StarterPack;
  readonly folder: string | undefined;
  /** `false` where content has no keys: policies that put some under lock are a problem then. */
  readonly hasContentKeys?: boolean;
  /** What the tools of servers say of their arguments, JSON, by the action that policies name: `mcp/bank/send_money`. Default none. */
  readonly toolSchemas?: Readonly<Record<string, string>>;
  /** Absent: the folder needs no signature. */
  readonly bundle?: BundleConfig | undefined;
}

/** How often honest content may look like an attack. */
export interface CalibrationConfig {
  /** Share of texts, 0.00001..0.1. */
  readonly fprBudget: number;
  /** What `sallyport calibrate` wrote; undefined: scores are the detectors' own. */
  readonly file: Calibration | undefined;
}

/** Who may sign the policy folder. */
export interface BundleConfig {
  /** Ed25519 public keys, PEM; any one is enough. */
  readonly publicKeys: readonly string[];
  /** Whether a version below the highest that was in force is taken. */
  readonly allowRollback: boolean;
}

/** A gateway key that configuration holds. */
export interface KeyConfig {
  readonly name: string;
  readonly secret: Secret;
  readonly principal: Principal;
  readonly scope?: Scope;
  /** RFC 3339. */
  readonly expiresAt?: string;
  /** SHA-256 of the client certificate that it is bound to, base64url. */
  readonly certificate?: string;
}

/** Files of a listener's TLS, absolute; that they can be read is checked. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  readonly clientCertificates: 'none' | 'request' | 'require';
}

type IdentityOptions = DeepReadonly<ConfigFile['identity']>;

/** An issuer with its address: where its keys are, or where that is said. */
export type IssuerConfig = Omit<IdentityOptions['issuers'][number], 'jwks' | 'discovery' | 'prefix'> & {
  readonly keysAt: { readonly jwks: string } | { readonly discovery: string };
  readonly prefix: string;
};

/** Who a certificate stands for. `id`: the name itself where it is absent. */
export interface CertificateConfig extends Omit<Principal, 'id'> {
  readonly by: 'uri' | 'dns' | 'commonName';
  readonly pattern: string;
  readonly id: string | undefined;
}

/** An agent that may act for users. `publicKey` is PEM. */
export type ActingConfig = Omit<IdentityOptions['onBehalfOf']['agents'][number], 'publicKey'> & {
  readonly publicKey: string | undefined;
};

export interface IdentityConfig {
  readonly maxTokenBytes: number;
  readonly issuers: readonly IssuerConfig[];
  readonly certificates: readonly CertificateConfig[];
  readonly onBehalfOf: {
    readonly audience: string;
    readonly maxAgeMs: number;
    readonly agents: readonly ActingConfig[];
  };
}

/** Where the key-encryption keys are: in a file, absolute, that is read whenever they are needed; or as they were in the environment at the start. */
export type ContentKeysConfig = { readonly file: string } | { readonly secret: Secret };

/** How content is put under lock that policies want to be kept. */
export interface ContentConfig {
  /** Undefined: nothing can be kept. */
  readonly keys: ContentKeysConfig | undefined;
  readonly subject: SubjectKind;
  readonly posture: Posture;
  readonly limits: CaptureLimits;
}

/** Who is told of questions, and may answer them, beside the operators. */
export interface ApprovalWebhookConfig {
  readonly url: string;
  /** `whsec_` and a key in base64. */
  readonly secret: Secret;
  /** Whether the arguments of calls are told too. */
  readonly arguments: boolean;
}

/** A limit in whole units: costs in millionths of the currency. */
export interface BudgetLimitConfig extends Pick<FileLimit, 'name' | 'mode' | 'by' | 'where'> {
  readonly unit: BudgetUnit;
  readonly window: BudgetWindow;
  readonly max: number;
}

type FileBudgets = DeepReadonly<NonNullable<ConfigFile['budgets']>>;
type FileLimit = FileBudgets['limits'][number];
export type PriceConfig = FileBudgets['prices'][number];

/** What may be used. */
export interface BudgetsConfig extends Pick<FileBudgets, 'currency' | 'posture' | 'unknownPrice' | 'outputTokens'> {
  readonly limits: readonly BudgetLimitConfig[];
  /** Limits of each session. */
  readonly session: readonly BudgetLimitConfig[];
  readonly prices: readonly PriceConfig[];
}

type McpAuthorizationOptions = DeepReadonly<ConfigFile['mcp']['authorization']>;

/** An MCP server to which clients come with tokens for it alone. */
export type McpResourceConfig = McpAuthorizationOptions['resources'][string] & { readonly audience: string };

/** An MCP server at which the gateway must be authorized. */
export type McpUpstreamConfig = Omit<McpAuthorizationOptions['upstreams'][string], 'clientSecret'> & {
  /** Address of the server itself. */
  readonly server: string;
  readonly clientSecret: Secret | undefined;
};

/** `publicUrl` is an origin. */
export interface McpAuthorizationConfig {
  readonly publicUrl: string;
  readonly consentMs: number;
  readonly resources: Readonly<Record<string, McpResourceConfig>>;
  readonly upstreams: Readonly<Record<string, McpUpstreamConfig>>;
}

/** What is measured of traffic. */
export interface MonitorConfig {
  readonly enabled: boolean;
  /** Records at the end of the log that a start learns from. */
  readonly tailRecords: number;
  /** Events that are kept for whoever watches. */
  readonly liveEvents: number;
  /** Principals, as monitoring names them, that ask one template through because they are meant to. */
  readonly batch: readonly string[];
  /** Models that are asked words of our own; each once. */
  readonly canaries: DeepReadonly<ConfigFile['monitor']['canaries']>;
  /** Servers that are asked for the digests of their models; each once. */
  readonly digests: DeepReadonly<ConfigFile['monitor']['digests']>;
}

/** The whole configuration: defaults filled in, references checked, secrets read, paths absolute; frozen. */
export interface Config {
  /** Absolute path of the file; undefined when there is none. */
  readonly file: string | undefined;
  /** Absolute path of the data folder. */
  readonly data: string;
  readonly listen: { readonly host: string; readonly port: number; readonly tls: TlsConfig | undefined };
  readonly admin: {
    readonly host: string;
    readonly port: number;
    /** By which it is addressed beside `host`. */
    readonly names: readonly string[];
    readonly token: Secret | undefined;
    readonly tls: TlsConfig | undefined;
    /** Operators who come by tokens of issuers, and by client certificates. Nobody acts for anybody here. */
    readonly identity: IdentityConfig;
    /** Groups whose members have a role, of such operators. */
    readonly roles: Readonly<Partial<Record<OperatorRole, readonly string[]>>>;
  };
  /** By name, in the order of the file; at least one. */
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** In order of preference; at least one. */
  readonly routes: readonly RouteConfig[];
  /** By name. */
  readonly agents: Readonly<Record<string, AgentConfig>>;
  readonly mcp: McpConfig;
  readonly limits: LimitsConfig;
  readonly detectors: DetectorsConfig;
  /** Absent where none is asked. */
  readonly judge: JudgeConfig | undefined;
  readonly calibration: CalibrationConfig;
  /** `folder` is absolute. */
  readonly policies: PoliciesConfig;
  /** Absent where there are none. */
  readonly budgets: BudgetsConfig | undefined;
  readonly access: AccessConfig;
  readonly ledger: { readonly maxEntries: number; readonly maxAgeDays: number };
  /** `tools`: what the operator knows about tools, by name. */
  readonly flow: {
    readonly tools: ToolOverrides;
    readonly memory: { readonly maxKeys: number; readonly maxAgeDays: number };
  };
  readonly approvals: { readonly expiresMs: number; readonly webhook: ApprovalWebhookConfig | undefined };
  readonly content: ContentConfig;
  readonly redaction: { readonly pseudonyms: 'exchange' | 'tenant' };
  readonly monitor: MonitorConfig;
  readonly alerts: AlertsConfig;
  readonly telemetry: TelemetryConfig;
  readonly audit: AuditConfig;
  readonly log: { readonly level: LogLevel };
  readonly keys: readonly KeyConfig[];
  readonly identity: IdentityConfig;
}
