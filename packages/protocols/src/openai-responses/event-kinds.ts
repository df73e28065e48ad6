import type { Role, Unseen } from '@sallyport/core';
import table from './events.json' with { type: 'json' };

/** An event that says text of one item: which, and in which member. */
export interface TextEvent {
  readonly list: string;
  /** The member that numbers the part within its list. */
  readonly index: string;
  readonly field: string;
  readonly says: string;
  /** All of the text once more, after its pieces. */
  readonly whole: boolean;
}

export type PartEvent = Pick<TextEvent, 'list' | 'index'>;

export interface CallEvent extends Pick<TextEvent, 'says' | 'whole'> {
  readonly tool?: string;
  readonly custom?: boolean;
}

export interface MediaEvent {
  readonly says: string;
  readonly kind: Unseen['kind'];
}

const TEXTS: ReadonlyMap<string, TextEvent> = new Map(Object.entries(table.texts));
const PARTS: ReadonlyMap<string, PartEvent> = new Map(Object.entries(table.parts));
const CALLS: ReadonlyMap<string, CallEvent> = new Map(Object.entries(table.calls));
const MEDIA: ReadonlyMap<string, MediaEvent> = new Map(Object.entries(table.media) as [string, MediaEvent][]);
const RESPONSES: ReadonlySet<string> = new Set(table.responses);
const LAST: ReadonlySet<string> = new Set(table.last);
const OWNERS: ReadonlyMap<string, Role> = new Map(Object.entries(table.owners) as [string, Role][]);
const ROLES: ReadonlyMap<string, Role> = new Map(Object.entries(table.roles) as [string, Role][]);

export const textEvent = (type: string): TextEvent | undefined => TEXTS.get(type);
export const partEvent = (type: string): PartEvent | undefined => PARTS.get(type);
export const callEvent = (type: string): CallEvent | undefined => CALLS.get(type);
export const mediaEvent = (type: string): MediaEvent | undefined => MEDIA.get(type);

/** An event that holds the response as it stands. */
export function holdsResponse(type: string): boolean {
  return RESPONSES.has(type);
}

/** An event behind which nothing comes. */
export function isLast(type: string): boolean {
  return LAST.has(type);
}

/** Whose words a member of a response is that repeats the request. */
export function ownerOf(member: string): Role | undefined {
  return OWNERS.get(member);
}

/** Whose words an item is, by the role that it names; by default the assistant's. */
export function roleOf(role: string): Role {
  return ROLES.get(role) ?? 'assistant';
}
