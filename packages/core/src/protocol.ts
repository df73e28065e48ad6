import type { SourceRef } from './access-directory.ts';
import type { RateHeaders } from './budget-standing.ts';
import type { RequestFacts } from './decision.ts';
import type { ErrorCode, Fault } from './errors.ts';
import type { ToolCall, ToolDefinition, ToolResult } from './transcript.ts';
import type { Checkpoint, Effect, Origin, ProviderSignalType, Span } from './vocabulary.ts';

/** The head of an HTTP request as the data plane hands it on. Header names are lower case. */
export interface RequestHead {
  readonly method: string;
  /** Decoded nowhere: exactly the bytes of the request line, without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What an adapter answers for a head that it knows. */
export type Endpoint =
  | ExchangeEndpoint
  /** The list of models that the principal may use: answered by the gateway. */
  | { readonly kind: 'models'; readonly operation: string; readonly model?: string };

/** A call that goes on to a provider: what it carries is inspected, both ways. */
export interface ExchangeEndpoint {
  readonly kind: 'exchange';
  /** The protocol's own name of it, such as `chat.completions`. */
  readonly operation: string;
  /** Of the call to the provider, such as `POST`. */
  readonly method: string;
  /** Relative to the provider's base URL, such as `/chat/completions`, with as much of the query as may go on: never a credential. */
  readonly upstreamPath: string;
  /** Where the path names the model instead of the body. */
  readonly model?: string;
  /** Where the path asks for a stream instead of the body. */
  readonly stream?: boolean;
  /** Nobody here can read it: it passes where a route lets such pass, and its receipt says that nothing was inspected. */
  readonly uninspected?: true;
}

/** A place in the original bytes: a JSON string literal, quotes included, possibly inside a string that itself holds JSON. */
export interface WireRef {
  /** Index of the slice in `ParsedRequest.slices`. */
  readonly slice: number;
  /** Byte range of the literal, from the start of the slice. */
  readonly start: number;
  readonly end: number;
  /** When the literal's decoded text is itself JSON (tool arguments): the range of the leaf's literal in that text, UTF-16. */
  readonly inner?: Span;
  /** The literal's decoded text is the segment's text in base64. */
  readonly encoding?: 'base64';
}

/** A span of content with its origin. */
export interface Segment {
  readonly point: Checkpoint;
  readonly origin: Origin;
  readonly text: string;
  readonly at: WireRef;
  /** Signed by the provider, which refuses it once it is changed: never edited, so that an edit becomes a block. */
  readonly fixed?: boolean;
  /** The name of a member in JSON: two that become alike would be one. */
  readonly isName?: true;
}

/** Content that no text detector can look at; `history`: what only the provider has. `at` is a JSON pointer within the slice. */
export interface Unseen {
  readonly kind: 'image' | 'audio' | 'file' | 'history' | 'unknown';
  readonly at: string;
  readonly bytes: number;
}

/** A result, and where its texts stand among the segments of its slice. */
export interface PlacedResult extends ToolResult {
  /** None of its segments stands before this one, where the slice holds several results; 0.. */
  readonly segment: number;
}

export interface SliceContent {
  readonly segments: readonly Segment[];
  readonly unseen: readonly Unseen[];
  /** It claims a role that nobody knows: its texts count as the caller's own, and whose words they are nobody can say. */
  readonly stranger?: boolean;
  /** Calls of tools that the slice says were made. */
  readonly calls?: readonly ToolCall[];
  /** What it says that tools brought: the same texts as segments of the role `tool`, result by result. */
  readonly results?: readonly PlacedResult[];
  /** Tools that it defines. */
  readonly definitions?: readonly ToolDefinition[];
  /** What it names of places where data is kept. */
  readonly sources?: readonly SourceRef[];
}

/**
 * One independently keyed piece of a request body: a message, a tool definition, or the rest. The endpoint, the member and
 * the bytes alone determine what `open()` gives, save for `WireRef.slice`, so that a piece seen before is neither decoded
 * nor scanned again.
 */
export interface Slice {
  readonly kind: 'message' | 'tool-definition' | 'rest';
  /** The member of the body that it was cut from: the same bytes say something else in a prompt and in instructions. */
  readonly member: string;
  /** The bytes that determine the content. A view, not a copy. */
  readonly bytes: Uint8Array;
  /** Decodes and validates strictly (duplicate keys, lone surrogates, depth). */
  open(): SliceContent | Fault;
}

/** What the body says about itself, as far as the gateway must know before it opens the slices. */
export interface BodyFacts extends Pick<RequestFacts, 'model' | 'stream' | 'tools' | 'messages'> {
  /** The answer was asked for in a schema: a refusal must take the form that a structured parser understands. */
  readonly structured: boolean;
  /** How many answers were asked for, at least 1. */
  readonly choices: number;
  /** Tokens that each answer may have at most, 0..; absent where the request doesn't say. */
  readonly maxOutputTokens?: number;
  /** Asks for a number of tokens and nothing else: providers charge nothing for that. */
  readonly countsOnly?: true;
  /** The provider works on after its answer: what that uses, this answer doesn't say. */
  readonly worksOn?: true;
  /** Ids of what the provider keeps and the request, or its path, refers to: earlier answers, conversations, items. */
  readonly refersTo?: readonly string[];
  /** Ids of such things that come with what they name: they need not be known here, and must not be somebody else's. */
  readonly mentions?: readonly string[];
  /** Whether the provider keeps the answer, so that later requests may refer to it. */
  readonly stores?: boolean;
  /** `false` where no model answers, as when a conversation is made: then none need be named. */
  readonly generates?: boolean;
}

export interface ParsedRequest {
  readonly body: Uint8Array;
  readonly facts: BodyFacts;
  /** In transcript order: definitions first, then messages, then the rest. */
  readonly slices: readonly Slice[];
}

/** Replacement within a text: offsets in the original text; ascending and disjoint in a list. */
export interface TextEdit extends Span {
  readonly text: string;
}

export interface SegmentEdits {
  readonly at: WireRef;
  readonly edits: readonly TextEdit[];
}

/** Why the gateway answers instead of the provider. */
export interface Refusal {
  readonly exchange: string;
  readonly effect: Extract<Effect, 'ask' | 'block'>;
  /** One sentence for the person at the other end; names no policy, no match. */
  readonly message: string;
  /** `refusal`: HTTP 200 in the protocol's own refusal form. `error`: HTTP 400 in the provider's error form. */
  readonly form: 'refusal' | 'error';
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Text in an answer that grows on its own: a choice's content, its reasoning, one tool call's arguments. */
export type LaneId = string;

export interface Lane {
  readonly id: LaneId;
  /** `tool-result`: what a tool of the provider's own brought in, and the answer shows. */
  readonly point: Extract<Checkpoint, 'output' | 'tool-call' | 'tool-result'>;
  readonly origin: Origin;
  /** `text` is released as it clears; `whole` only after the lane has closed and was decided as one thing. */
  readonly release: 'text' | 'whole';
  /** Signed by the provider: never edited, so that an edit becomes a block, and nothing is put back into it. */
  readonly fixed?: boolean;
  /** Of a call: the id by which its result will name it. Some providers give none. */
  readonly callId?: string;
}

export interface EventPart {
  readonly lane: LaneId;
  readonly text: string;
  /**
   * This part repeats text of its lane that another part carries (log-probability tokens, final copies): `from` is the
   * lane offset at which the repeated text begins. It is rewritten alike and not inspected again.
   */
  readonly echo?: { readonly from: number };
}

/** What the provider's own guardrails say of the request or of the answer, in the words of the house. */
export interface ProviderSignal {
  readonly type: ProviderSignalType;
  /** How sure, or how grave, in [0,1]; 1 where the provider acted on it. */
  readonly score: number;
  readonly about: 'input' | 'output';
}

/** What an answer says about itself; later events override earlier ones field by field. */
export interface AnswerFacts {
  readonly id?: string;
  readonly model?: string;
  readonly fingerprint?: string;
  readonly finishReasons?: readonly string[];
  readonly usage?: {
    readonly inputTokens?: number;
    readonly outputTokens?: number;
    /** Of the input, read from the provider's cache. */
    readonly cachedTokens?: number;
    /** Of the input, written to the provider's cache. */
    readonly cacheWriteTokens?: number;
    /** Of the output. */
    readonly reasoningTokens?: number;
  };
  /** The provider reported an error in band. */
  readonly error?: boolean;
  /** Ids under which the provider keeps what this answer says: of the answer, its conversation and its items. */
  readonly stored?: readonly string[];
}

/** The unit of release. A whole JSON answer is one event; in a stream it is one event of the stream with all its bytes. */
export interface WireEvent {
  readonly raw: Uint8Array;
  readonly opens: readonly Lane[];
  readonly parts: readonly EventPart[];
  readonly closes: readonly LaneId[];
  readonly unseen: readonly Unseen[];
  readonly signals?: readonly ProviderSignal[];
  readonly facts?: AnswerFacts;
  /** The answer ends with this event; what follows it is not released. It may be without bytes, where an end of the connection is the end. */
  readonly terminal: boolean;
  /** Of what is a run rather than one event. */
  readonly run?: EventRun;
}

/**
 * Events that came together, each of which says no more than some more of one text: taken as one, with one part, because
 * most of a long answer is such events. A run leaves as it came; where only its beginning may leave, or an event of it is
 * written again, it is parted.
 */
export interface EventRun {
  /** Events in it, at least 2. */
  readonly count: number;
  /** How many of them end within the first `chars` characters of the run's text. Cost: O(log count). */
  within(chars: number): number;
  /** The first `count` events and those behind them, each a run or one event. `count` is in 1..run.count - 1. */
  part(count: number): readonly [WireEvent, WireEvent];
}

/** Edits of one part, offsets relative to the part's text. */
export interface PartEdits {
  readonly part: number;
  readonly edits: readonly TextEdit[];
}

/** A leaf of a lane that is decided as a whole, such as one string argument of a tool call. */
export interface LaneLeaf {
  readonly origin: Origin;
  readonly text: string;
  /** Range of the leaf's literal (or of the whole text, when it isn't JSON) in the lane's text. */
  readonly at: Span;
  /** Whether `at` covers a JSON string literal, so that an edit must be encoded as one. */
  readonly literal: boolean;
}

/** One answer on its way back: bytes in, events out, and the way to write an event again. Holds the answer's state. */
export interface AnswerCodec {
  /** Whether the answer leaves event by event; otherwise it leaves as one, with its length. */
  readonly streams: boolean;
  /** Bytes between two events that clients read over, so that a connection shows life while text is held. */
  readonly heartbeat?: Uint8Array;
  push(chunk: Uint8Array): readonly WireEvent[] | Fault;
  /** The upstream has ended. A stream without its terminal event, or half an event, is a fault. */
  end(): readonly WireEvent[] | Fault;
  /** The leaves of a closed lane with `release: 'whole'`. Text that isn't valid JSON is one leaf. */
  leaves(lane: Lane, text: string): readonly LaneLeaf[];
  /** The event's bytes with its parts' texts edited; everything else as it was. No edits: the same bytes. */
  rewrite(event: WireEvent, edits: readonly PartEdits[]): Uint8Array;
  /**
   * Bytes that end an answer of which a part may already be out, in a form that the client's SDK takes for a refusal.
   * @param held events that were handed out and will not be released: what they say, the client doesn't know
   */
  refuse(refusal: Refusal, held?: readonly WireEvent[]): Uint8Array;
  /** Bytes that report an error in band, in the provider's form. The caller then breaks the connection. */
  fault(code: ErrorCode): Uint8Array;
}

export interface AnswerHead {
  readonly status: number;
  /** Lower case, parameters stripped; empty when the provider sent none. */
  readonly contentType: string;
}

export interface ParseLimits {
  readonly maxDepth: number;
  readonly maxBodyBytes: number;
  /** Values and names of members in JSON; the parser has a bound of its own where this is left out. */
  readonly maxNodes?: number;
}

/** One wire protocol. Stateless; what belongs to one answer lives in its codec. */
export interface ProtocolAdapter {
  readonly id: string;
  match(head: RequestHead): Endpoint | undefined;
  /** Whether a path that nobody matches is one that clients of this protocol ask for: its error is then in their form. */
  owns(head: RequestHead): boolean;
  /**
   * Whether a path manages the provider itself: its models, its deployments, its keys. Such a path never passes unread.
   * @param path decoded, in small letters
   */
  manages?(path: string): boolean;
  /** What every path of this protocol begins with and the provider's base URL ends with, such as `/v1`; empty when there is no such thing. */
  readonly basePath: string;
  /** The gateway key, from where this protocol's SDKs put it; empty where what stands there is none, and absent where nothing does. */
  credential(head: RequestHead): string | undefined;
  request(body: Uint8Array, endpoint: ExchangeEndpoint, limits: ParseLimits): ParsedRequest | Fault;
  patch(parsed: ParsedRequest, edits: readonly SegmentEdits[]): Uint8Array;
  /** `parsed` may have lost its `body` and `slices` by now, here and in `refuse`. */
  answer(parsed: ParsedRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec;
  /** A whole answer that refuses, JSON or stream as the request asked. */
  refuse(refusal: Refusal, parsed: ParsedRequest): Reply;
  /** An error in the provider's form. */
  fault(code: ErrorCode, exchange: string): Reply;
  /** How this protocol's headers tell of limits, where it has any for that. */
  readonly rateHeaders?: RateHeaders;
  models(ids: readonly string[]): Reply;
  model(id: string): Reply;
}
