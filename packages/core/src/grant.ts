import type { AccessAction, Resource } from './decision.ts';

/** What a grant may be of. */
export const GRANTABLE = [
  'use-model',
  'list-models',
  'pass-uninspected',
  'call-tool',
  'read-data',
] as const satisfies readonly AccessAction[];
export type GrantableAction = (typeof GRANTABLE)[number];

/** Access for a time. It counts from `from` on, and not at `until` any more. */
export interface Grant {
  /** `grn_` and 20 letters and digits; of a grant in a file, the name that it has there. */
  readonly id: string;
  /** `agent/mailer`, or a group: `group/legal`. */
  readonly who: string;
  /** The tenant of the principal; `*` for any. */
  readonly tenant: string;
  readonly actions: readonly GrantableAction[];
  readonly resource: {
    readonly kind: Resource['kind'];
    /** A name, in which `*` stands for any characters; without it and without a group: all of the kind. */
    readonly id?: string;
    readonly group?: string;
  };
  /** RFC 3339. */
  readonly from: string;
  readonly until: string;
  /** Operators' own words. */
  readonly reason: string;
  readonly requestedBy: string;
  /** Somebody else. */
  readonly approvedBy: string;
}

/** A grant as it is kept. */
export interface StoredGrant extends Grant {
  readonly revokedAt?: string;
  readonly revokedBy?: string;
  /** That its time has passed is in the log. */
  readonly expired?: boolean;
}

/** What an operator says about somebody or something, as it was put: checked again when it is read. */
export interface StoredEntity {
  /** Section of the configuration, such as `dataSources`. */
  readonly section: string;
  readonly name: string;
  readonly value: unknown;
}

/** Keeps what the admin API is told of who may do what. Synchronous. @throws {SallyportError} `STORE_BROKEN` */
export interface AccessStore {
  entities(): readonly StoredEntity[];
  putEntity(entity: StoredEntity): void;
  /** @returns whether there was one */
  removeEntity(section: string, name: string): boolean;
  /** The newest first. */
  grants(): readonly StoredGrant[];
  putGrant(grant: StoredGrant): void;
}
