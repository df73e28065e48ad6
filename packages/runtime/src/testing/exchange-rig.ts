import { createHash } from 'node:crypto';
import {
  type AccessDirectory,
  type Annotations,
  type AnswerHeaders,
  type ApprovalDesk,
  type Arrival,
  type AuditRecord,
  BoundedCache,
  type Budgets,
  type Client,
  conduct,
  type Destination,
  type Detector,
  type ExchangeEndpoint,
  type HoldLimits,
  type House,
  JUDGED,
  type Ledger,
  type LedgerEntry,
  MARKERS,
  markerOf,
  type PolicyEngine,
  type Posture,
  type Principal,
  type ProtocolAdapter,
  type ProviderAnswer,
  type Recorder,
  SallyportError,
  Stop,
  type StopSignal,
  TOOL_INTEGRITY_TYPES,
  type ToolVetter,
  type Upstreams,
  type UpstreamsCall,
} from '@sallyport/core';
import { createCatalogue, createInspector } from '@sallyport/detectors';
import { createFlow, createSessions } from '@sallyport/flow';
import { openaiChat } from '@sallyport/protocols';
import { createFingerprinter } from '@sallyport/text';
import { spanRiskOf } from '../flow/span-risk.ts';
import { loadPolicies } from '../load-policies.ts';
import { emptyDirectory } from './access.ts';
import { playedTools } from './played-tools.ts';

export const PRINCIPAL: Principal = { kind: 'service', id: 'test', tenant: 'default', groups: [] };
export const HOLD: HoldLimits = {
  textChars: 4_096,
  textMs: 2_000,
  toolCallBytes: 262_144,
  posture: 'closed',
  release: 'hold',
  heartbeatMs: 10_000,
};
const PARSE_LIMITS = {
  maxBodyBytes: 16_777_216,
  maxDepth: 64,
  maxNodes: 200_000,
  maxAnswerBytes: 67_108_864,
  maxAnswerNodes: 1_000_000,
};
export const ENDPOINT = {
  kind: 'exchange',
  operation: 'chat.completions',
  method: 'POST',
  upstreamPath: '/chat/completions',
} as const;

const catalogue = createCatalogue();
const JUDGED_TYPES = Object.values(JUDGED).map(({ type }) => type);
const TYPES = [...new Set([...catalogue.flatMap(({ types }) => types), ...TOOL_INTEGRITY_TYPES, ...JUDGED_TYPES])];
const fingerprint = createFingerprinter(new Uint8Array(32).fill(7));
/** A clock that stands still: streams are read as the laws say, however busy the machine is. */
const nowMs = () => 0;
/** The built-in detectors, as the rig runs them where a test brings none of its own. */
export const inspector = createInspector({ detectors: catalogue, fingerprint, nowMs });

/** The starter policies over the built-in detectors, with further finding types that a test's detectors yield. */
export function starterEngine(types: readonly string[] = []): PolicyEngine {
  const loaded = loadPolicies({ starter: true, folder: undefined }, [...TYPES, ...types]);
  if (!loaded.ok) throw new SallyportError('POLICY_INVALID');
  return loaded.engine;
}

const starter = starterEngine();

export interface RigOptions {
  /** Chat Completions unless it is said. */
  readonly adapter?: ProtocolAdapter;
  /** Detectors beside the built-in ones. */
  readonly detectors?: readonly Detector[];
  /** Built-in detectors that are left out where a test brings some of its own. */
  readonly without?: readonly string[];
  readonly engine?: PolicyEngine;
  readonly hold?: Partial<HoldLimits>;
  readonly postureOf?: (detector: string) => Posture;
  readonly recorder?: Recorder;
  readonly blockForm?: Destination['blockForm'];
  readonly nowMs?: () => number;
  /** The route's providers; one that is asked once unless it is said. */
  readonly upstreams?: Upstreams;
  readonly continuation?: Destination['continuation'];
  readonly dataSource?: string;
  /** One that knows nobody, unless it is said. */
  readonly directory?: AccessDirectory;
  readonly after?: House['clock']['after'];
  readonly approvals?: ApprovalDesk;
  readonly approvalHoldMs?: number;
  readonly memories?: House['memories'];
  readonly budgets?: Budgets;
  /** One of the rig's own, unless it is said. */
  readonly vetter?: ToolVetter | 'none';
  readonly content?: House['content'];
  readonly pseudonyms?: House['pseudonyms'];
  readonly judge?: Destination['judge'];
  readonly tracing?: House['tracing'];
}

