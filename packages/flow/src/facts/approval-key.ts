import { createHash } from 'node:crypto';
import { canonicalJson } from '@sallyport/wire';
import type { ToolCall } from '../transcript.ts';

/** What an approval is bound to: exactly this, once. */
export interface ApprovalSubject {
  readonly tenant: string;
  /** Kind and id of whoever asks, such as `service:crm`. */
  readonly principal: string;
  readonly call: ToolCall;
  /** Hash of the policy set under which it was asked. */
  readonly policySet: string;
}

/**
 * Names one call for one principal under one policy set: what an approval is given for, and found by when the agent tries
 * again, be it in a new session. Arguments that are the same JSON value are the same arguments; what is no JSON counts as it stands.
 * @returns SHA-256, base64url
 */
export function approvalKey({ tenant, principal, call, policySet }: ApprovalSubject): string {
  const subject = ['sallyport-approval-1', tenant, principal, call.tool, subjectOf(call.arguments), policySet];
  return createHash('sha256').update(canonicalJson(subject)).digest('base64url');
}

/** Wrapped, so that a text that is no JSON never equals one that is. */
function subjectOf(json: string): { readonly json: unknown } | { readonly text: string } {
  try {
    return { json: JSON.parse(json) };
  } catch {
    return { text: json };
  }
}
