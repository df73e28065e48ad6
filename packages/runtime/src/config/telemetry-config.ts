import type { Secret } from './secret.ts';
import type { GenAiVersion, OtlpSignal } from './telemetry-schema.ts';

/** Findings as events of OCSF, in a file. */
export interface OcsfConfig {
  /** Absolute path of the folder. */
  readonly folder: string;
  readonly activity: boolean;
  readonly maxFileBytes: number;
  readonly maxFiles: number;
  readonly maxWaitingEvents: number;
  readonly maxWaitingBytes: number;
}

/** What is told by OTLP over HTTP, in JSON. */
export interface OtlpConfig {
  /** Address, without a final slash, behind which `/v1/traces` and its like stand. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** The authorities that its certificate is checked with, PEM. */
  readonly ca: string | undefined;
  readonly service: string;
  readonly signals: readonly OtlpSignal[];
  /** Of traces that begin here, 0..1. */
  readonly sampleRatio: number;
  readonly genAi: GenAiVersion;
  /** Whether exchanges and calls are told as logs beside findings. */
  readonly activity: boolean;
  readonly maxBehindRecords: number;
  readonly metricsEveryMs: number;
  readonly timeoutMs: number;
  readonly maxWaitingItems: number;
  readonly maxWaitingBytes: number;
}

/** What is told to other systems. */
export interface TelemetryConfig {
  readonly ocsf: OcsfConfig | undefined;
  readonly otlp: OtlpConfig | undefined;
}