/** A desk at which nobody answers. */
const NOBODY: ApprovalDesk = {
  ask: () => ({ status: 'pending', id: 'apr_nobody' }),
  wait: async (id) => ({ status: 'pending', id }),
};

/** A clock on which nothing comes later. */
const NEVER: House['clock']['after'] = () => () => undefined;

export interface Ask {
  readonly principal?: Principal;
  readonly endpoint?: ExchangeEndpoint;
  readonly body: string | Uint8Array;
  readonly annotations?: Annotations;
  /** What the provider sends, chunk by chunk; an error is thrown in its place. */
  readonly answer: Iterable<Uint8Array | Error> | AsyncIterable<Uint8Array | Error>;
  readonly status?: number;
  readonly contentType?: string;
  /** Called as the client with all that it has so far; `false` makes it go away. */
  readonly onBytes?: (soFar: Uint8Array) => boolean;
}

/** What the client, the provider and the log saw of one exchange. */
export interface Seen {
  readonly head: AnswerHeaders | undefined;
  readonly bytes: Buffer;
  readonly text: string;
  /** `whole`: a reply or a clean end of a stream. */
  readonly end: 'whole' | 'broken' | 'gone' | 'open';
  /** Whether the answer went out as a stream. */
  readonly streamed: boolean;
  /** Bodies that the provider got. */
  readonly sent: readonly string[];
  readonly records: readonly AuditRecord[];
  readonly errors: readonly SallyportError[];
  /** Whether the call to the provider was cut off. */
  readonly cut: boolean;
}

/** The whole pipeline with its real parts, between a client and a provider that a test plays. */
export class ExchangeRig {
  readonly house: House;
  private readonly adapter: ProtocolAdapter;
  private readonly records: AuditRecord[] = [];
  private readonly errors: SallyportError[] = [];
  private call: { readonly sent: string[]; answer: ProviderAnswer; signal: StopSignal | undefined };
  private count = 0;

  constructor(options: RigOptions = {}) {
    this.adapter = options.adapter ?? openaiChat;
    const { detectors = [], without = [], engine = starter, hold, recorder, blockForm = 'refusal' } = options;
    const inspect =
      detectors.length === 0
        ? inspector
        : createInspector({
            detectors: [...catalogue.filter(({ id }) => !without.includes(id)), ...detectors],
            fingerprint,
            nowMs,
          });
    this.call = { sent: [], answer: { status: 200, headers: {}, body: from([]) }, signal: undefined };
    const destination: Destination = {
      route: 'all',
      upstreams:
        options.upstreams ??
        playedBy(async ({ body, signal }) => {
          this.call.sent.push(Buffer.from(body ?? []).toString());
          this.call.signal = signal;
          return this.call.answer;
        }),
      blockForm,
      hold: { ...HOLD, ...hold },
      approvalHoldMs: options.approvalHoldMs ?? 0,
      ...(options.dataSource !== undefined && { dataSource: options.dataSource }),
      continuation: options.continuation ?? 'closed',
      inspector: inspect,
      judge: options.judge,
      flow: createFlow({ spanRisk: spanRiskOf(inspect) }),
      vetter: options.vetter === 'none' ? undefined : (options.vetter ?? playedTools().office),
      switchedOff: [],
      postureOf: options.postureOf ?? (() => 'closed'),
    };
    const sessions = createSessions({ fingerprint });
    this.house = {
      detection: {
        slices: new BoundedCache({ maxEntries: 10_000, maxWeight: 100_000 }),
        contexts: new BoundedCache({ maxEntries: 100, maxWeight: 1_000_000 }),
        pairs: new BoundedCache({ maxEntries: 10_000, maxWeight: 100_000 }),
        scopes: new Map(),
        digest: (bytes) => createHash('sha256').update(bytes).digest('base64'),
        canaries: [],
        noteOf: (content) => sessions.noteOf(content),
      },
      sessions,
      budgets: options.budgets,
      memories: options.memories,
      content: options.content,
      pseudonyms: options.pseudonyms,
      tracing: options.tracing,
      ledger: mapLedger(),
      approvals: options.approvals ?? NOBODY,
      policy: () => engine,
      directory: options.directory ?? emptyDirectory(),
      recorder: {
        append: async (record) => {
          await recorder?.append(record);
          this.records.push(record);
        },
      },
      limits: PARSE_LIMITS,
      destination: () => destination,
      passage: () => destination,
      routeNamed: () => destination,
      clock: {
        nowMs: options.nowMs ?? (() => 0),
        iso: () => '2026-01-01T00:00:00.000Z',
        after: options.after ?? NEVER,
      },
      markerFor: (texts) => markerOf(Number.parseInt(fingerprint(`marker\n${texts}`).slice(0, 8), 16) % MARKERS),
      sealBody: (body) => fingerprint(Buffer.from(body).toString('base64')),
      report: (error) => this.errors.push(error),
    };
  }

