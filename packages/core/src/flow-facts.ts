import type { Decoding } from './text-view.ts';

/**
 * Who vouches for a value, most trusted first. `trusted`: a tool that an operator vouches for. `third-party`: somebody else's
 * words, and it is known whose. `untrusted`: whoever could write there.
 */
export const INTEGRITIES = ['system', 'user', 'trusted', 'third-party', 'untrusted'] as const;
export type Integrity = (typeof INTEGRITIES)[number];

/** Who may read a value: anybody, or only who takes part in the session. */
export const READERS = ['public', 'session'] as const;
export type Readers = (typeof READERS)[number];

/** Where a value stood. */
export interface LeafOrigin {
  /** The tool that brought it; absent for what a user, the operator or nobody known wrote. */
  readonly tool?: string;
  /** The place in the tool's result, such as `[2].recipient`; empty for the whole of it. */
  readonly path: string;
  /** One-based line of the text that it stood in. */
  readonly line: number;
  /** The file or address that the call which brought it named; 1..256 characters. */
  readonly document?: string;
  /** The memory out of which it was read again; the rest says where it stood before it was written there. */
  readonly memory?: string;
}

/** `atom`: short, on one line, without markup, in a field of its own. `free`: text in which anything may be written. */
export type LeafShape = 'atom' | 'free';

/**
 * Where an argument's value came from. `user`: the user wrote it. `trusted`: the operator, or a tool that is vouched for, did.
 * `atom`: a field of a tool's result. `free`: only free text that is not trusted. `mixed`: fields and free text alike.
 * `none`: nowhere that can be seen.
 */
export const SOURCES = ['user', 'trusted', 'atom', 'free', 'mixed', 'none'] as const;
export type Source = (typeof SOURCES)[number];

/** Why a source is believed: enough for a person to find the place, and none of the content. */
export interface Evidence {
  readonly integrity: Integrity;
  readonly shape: LeafShape;
  readonly origin: LeafOrigin;
  /** Index of the message in the transcript. */
  readonly message: number;
  /** What was undone to see it: in the place, or in the argument. */
  readonly via: readonly Decoding[];
  /** How the two were compared. */
  readonly match: 'words' | 'value' | 'fingerprint';
  /** What kind of value it is, where it is one that has a form of its own. */
  readonly kind?: ValueKind;
}

