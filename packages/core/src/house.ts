import type { AccessDirectory } from './access-directory.ts';
import type { HoldLimits } from './answer-parts.ts';
import type { StyleReader } from './answer-style.ts';
import type { ApprovalDesk } from './approval.ts';
import type { Budgets } from './budgets.ts';
import type { CallLinks } from './call-links.ts';
import type { CaptureLimits } from './capture-book.ts';
import type { ToolResults } from './compare-results.ts';
import type { Containments } from './containment.ts';
import type { PolicyEngine, Principal } from './decision.ts';
import type { DetectionMemory } from './detect.ts';
import type { Inspector, ReceiptLine } from './detector.ts';
import type { Fault, SallyportError } from './errors.ts';
import type { Flow } from './flow.ts';
import type { Ledger } from './ledger.ts';
import type { Memories } from './memory.ts';
import type { ModelJudge } from './model-judge.ts';
import type { Owner } from './owner.ts';
import type { PayloadStore } from './payload-store.ts';
import type { NumberOf } from './placeholders.ts';
import type { ExchangeEndpoint, ParseLimits, ProtocolAdapter, Refusal } from './protocol.ts';
import type { Upstreams } from './provider.ts';
import type { Recorder } from './record.ts';
import type { Sessions } from './sessions.ts';
import type { StopSignal } from './stop-signal.ts';
import type { TraceContext } from './trace-context.ts';
import type { Tracing } from './tracing.ts';
import type { ToolVetter } from './vet-tools.ts';
import type { Posture, SubjectKind } from './vocabulary.ts';

/** What a route is looked up by. */
export interface Wanted {
  /** `undefined` for what no model answers: any route of the protocol takes it. */
  readonly model: string | undefined;
  /** Id of the wire protocol that the client speaks. */
  readonly protocol: string;
}

/** Where a model name leads. */
export interface Destination {
  /** The route's name in configuration. */
  readonly route: string;
  readonly upstreams: Upstreams;
  readonly blockForm: Refusal['form'];
  readonly hold: HoldLimits;
  /** Milliseconds for which an answer waits for a human, 0... */
  readonly approvalHoldMs: number;
  /** The data source that everything on this route reads or feeds. */
  readonly dataSource?: string;
  readonly inspector: Inspector;
  /** A chat model that is asked where detectors are not sure; absent where nothing is to be judged. */
  readonly judge?: ModelJudge | undefined;
  readonly flow: Flow;
  /** Compares definitions with what they were; absent where configuration switched it off. */
  readonly vetter: ToolVetter | undefined;
  /** Detectors that configuration switched off here: every receipt says so. */
  readonly switchedOff: readonly ReceiptLine[];
  /** What happens with a request that refers to what the ledger doesn't know: `open` lets it pass, and the receipt says so. */
  readonly continuation: Posture;
  /** What a detector's failure means on this route. */
  readonly postureOf: (detector: string) => Posture;
}

/** What a client says of its own request beside the protocol. */
export interface Annotations {
  /** Messages whose texts are documents, zero-based in the protocol's own list. */
  readonly documents: ReadonlySet<number>;
  /** What it calls the session that its request belongs to. */
  readonly session?: string;
  /** Where in a distributed trace its request stands. */
  readonly trace?: TraceContext;
  /** The drill that its request is part of; its badge was verified. */
  readonly drill?: DrillMark;
}

/** What the badge of a drill says. */
export interface DrillMark {
  readonly id: string;
  /** Its provider is stood in for: no provider is called, and no budget takes from it. */
  readonly stubbed: boolean;
}

/** One request as the data plane hands it in: authenticated, read whole, matched to a protocol. */
export interface Arrival {
  readonly id: string;
  readonly principal: Principal;
  readonly adapter: ProtocolAdapter;
  readonly endpoint: ExchangeEndpoint;
  readonly body: Uint8Array;
  /** What the client says of its own request. It may only make it less trusted. */
  readonly annotations?: Annotations;
  /** Headers to pass on: hop-by-hop headers and the client's credential are gone. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** Where content goes that policy wants put under lock. */
export interface ContentRoom {
  readonly store: Pick<PayloadStore, 'keep' | 'recorded'>;
  /** Whose data key it is sealed under. */
  readonly subject: SubjectKind;
  readonly limits: CaptureLimits;
  /** What happens when it cannot be sealed: `closed` ends the exchange, `open` lets it go on, and the record says so. */
  readonly posture: Posture;
}

/** The parts that every exchange uses. */
export interface House {
  readonly detection: DetectionMemory;
  /** The policy engine in force; read once per exchange. */
  readonly policy: () => PolicyEngine;
  readonly directory: AccessDirectory;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Told of the tool calls that leave; absent where no door of a tool would ask. */
  readonly links?: CallLinks | undefined;
  /** What servers of tools returned; absent where none is behind the gateway. */
  readonly toolResults?: ToolResults | undefined;
  /** Labels of what was written into memories; absent where none are kept. */
  readonly memories?: Memories | undefined;
  /** Absent where configuration has none. */
  readonly budgets?: Budgets | undefined;
  /** What is held back for a time; the policy engine asks it too. */
  readonly containments?: Containments | undefined;
  readonly approvals: ApprovalDesk;
  /** Absent where content has no keys: then what policy wants put under lock ends its exchange. */
  readonly content?: ContentRoom | undefined;
  /** Numbers a tenant's placeholders, where they are the same in all of its exchanges. */
  readonly pseudonyms?: ((tenant: string) => NumberOf) | undefined;
  readonly limits: Required<ParseLimits> & { readonly maxAnswerBytes: number; readonly maxAnswerNodes: number };
  /** The first route that takes the model in this protocol; the fault is `UNKNOWN_MODEL` or `PROTOCOL_MISMATCH`. */
  readonly destination: (wanted: Wanted) => Destination | Fault;
  /** The first route that lets what nobody can read pass to a provider of this protocol. */
  readonly passage: (protocol: string) => Destination | undefined;
  /** The route of this name, for what was stored through it before. */
  readonly routeNamed: (route: string) => Destination | undefined;
  readonly clock: {
    readonly nowMs: () => number;
    readonly iso: () => string;
    /** Runs something once, later. @returns how to call it off */
    readonly after: (ms: number, run: () => void) => () => void;
  };
  /** The character that marks certain tool results: always the same for the same ones, and not to be guessed. */
  readonly markerFor: (texts: string) => string;
  /** Keyed fingerprint of the request body, for the record. */
  readonly sealBody: (body: Uint8Array) => string;
  /** Reads how an answer reads; absent where nobody would look at it. */
  readonly readStyle?: (() => StyleReader) | undefined;
  /** Keyed sketch of a text of a principal, for the record; absent where nobody would look at it. */
  readonly sketchText?: ((text: string, owner: Owner) => string | undefined) | undefined;
  /** Told of errors that are nobody's fault outside: never holds content. */
  readonly report: (error: SallyportError, exchange: string) => void;
}

export interface AnswerHeaders {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** The client's end of the exchange. */
export interface Client {
  /** Aborted when the client has gone. */
  readonly signal: StopSignal;
  /** Sends the head of a stream whose length is not known. */
  start(head: AnswerHeaders): void;
  /** Resolves when more may be written: a slow client slows the provider. */
  write(bytes: Uint8Array): Promise<void> | void;
  /** Ends a started answer cleanly. */
  finish(): void;
  /** Breaks a started answer off so that the client sees an error, after `last` bytes. */
  break(last?: Uint8Array): void;
  /** Sends a whole answer. */
  reply(head: AnswerHeaders, body: Uint8Array): void;
}
