import { type JsonNode, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { clientCapability, declares } from '../revision/capabilities.ts';

/** What a server asks of a client before it answers. */
export interface Question {
  readonly method: string;
  readonly params?: JsonObject;
}

/** A question in a form that clients know: `{method, params}`, where only `roots/list` may do without params. */
export function questionOf(node: JsonNode): Question | undefined {
  const method = stringOf(node, 'method');
  const params = memberOf(node, 'params');
  if (method === undefined || clientCapability(method, params) === undefined) return undefined;
  if (params === undefined) return method === 'roots/list' ? { method } : undefined;
  return params.kind === 'object' ? { method, params } : undefined;
}

/** Whether a client has said that it can be asked this. */
export function mayAsk({ method, params }: Question, capabilities: JsonNode | undefined): boolean {
  const path = clientCapability(method, params);
  return path !== undefined && declares(capabilities, path);
}

/** Whether a client's answer has the form of one to this method. */
export function answersQuestion(method: string, answer: JsonNode): boolean {
  switch (method) {
    case 'elicitation/create':
      return stringOf(answer, 'action') !== undefined;
    case 'sampling/createMessage':
      return stringOf(answer, 'role') !== undefined && memberOf(answer, 'content') !== undefined;
    case 'roots/list':
      return memberOf(answer, 'roots')?.kind === 'array';
    default:
      return false;
  }
}
