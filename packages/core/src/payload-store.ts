import type { Principal } from './decision.ts';
import type { CaptureForm, Checkpoint, Role, SubjectKind } from './vocabulary.ts';

/**
 * Whose content it is. `user`: `<tenant>/<kind>/<id>` of the principal, or of the user whom it acts for (`userSubjectName()`); `session`: the
 * session's id; `tenant`: its name.
 */
export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
}

/** The subject of an exchange's content. What is no part of a session is its user's. */
export function subjectOf(kind: SubjectKind, principal: Principal, session?: string): Subject {
  if (kind === 'tenant') return { kind, name: principal.tenant };
  if (kind === 'session' && session !== undefined) return { kind, name: session };
  return {
    kind: 'user',
    name: userSubjectName(principal.onBehalfOf === undefined ? principal : { ...principal.onBehalfOf, kind: 'user' }),
  };
}

/** Names a user as a subject. A tenant may have any name: in it `/` stands as `%2F` and `%` as `%25`, or two users could have one name. */
export function userSubjectName({ tenant, kind, id }: Pick<Principal, 'tenant' | 'kind' | 'id'>): string {
  return `${tenant.replaceAll('%', '%25').replaceAll('/', '%2F')}/${kind}/${id}`;
}

/** The tenant of a user who is named so. */
export function tenantOfUserSubject(name: string): string {
  return name.slice(0, name.indexOf('/')).replaceAll('%2F', '/').replaceAll('%25', '%');
}

/** A subject as records name it: whoever knows its name and has the install's secrets can tell which it is. */
export interface RecordedSubject {
  readonly kind: SubjectKind;
  /** Keyed hash of its name, hexadecimal. */
  readonly id: string;
}

/** `request`: of what came in; `answer`: of what came back. */
export const PAYLOAD_PARTS = ['request', 'answer'] as const;
export type PayloadPart = (typeof PAYLOAD_PARTS)[number];

/** One text that was captured. */
export interface CapturedText {
  readonly point: Checkpoint;
  /** Where it stood: `message/3/content`, `answer/0/content`. */
  readonly where: string;
  readonly role: Role;
  /** The tool that is defined, called or answering, where the wire names one. */
  readonly tool?: string;
  readonly form: CaptureForm;
  readonly text: string;
  /** Characters that the bounds cut off its end; absent where it is whole. */
  readonly cutChars?: number;
}

/** A value that a placeholder stands for. */
export interface VaultedValue {
  /** Name of the placeholder, without brackets: `EMAIL_1`. */
  readonly placeholder: string;
  /** Type of the finding. */
  readonly type: string;
  readonly value: string;
}

/** Content as it is sealed: one payload for each part of an exchange. */
export interface PayloadContent {
  readonly texts: readonly CapturedText[];
  /** What the vault keeps: values that were redacted. */
  readonly values: readonly VaultedValue[];
}

export interface NewPayload {
  readonly exchange: string;
  readonly part: PayloadPart;
  readonly subject: Subject;
  readonly content: PayloadContent;
}

/** What a payload became: what the log may say of it. */
export interface KeptPayload {
  /** Which of the subject's data keys, 1.. */
  readonly generation: number;
  /** HMAC-SHA-256 of the content under a salt that is sealed with it, hexadecimal. */
  readonly commitment: string;
}

/** A payload that was opened. It holds content. */
export interface OpenedPayload extends KeptPayload {
  /** Its place in the store, ascending; never given twice. */
  readonly seq: number;
  readonly exchange: string;
  readonly part: PayloadPart;
  readonly subject: RecordedSubject;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly content: PayloadContent;
}

/** What of a store an erasure took away. */
export interface Erasure {
  readonly keys: number;
  readonly payloads: number;
}

/** A key that was destroyed, as the log has it. */
export interface Shred {
  /** Keyed hash of the subject's name, hexadecimal. */
  readonly subject: string;
  /** All generations up to this one. */
  readonly generations: number;
}

/**
 * Content under lock: sealed under a data key for each subject, which is wrapped under a key-encryption key. Whoever has the file and not
 * the keys learns sizes, times, ids of exchanges, and which payloads are one subject's.
 * @throws {SallyportError} `STORE_BROKEN`; whatever seals or opens also `CONTENT_KEY_MISSING`
 */
export interface PayloadStore {
  /** A subject as records name it. */
  recorded(subject: Subject): RecordedSubject;
  /** Seals a payload; resolves when it is as durable as records are. */
  keep(payload: NewPayload): Promise<KeptPayload>;
  /** What is held of an exchange; of one whose subject was erased, nothing. */
  of(exchange: string): Promise<readonly OpenedPayload[]>;
  /** What is held of a subject behind a place in the store, in order. */
  ofSubject(
    subject: Subject,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly OpenedPayload[]>;
  /** The newest data key of a subject, of those that were destroyed too; 0 when there was none. */
  generation(subject: Subject): number;
  /** Destroys data keys, then what they sealed. What was destroyed is refused from then on, wherever it comes from. */
  shred(shred: Shred): Promise<Erasure>;
  /** Wraps every data key under the key that wraps now. Payloads stay as they are. @returns how many were under another */
  rewrap(): Promise<number>;
  /** Ids of key-encryption keys that data keys are wrapped under. */
  keyIds(): readonly string[];
  close(): void;
}

/** A data key as it may lie on a disk. */
export interface WrappedKey {
  /** Id of the key-encryption key. */
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}

/**
 * Wraps data keys. The key itself may live elsewhere, so every call may take time, and fail.
 * @throws {SallyportError} `CONTENT_KEY_MISSING` when the key cannot be had, `STORE_BROKEN` when what was wrapped was changed
 */
export interface KeyEncryption {
  /** Id of the key that wraps now. */
  current(): Promise<string>;
  /** Ids of all keys that unwrap, where that is known. */
  known(): Promise<readonly string[]>;
  /** @param key 32 bytes @param label what it belongs to: it unwraps under the same label only */
  wrap(key: Uint8Array, label: string): Promise<WrappedKey>;
  unwrap(wrapped: WrappedKey, label: string): Promise<Uint8Array>;
}