  async exchange(ask: Ask): Promise<Seen> {
    const { endpoint = ENDPOINT, body, answer, status = 200, contentType = 'text/event-stream', onBytes } = ask;
    const before = this.records.length;
    this.count += 1;
    this.call = {
      sent: [],
      answer: { status, headers: { 'content-type': contentType }, body: from(answer) },
      signal: undefined,
    };
    const client = new PlayedClient(onBytes);
    const arrival: Arrival = {
      id: `x${this.count}`,
      principal: ask.principal ?? PRINCIPAL,
      adapter: this.adapter,
      endpoint,
      body: typeof body === 'string' ? Buffer.from(body) : body,
      headers: {},
      ...(ask.annotations && { annotations: ask.annotations }),
    };
    await conduct(arrival, this.house, client);
    const bytes = Buffer.concat(client.chunks);
    return {
      head: client.head,
      bytes,
      text: bytes.toString(),
      end: client.end,
      streamed: client.streamed,
      sent: this.call.sent,
      records: this.records.slice(before),
      errors: this.errors,
      cut: this.call.signal?.aborted ?? false,
    };
  }
}

/** One provider for every protocol, which is asked once. */
function playedBy(send: (call: UpstreamsCall) => Promise<ProviderAnswer>): Upstreams {
  const served = { provider: 'played', tries: 1 };
  const asked: Upstreams['send'] = async (call) => {
    call.onTry(served);
    return { ...(await send(call)), ...served };
  };
  return {
    speaking: () => [served.provider],
    send: asked,
    pinned: (provider) => (provider === served.provider ? { send: asked } : undefined),
  };
}

/** A ledger that lives as long as its rig. */
function mapLedger(): Ledger {
  const entries = new Map<string, LedgerEntry>();
  return {
    get: (id) => entries.get(id),
    put: (all) => {
      for (const entry of all) entries.set(entry.id, entry);
    },
    forget: (ids) => {
      for (const id of ids) entries.delete(id);
    },
  };
}

class PlayedClient implements Client {
  readonly chunks: Uint8Array[] = [];
  head: AnswerHeaders | undefined;
  end: Seen['end'] = 'open';
  streamed = false;
  readonly signal = new Stop();
  private readonly onBytes: Ask['onBytes'];

  constructor(onBytes: Ask['onBytes']) {
    this.onBytes = onBytes;
  }

  start(head: AnswerHeaders): void {
    this.head = head;
    this.streamed = true;
  }

  write(bytes: Uint8Array): void {
    if (this.end === 'gone') return;
    this.chunks.push(bytes);
    if (this.onBytes?.(Buffer.concat(this.chunks)) === false) {
      this.end = 'gone';
      this.signal.abort();
    }
  }

  finish(): void {
    if (this.end === 'open') this.end = 'whole';
  }

  break(last?: Uint8Array): void {
    if (last !== undefined && this.head !== undefined) this.write(last);
    if (this.end === 'open') this.end = 'broken';
  }

  reply(head: AnswerHeaders, body: Uint8Array): void {
    this.head = head;
    this.chunks.push(body);
    this.end = 'whole';
  }
}

async function* from(answer: Ask['answer']): AsyncGenerator<Uint8Array> {
  for await (const chunk of answer) {
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
}
