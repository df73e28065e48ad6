/** The words of the house. Every other package uses these and no synonyms. */

/** Places where a decision is taken. */
export const CHECKPOINTS = ['input', 'output', 'tool-definition', 'tool-call', 'tool-result', 'ingest'] as const;
export type Checkpoint = (typeof CHECKPOINTS)[number];

/**
 * What a finding is about. `tool-integrity`: a tool's definition is not what it was or passes for another, or its result is
 * beyond all measure; `intent`: it is not what the assistant is for, or not what the user asked; `custom` is what an operator's own keyword and expression detectors find, `provider` what the
 * provider's own guardrails say.
 */
export const CATEGORIES = [
  'injection',
  'exfiltration',
  'secrets',
  'personal-data',
  'context-leak',
  'hidden-text',
  'unsafe-output',
  'content',
  'tool-misuse',
  'tool-integrity',
  'multi-turn',
  'intent',
  'custom',
  'provider',
] as const;
export type Category = (typeof CATEGORIES)[number];

/**
 * What a principal is found to do over many exchanges, though each may be harmless. `probing`: it tries variations of what is stopped until one passes.
 * `extraction`: it asks one template through, as who copies a model does. `cost-harvesting`: it makes cost beyond all measure. `loop`: a session of it
 * went round in circles until a budget said so.
 */
export const CONDUCTS = ['probing', 'extraction', 'cost-harvesting', 'loop'] as const;
export type Conduct = (typeof CONDUCTS)[number];

/** What alerts may be about that was found: in one exchange, or over many. */
export const FOUND_CATEGORIES = [...CATEGORIES, ...CONDUCTS] as const;
export type FoundCategory = (typeof FOUND_CATEGORIES)[number];

/**
 * What providers' own guardrails say, in one vocabulary. `refusal`: the model declined; `filtered`: the provider withheld
 * content without saying why; `recitation`: the text repeats protected material. Findings of them have the type `provider-<word>`.
 */
export const PROVIDER_SIGNALS = [
  'refusal',
  'filtered',
  'hate',
  'harassment',
  'self-harm',
  'sexual',
  'minors',
  'violence',
  'illicit',
  'weapons',
  'cyber',
  'profanity',
  'jailbreak',
  'injection',
  'personal-data',
  'recitation',
  'blocklist',
  'topic',
  'ungrounded',
  'other',
] as const;
export type ProviderSignalType = (typeof PROVIDER_SIGNALS)[number];

/** The type of the finding that a provider's signal becomes. */
export function providerFindingType(signal: ProviderSignalType): string {
  return `provider-${signal}`;
}

/** Id of what vets tools and their results, in findings, receipts and configuration. */
export const TOOL_INTEGRITY = 'tool-integrity';
/** The types of its findings. */
export const TOOL_INTEGRITY_TYPES = [
  'tool-changed',
  'tool-shadowed',
  'tool-cross-reference',
  'oversized',
  'result-changed',
  'call-changed',
] as const;
export type ToolIntegrityType = (typeof TOOL_INTEGRITY_TYPES)[number];

/** How a text reaches a model. `direct`: somebody's own words to it. `data`: what a tool, a definition or a document brings. */
export const CHANNELS = ['direct', 'data'] as const;
export type Channel = (typeof CHANNELS)[number];

/** What most letters of a text belong to; `cjk` is Chinese, Japanese and Korean. Scores mean different things in each. */
export const LANGUAGE_GROUPS = ['latin', 'cjk', 'other'] as const;
export type LanguageGroup = (typeof LANGUAGE_GROUPS)[number];

/** What a policy engine answers, weakest first: the strongest that holds wins. */
export const VERDICTS = ['allow', 'ask', 'block'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The one word that people are shown for a decision, weakest first; derived from it, never stored on its own. */
export const EFFECTS = ['allow', 'flag', 'redact', 'ask', 'block'] as const;
export type Effect = (typeof EFFECTS)[number];

/** What happens when a check cannot be made: `open` lets the content pass, `closed` stops it. */
export const POSTURES = ['open', 'closed'] as const;
export type Posture = (typeof POSTURES)[number];

/** How text of tools goes to a model where a policy says so: `datamark`, its words joined by a character of its own. */
export const SPOTLIGHTS = ['datamark'] as const;
export type Spotlight = (typeof SPOTLIGHTS)[number];

/**
 * In which form content is put under lock, the one that says less first. `redacted`: as it goes on, and with the secrets and personal data
 * that were found masked besides; `raw`: as it was judged.
 */
export const CAPTURE_FORMS = ['redacted', 'raw'] as const;
export type CaptureForm = (typeof CAPTURE_FORMS)[number];

/** Whose content shares a data key, and is erased as one. */
export const SUBJECT_KINDS = ['user', 'session', 'tenant'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** Whether a policy acts (`enforce`) or only reports what it would have done (`monitor`). */
export const MODES = ['enforce', 'monitor'] as const;
export type Mode = (typeof MODES)[number];

/**
 * When a streamed answer's text leaves. `hold`: as soon as nothing can be found in it any more. `buffer`: when the whole answer
 * is clear. `cut`: at once; the answer stops where a finding shows that a policy does not let pass.
 */
export const RELEASES = ['hold', 'buffer', 'cut'] as const;
export type Release = (typeof RELEASES)[number];

/** Half-open range of UTF-16 code units: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Who speaks a segment, as the wire claims it. A role is a claim, not provenance. */
export const ROLES = ['system', 'user', 'assistant', 'tool', 'definition'] as const;
export type Role = (typeof ROLES)[number];

/** Where a segment's text says that it comes from. */
export interface Origin {
  readonly role: Role;
  /** The protocol's own field, such as `content`, `reasoning_content`, `refusal`, `arguments`, `description`. */
  readonly field: string;
  /** The tool that is defined, called or answering, where the wire names one. */
  readonly tool?: string;
}

/** How an operator showed who they are; `offline`: nobody did, the data folder changed beside the gateway. */
export const OPERATOR_PROOFS = ['token', 'issuer', 'certificate', 'offline'] as const;
export type OperatorProof = (typeof OPERATOR_PROOFS)[number];

/** Doors by which a human's answer about a call comes in; `elicitation`: a question put to whoever sits at the client. */
export const APPROVAL_DOORS = ['admin-api', 'webhook', 'page', 'terminal', 'elicitation'] as const;
export type ApprovalDoor = (typeof APPROVAL_DOORS)[number];
