/**
 * Codes of errors in JSON-RPC and MCP. Sources: JSON-RPC 2.0, section 5.1; SDK 2.4.0, `enums.ts` and `inboundClassification.ts`.
 */
export const ERROR_CODES = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** Of revisions before 2026-07-28, which says `invalidParams`. */
  resourceNotFound: -32_002,
  /** A header says something else than the body. */
  headerMismatch: -32_020,
  missingClientCapability: -32_021,
  unsupportedProtocolVersion: -32_022,
  /** Of 2025-11-25. */
  urlElicitationRequired: -32_042,
} as const;
