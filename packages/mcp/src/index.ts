export {
  BRIDGE_LIMITS,
  type BridgeClock,
  type BridgeLimits,
  type BridgeParts,
  KEY_MIN_BYTES,
} from './bridge/bridge-parts.ts';
export { bridgeTo } from './bridge/bridge-to.ts';
export { openState, type RequestState, type StateBinding, sealState } from './bridge/request-state.ts';
export { keepItems } from './content/keep-items.ts';
export type { AnsweredRequest, MessageAbout } from './content/message-source.ts';
export { patchMessage } from './content/patch-message.ts';
export { LISTS, type ListMember } from './content/read-definitions.ts';
export { type SlicedMessage, sliceMessage } from './content/slice-message.ts';
export * from './end.ts';
export { lineBytes } from './message/line-bytes.ts';
export * from './message/message.ts';
export { METHOD_MAX_CHARS, type MessageLimits, readMessage } from './message/read-message.ts';
export { ID_MAX_CHARS, idKey } from './message/request-id.ts';
export { withId } from './message/with-id.ts';
export { withProgressToken } from './message/with-progress-token.ts';
export { withTrace } from './message/with-trace.ts';
export { withoutParams } from './message/without-params.ts';
export * from './message/write-message.ts';
export { type CapabilityPath, clientCapability, declares, serverCapability } from './revision/capabilities.ts';
export { claimedVersion, type Envelope, META, readEnvelope } from './revision/envelope.ts';
export { ERROR_CODES } from './revision/error-codes.ts';
export { calledName, decodeHeaderValue, encodeHeaderValue, HEADERS } from './revision/headers.ts';
export { gravityOf } from './revision/log-levels.ts';
export { maySay, type Saying, type Side } from './revision/methods.ts';
export { negotiate } from './revision/negotiate.ts';
export * from './revision/revisions.ts';
export { type ArgumentSchema, openSchema } from './schema/argument-schema.ts';
export type { AssertingKeyword, CheckLimit, Mismatch } from './schema/check-run.ts';
export { exactValue } from './schema/exact-value.ts';
export { NUMBER_MAX_DIGITS, POINTER_MAX_CHARS, SCHEMA_LIMITS, type SchemaLimits } from './schema/schema-limits.ts';
export { PendingRequests } from './session/pending-requests.ts';
