/**
 * Every error that the product throws or shows, in one place.
 * `status` is the HTTP status that the data plane answers with; `retryable` says whether the same request may succeed later.
 * `message` is public: lower-case start, no final stop, never a prompt, a secret or a match.
 */
export const ERRORS = {
  BODY_TOO_LARGE: { status: 413, retryable: false, message: 'request body is larger than the limit' },
  BODY_TOO_DEEP: { status: 400, retryable: false, message: 'request body is nested deeper than the limit' },
  BODY_TOO_MANY_VALUES: { status: 400, retryable: false, message: 'request body holds more values than the limit' },
  BODY_NOT_JSON: { status: 400, retryable: false, message: 'request body is not one valid JSON value' },
  BODY_NOT_UTF8: { status: 400, retryable: false, message: 'request body is not valid UTF-8' },
  BODY_TRUNCATED: { status: 400, retryable: false, message: 'request body ended early' },
  BODY_TIMEOUT: { status: 408, retryable: true, message: 'request body did not arrive in time' },
  DUPLICATE_KEY: { status: 400, retryable: false, message: 'request body repeats a key within one object' },
  LONE_SURROGATE: { status: 400, retryable: false, message: 'request body holds a lone surrogate' },
  TRAILING_VALUE: { status: 400, retryable: false, message: 'request body holds more than one JSON value' },
  BODY_SHAPE: { status: 400, retryable: false, message: 'request body does not have the shape of this endpoint' },
  ANNOTATION_SHAPE: {
    status: 400,
    retryable: false,
    message: 'a header of the gateway does not have the form that it knows',
  },
  FURTHER_MODELS: {
    status: 400,
    retryable: false,
    message: 'request names or leads to models beside the one that is judged',
  },
  CONTENT_ENCODING: { status: 415, retryable: false, message: 'content encoding is not supported' },
  CONTENT_TYPE: { status: 415, retryable: false, message: 'content type or charset is not supported' },
  UNKNOWN_PATH: { status: 404, retryable: false, message: 'no protocol adapter knows this method and path' },
  METHOD_UNKNOWN: {
    status: 404,
    retryable: false,
    message: 'method is not one of the revision that is spoken, or the other side cannot do it',
  },
  TOOL_UNKNOWN: { status: 404, retryable: false, message: 'server offers no tool of this name' },
  ARGUMENTS_SHAPE: {
    status: 400,
    retryable: false,
    message: "arguments of the call do not have the form that the tool's schema gives them",
  },
  UNKNOWN_MODEL: { status: 404, retryable: false, message: 'no route leads to this model' },
  UNKNOWN_CONTINUATION: {
    status: 404,
    retryable: false,
    message: 'nothing of this id can be gone on with',
  },
  PROTOCOL_MISMATCH: {
    status: 400,
    retryable: false,
    message: 'provider of this model does not speak the protocol of this request',
  },
  KEY_MISSING: { status: 401, retryable: false, message: 'no gateway key was given' },
  KEY_INVALID: { status: 401, retryable: false, message: 'gateway key is unknown or revoked' },
  KEY_EXPIRED: { status: 401, retryable: false, message: 'gateway key has expired' },
  TOKEN_INVALID: { status: 401, retryable: false, message: 'token is not one that this gateway takes' },
  TOKEN_EXPIRED: { status: 401, retryable: false, message: 'token has expired, or its time has not come' },
  CERTIFICATE_INVALID: {
    status: 401,
    retryable: false,
    message: 'client certificate is missing, unknown, or not the one that the credential is bound to',
  },
  BEHALF_INVALID: {
    status: 401,
    retryable: false,
    message: 'statement about whom the request is made for is not one that this gateway takes',
  },
  DRILL_INVALID: {
    status: 401,
    retryable: false,
    message: 'badge of a drill is not one that this gateway gave, or its time is over',
  },
  BEHALF_DENIED: { status: 403, retryable: false, message: 'caller may not act for this user' },
  IDENTITY_UNAVAILABLE: { status: 503, retryable: true, message: 'keys of the issuer of the token cannot be had' },
  ACCESS_DENIED: { status: 403, retryable: false, message: 'access policy does not permit this' },
  ISOLATED: {
    status: 403,
    retryable: true,
    message: 'this was isolated for a time, by an operator or by an alert rule',
  },
  SCOPE_MISSING: { status: 403, retryable: false, message: 'token lacks a scope that this needs' },
  ROLE_MISSING: { status: 403, retryable: false, message: 'operator has no role that permits this' },
  RATE_LIMITED: { status: 429, retryable: true, message: 'a limit of the gateway is reached: try again later' },
  BUDGET_EXCEEDED: { status: 429, retryable: false, message: 'a budget of the gateway is used up' },
  BUDGETS_FAILED: { status: 503, retryable: true, message: 'budgets of the gateway cannot be kept' },
  UPSTREAM_UNREACHABLE: { status: 502, retryable: true, message: 'provider could not be reached' },
  UPSTREAM_TIMEOUT: { status: 504, retryable: true, message: 'provider did not answer in time' },
  UPSTREAM_BROKEN: { status: 502, retryable: true, message: 'provider broke off its answer' },
  UPSTREAM_GARBAGE: { status: 502, retryable: true, message: 'provider answered in a form that cannot be inspected' },
  UPSTREAM_TOO_LARGE: { status: 502, retryable: false, message: 'provider answer is larger than the limit' },
  CARD_UNSIGNED: {
    status: 502,
    retryable: false,
    message: 'card of the agent is not signed by a key that it is known by',
  },
  TOOL_SCHEMA_UNKNOWN: {
    status: 502,
    retryable: false,
    message: 'schema of a tool says what cannot be checked',
  },
  TOOL_SCHEMA_TOO_LARGE: { status: 502, retryable: false, message: 'schema of a tool is larger than the limit' },
  AUTHORIZATION_FAILED: {
    status: 502,
    retryable: true,
    message: 'authorization server of this MCP server cannot be used',
  },
  AUTHORIZATION_REFUSED: {
    status: 502,
    retryable: false,
    message: 'MCP server does not take what it was authorized with',
  },
  RECORD_FAILED: { status: 503, retryable: true, message: 'audit log cannot take the record' },
  SHUTTING_DOWN: { status: 503, retryable: true, message: 'gateway is shutting down' },
  OVERLOADED: { status: 503, retryable: true, message: 'gateway holds as much as it may' },
  CONFIG_INVALID: { status: 500, retryable: false, message: 'configuration is not valid' },
  POLICY_INVALID: { status: 500, retryable: false, message: 'policy set is not valid' },
  MODEL_INVALID: { status: 500, retryable: false, message: 'a file of a detection model cannot be read' },
  STORE_LOCKED: { status: 500, retryable: false, message: 'another process holds the data folder' },
  STORE_BROKEN: { status: 500, retryable: false, message: 'store cannot be read or written' },
  KEY_NAME_TAKEN: { status: 409, retryable: false, message: 'a key of this name exists' },
  APPROVAL_DECIDED: { status: 409, retryable: false, message: 'this approval was decided already' },
  ALERT_SETTLED: { status: 409, retryable: false, message: 'this alert was acknowledged or resolved already' },
  SIGNATURE_INVALID: { status: 401, retryable: false, message: 'signature is missing, wrong or out of its time' },
  WEBHOOK_REPLAYED: { status: 409, retryable: false, message: 'this message was taken already' },
  WEBHOOK_FAILED: { status: 502, retryable: true, message: 'webhook was not taken by its receiver' },
  CAPTURE_FAILED: { status: 503, retryable: true, message: 'content cannot be put under lock as policy demands' },
  CONTENT_KEY_MISSING: { status: 503, retryable: true, message: 'key of the content cannot be had' },
  CONTENT_ERASED: { status: 410, retryable: false, message: 'content was erased' },
  NOT_FOUND: { status: 404, retryable: false, message: 'no such thing' },
  INTERNAL: { status: 500, retryable: true, message: 'unexpected condition in the gateway' },
} as const satisfies Record<string, { status: number; retryable: boolean; message: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** For operators: more than the public message, still never a prompt, a secret or a match. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** A broken world or a programmer's error. Findings, denials and bad client input are values, not errors. */
export class SallyportError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, { detail, cause }: ErrorDetail = {}) {
    super(ERRORS[code].message, cause === undefined ? undefined : { cause });
    this.name = 'SallyportError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.retryable = ERRORS[code].retryable;
    this.detail = detail;
  }
}

/** A request or answer that cannot be taken, as a value. `at` is a JSON pointer or a byte offset, never content. */
export interface Fault {
  readonly fault: ErrorCode;
  readonly at?: string;
}

export function isFault(value: object): value is Fault {
  return 'fault' in value;
}

/** Whatever was thrown, as one of ours. */
export function knownError(error: unknown): SallyportError {
  return error instanceof SallyportError ? error : new SallyportError('INTERNAL', { cause: error });
}