/** Values that mean the same in several spellings. */
export const VALUE_KINDS = ['email', 'url', 'host', 'iban', 'phone', 'number', 'date'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/**
 * What an argument decides. `destination`: whom it reaches. `credential`: who may do what from then on. `object`: what it
 * happens to. `content`: what is said. `code`: what is run. `param`: how.
 */
export const SINK_ROLES = ['destination', 'credential', 'object', 'content', 'param', 'code'] as const;
export type SinkRole = (typeof SINK_ROLES)[number];

/** What a tool does with a memory: a store of what agents note, which outlives their sessions. */
export const MEMORY_USES = ['none', 'read', 'write', 'both'] as const;
export type MemoryUse = (typeof MEMORY_USES)[number];

/** Whose a memory is: everybody's of a tenant, or each owner's own. */
export const MEMORY_SCOPES = ['tenant', 'owner'] as const;
export type MemoryScope = (typeof MEMORY_SCOPES)[number];

/** Which memory is meant. Tools that name the same one share it, at whichever door they are called. */
export interface MemoryPlace {
  readonly name: string;
  readonly scope: MemoryScope;
}

/** Who vouches for something that was written into a memory, and where it stood first. */
export interface MemoryLabel {
  readonly integrity: Integrity;
  readonly shape: LeafShape;
  readonly readers: Readers;
  readonly origin: LeafOrigin;
}

/** A piece of what was written: by what it is found again, never its text. */
export interface MemoryPiece {
  /** Digests of its words, values and passages; 1..32 characters each. */
  readonly keys: readonly string[];
  readonly label: MemoryLabel;
}

/** What a call leaves in a memory. */
export interface MemoryWrite {
  readonly place: MemoryPlace;
  /** Those with a label that is worth keeping. */
  readonly pieces: readonly MemoryPiece[];
  /** Some of it was not read: it may be anybody's. */
  readonly truncated: boolean;
}

/** What is known about one call before it is decided on: plain data, ready to be a policy's context. Scores are 0..1000. */
export interface FlowFacts {
  readonly tool: ToolFacts;
  readonly action: ActionFacts;
  /** By role; a role that no argument has is absent. */
  readonly flow: Readonly<Partial<Record<SinkRole, RoleFacts>>>;
  readonly session: SessionFacts;
}

export interface ToolFacts {
  readonly name: string;
  readonly defined: boolean;
  readonly effect: 'read' | 'write';
  readonly outward: boolean;
  readonly destructive: boolean;
  /** What it does with a memory; absent for a tool that has none. */
  readonly memory?: MemoryFacts;
}

/** What a call does with a memory. */
export interface MemoryFacts {
  readonly use: Exclude<MemoryUse, 'none'>;
  /** It writes something that nobody vouches for. */
  readonly untrusted: boolean;
  /** How much that looks like an instruction: whoever reads it later may follow it. */
  readonly risk: number;
}

export interface ActionFacts {
  /**
   * Who asked for what the tool does. `user`: their words name it. `delegated`: they told the agent to do what a text says, and a
   * text that they named says it. `none`: their words are in a language that is known and do neither.
   * `unknown`: nothing can be said, since the tool's name says nothing or no word of the user's is known.
   */
  readonly source: 'user' | 'delegated' | 'none' | 'unknown';
}

export interface RoleFacts {
  /** The worst among the role's arguments. */
  readonly source: Source;
  /** How much the text that carried a value, or what stands beside it in one record, looks like an instruction. */
  readonly spanRisk: number;
  /** The text that carried a value also names what the tool does, near the value: it asks for this call. */
  readonly solicited: boolean;
  /** A value reads like a known one and is another. */
  readonly lookalike: boolean;
  /** Every value that free text holds came from a source that the user named. */
  readonly named: boolean;
  /** Every such value came, in that source, with the name of whoever wrote it. */
  readonly attributed: boolean;
  /** Every value is lifted by an endorsement, or needs none. */
  readonly endorsed: boolean;
  /** Why, each reason once. */
  readonly endorsements: readonly Endorsement[];
  /** The worst source of an address that the role's texts carry along; absent when they carry none. */
  readonly carried?: Source;
  /** Whether the text that carried that address asks for the call. */
  readonly carriedSolicited: boolean;
  /** Share of a text that repeats what only the session may read. */
  readonly confidential: number;
}

export interface SessionFacts {
  /** Somebody whom nobody vouches for could write into what the model has read. */
  readonly tainted: boolean;
  readonly ruleOfTwo: RuleOfTwo;
  readonly calls: CallHistory;
}

/** Meta's Rule of Two: all three at once need a human. */
export interface RuleOfTwo {
  readonly untrusted: boolean;
  readonly private: boolean;
  /** This call, or one before it, changes something or reaches somebody. */
  readonly outward: boolean;
  readonly count: number;
}

/** The calls before this one. */
export interface CallHistory {
  readonly total: number;
  readonly writes: number;
  /** Of this tool: all, and among the last 10 calls. */
  readonly sameTool: number;
  readonly sameToolWithin10: number;
  /** Names of the tools that were called, each once, at most 256, sorted. */
  readonly formerly: readonly string[];
}

export const ENDORSEMENTS = ['user-typed', 'operator', 'allow-list', 'named-source', 'constrained'] as const;
/**
 * Why a value may pass although its text could not be trusted. `named-source`: the user named the source, asked for what the tool
 * does, and wrote another of the call's identities. `constrained`: the schema leaves no room for words.
 */
export type Endorsement = (typeof ENDORSEMENTS)[number];

/** One argument's flow, for a person to read and a record to keep. Never the value itself. */
export interface ArgumentFlow {
  readonly path: string;
  readonly role: SinkRole;
  readonly source: Source;
  readonly endorsement?: Endorsement;
  readonly spanRisk: number;
  readonly solicited: boolean;
  readonly lookalike: boolean;
  readonly named: boolean;
  /** At most 4 places, the worst first. */
  readonly evidence: readonly Evidence[];
}

export interface CallFlow {
  readonly facts: FlowFacts;
  readonly arguments: readonly ArgumentFlow[];
  /** The limits were reached: what was not read counts as `none`. */
  readonly truncated: boolean;
  /** What it leaves in a memory; absent for a call that writes into none. */
  readonly written?: MemoryWrite;
}
