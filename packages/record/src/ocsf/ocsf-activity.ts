import type { ClosedRecord, DecidedRecord } from '@sallyport/core';
import { controlled, type OcsfEvent, ocsfEvent, recordUid, userOf } from './ocsf-event.ts';

/** `ai_role_id`: what answered. */
const ASSISTANT = 2;
const TOOL = 3;
/** `status_id`. */
const SUCCESS = 1;
const FAILURE = 2;

/** An exchange that ended, or a tool call that was decided, as a call of an API. Cost: 5 us, its JSON too. */
export function ocsfActivity(record: ClosedRecord | DecidedRecord): OcsfEvent {
  const { principal, request, effect, session, drill } = record;
  const user = principal === undefined ? { name: 'unknown', uid: 'unknown' } : userOf(principal);
  const service = { name: request?.route ?? 'unknown' };
  return ocsfEvent(
    {
      record,
      class: 6003,
      uid: recordUid(record),
      // No activity of the class is a call of a model or of a tool.
      activity: { id: 99, name: record.kind === 'closed' ? 'Use Model' : 'Call Tool' },
      severity: 1,
      profiles: ['security_control', 'ai_operation'],
      drill,
    },
    {
      actor: { user },
      // The client's address stands in no record: the endpoint is known by who spoke.
      src_endpoint: { uid: user.uid },
      ...controlled(effect),
      ...(record.kind === 'closed' ? closedOf(record, service) : calledOf(record, service)),
      ...(session !== undefined && { unmapped: { session: session.id } }),
    },
  );
}

type Service = { readonly name: string };
type Attributes = Readonly<Record<string, unknown>>;

function closedOf(record: ClosedRecord, service: Service): Attributes {
  const { request, outcome, status, upstream, answer, ms } = record;
  const { inputTokens, outputTokens } = answer.usage ?? {};
  const model = answer.model ?? request?.model ?? '';
  return {
    api: { operation: request?.protocol ?? 'unknown', service, response: { code: status } },
    http_response: { code: status },
    status_id: outcome === 'completed' ? SUCCESS : FAILURE,
    status_detail: record.fault ?? outcome,
    duration: Math.round(ms.total),
    ...(upstream !== undefined && model !== '' && { ai_model: { name: model, ai_provider: upstream.provider } }),
    message_context: {
      service,
      ai_role_id: ASSISTANT,
      ...(inputTokens !== undefined && { prompt_tokens: inputTokens }),
      ...(outputTokens !== undefined && { completion_tokens: outputTokens }),
      ...(inputTokens !== undefined && outputTokens !== undefined && { total_tokens: inputTokens + outputTokens }),
    },
  };
}

function calledOf({ tool, effect }: DecidedRecord, service: Service): Attributes {
  return {
    api: { operation: 'call-tool', service },
    status_id: effect === 'block' ? FAILURE : SUCCESS,
    resources: [{ type: 'tool', name: tool }],
    message_context: { service, ai_role_id: TOOL },
  };
}
