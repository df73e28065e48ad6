import type {
  CallFlow,
  CallHistory,
  Flow,
  FlowLabels,
  RuleOfTwo,
  SessionFacts,
  ToolCall,
  Transcript,
  UnseenHistory,
} from '@sallyport/core';
import { excerptOf } from './facts/argument-flow.ts';
import { argumentsOf } from './facts/call-arguments.ts';
import { traceCall } from './facts/trace-call.ts';
import { FLOW_LIMITS, type FlowLimits } from './flow-limits.ts';
import type { IndexedLeaf } from './index/indexed-leaf.ts';
import { type Labelled, LabelStore } from './index/label-store.ts';
import type { DocumentMarker } from './index/marked-documents.ts';
import type { Leaf } from './label.ts';
import { type Written, writtenBy } from './memory/write-pieces.ts';
import { type ToolBox, ToolCatalogue } from './tools/tool-box.ts';
import type { ToolOverrides } from './tools/tool-overrides.ts';
import type { ToolProfile } from './tools/tool-profile.ts';
import { ValueTracer } from './trace/value-tracer.ts';

export interface FlowOptions {
  readonly limits?: Partial<FlowLimits>;
  readonly overrides?: ToolOverrides;
  /**
   * How much a text looks like an instruction, 0..1000; default 0 for all. Asked once for each text that carried a value into
   * a call. Must depend on the text alone.
   */
  readonly spanRisk?: (text: string) => number;
  /** What marks documents in texts of users, beside `<sallyport:document>`, which always does. */
  readonly markers?: readonly DocumentMarker[];
  /** All tools keep what they are given, and bring it back, unless an override says otherwise; default false. */
  readonly isMemory?: boolean;
  /** Messages whose labels are kept; default 8,192. */
  readonly maxMessages?: number;
  /** Characters of labels and indexes that are kept; default 64 million. */
  readonly maxChars?: number;
}

/** Labels transcripts. One for the process: what it keeps is shared by all sessions and holds nothing that a transcript doesn't. */
export interface TranscriptFlow extends Flow {
  /** Cost: what no earlier call of `label` saw, about 400 us per KB, and under a microsecond for each other message. */
  label(transcript: Transcript): LabelledTranscript;
}

export interface LabelledTranscript extends FlowLabels {
  /** Labels of one message, in its order. */
  leavesOf(message: number): readonly Leaf[];
}

/** Raised whenever the same transcript may give other facts. */
const FLOW_VERSION = '1';

const MAX_MESSAGES = 8_192;
const MAX_CHARS = 64_000_000;

/** Opens a labeller with nothing in its memory. */
export function createFlow(options: FlowOptions = {}): TranscriptFlow {
  const limits = { ...FLOW_LIMITS, ...options.limits };
  const {
    overrides = {},
    spanRisk = () => 0,
    markers = [],
    isMemory = false,
    maxMessages = MAX_MESSAGES,
    maxChars = MAX_CHARS,
  } = options;
  const store = new LabelStore({ limits, markers, maxMessages, maxChars });
  const catalogue = new ToolCatalogue({ overrides, isMemory });
  const risks = new WeakMap<IndexedLeaf, number>();
  const textRisk = (text: string): number => Math.min(1000, Math.max(0, Math.round(spanRisk(text))));
  const riskOf = (leaf: IndexedLeaf): number => {
    let risk = risks.get(leaf);
    if (risk === undefined) {
      risk = textRisk(leaf.text);
      risks.set(leaf, risk);
    }
    return risk;
  };
  return {
    version: FLOW_VERSION,
    label: (transcript) => new TranscriptLabels(transcript, { limits, catalogue, store, riskOf, textRisk }),
    isOfMemory: (call, tools) => profileIn(catalogue.boxOf(tools), call, limits).memory !== undefined,
    excerptOf,
  };
}

const NOTHING_BEFORE: UnseenHistory = { tainted: false, private: false, writes: 0 };

interface House {
  readonly limits: FlowLimits;
  readonly catalogue: ToolCatalogue;
  readonly store: LabelStore;
  readonly riskOf: (leaf: IndexedLeaf) => number;
  readonly textRisk: (text: string) => number;
}

class TranscriptLabels implements LabelledTranscript {
  readonly tainted: boolean;
  readonly #house: House;
  readonly #tools: ToolBox;
  readonly #labelled: Labelled;
  readonly #before: UnseenHistory;
  readonly #tracer: ValueTracer;

  constructor(transcript: Transcript, house: House) {
    this.#house = house;
    this.#tools = house.catalogue.boxOf(transcript.tools);
    this.#labelled = house.store.label(transcript, (call) => this.#profile(call));
    this.#tracer = new ValueTracer(this.#labelled);
    this.#before = transcript.before ?? NOTHING_BEFORE;
    this.tainted = this.#before.tainted || this.#labelled.sums.tainted;
  }

  get history(): UnseenHistory {
    const earlier = this.#callsBefore('');
    return { tainted: this.tainted, private: this.#holdsPrivate(), writes: this.#before.writes + earlier.writes };
  }

  leavesOf(message: number): readonly Leaf[] {
    return this.#labelled.messages[message]?.leaves ?? [];
  }

  trace(call: ToolCall): CallFlow {
    const { limits, riskOf, textRisk } = this.#house;
    const profile = this.#profile(call);
    const scene = { call, profile, labelled: this.#labelled, tracer: this.#tracer, limits, spanRisk: riskOf };
    const { action, flow, ...traced } = traceCall(scene);
    const { name, defined, effect, outward, destructive } = profile;
    const { memory, written }: Partial<Written> = writtenBy({ ...scene, tainted: this.tainted, textRisk }) ?? {};
    const tool = { name, defined, effect, outward, destructive, ...(memory !== undefined && { memory }) };
    return {
      ...traced,
      ...(written !== undefined && { written }),
      facts: { tool, action, flow, session: this.#session(profile) },
    };
  }

  #session(profile: ToolProfile): SessionFacts {
    const calls = this.#callsBefore(profile.name);
    const untrusted = this.tainted;
    const holdsPrivate = this.#holdsPrivate();
    const outward = profile.effect === 'write' || profile.outward || calls.writes > 0 || this.#before.writes > 0;
    const count = Number(untrusted) + Number(holdsPrivate) + Number(outward);
    const ruleOfTwo: RuleOfTwo = { untrusted, private: holdsPrivate, outward, count };
    return { tainted: untrusted, ruleOfTwo, calls };
  }

  #holdsPrivate(): boolean {
    return this.#before.private || this.#labelled.sums.private;
  }

  #callsBefore(tool: string): CallHistory {
    return this.#labelled.sums.calls.before(tool, (call) => this.#profile(call).effect === 'write');
  }

  #profile(call: Pick<ToolCall, 'tool' | 'arguments'>): ToolProfile {
    return profileIn(this.#tools, call, this.#house.limits);
  }
}

function profileIn(
  tools: ToolBox,
  { tool, arguments: given }: Pick<ToolCall, 'tool' | 'arguments'>,
  limits: FlowLimits,
): ToolProfile {
  return tools.profile(tool, () => [...new Set(argumentsOf(given, limits).leaves.map(({ top }) => top))]);
}
