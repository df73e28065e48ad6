/** What a signature vouches for. */
export interface PolicyBundle {
  readonly name: string;
  /** 1..2^53-1; counts up. */
  readonly version: number;
  /** Hash of the set that the signer saw: their folder, and the starter policies of their release if it goes with them. */
  readonly policySet: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** SHA-256 of the manifest, hexadecimal: two bundles of one version are told apart by it. */
  readonly digest: string;
  /** Which of the configured keys vouches: SHA-256 of its SPKI form, hexadecimal. */
  readonly keyId: string;
}
