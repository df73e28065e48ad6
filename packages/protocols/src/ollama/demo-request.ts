import { type DemoFields, fieldsOf, jsonOf } from '../demo-fields.ts';
import { isGenerated, type Operation } from './endpoints.ts';

/** What the demo provider reads of a request: enough to answer it without a script. */
export interface DemoRequest {
  readonly operation: Operation;
  readonly model: string;
  readonly stream: boolean;
  readonly logprobs: boolean;
  /** The texts of messages or prompts, or those that vectors are asked for. */
  readonly texts: readonly string[];
  /** The last of them that is not empty. */
  readonly lastText: string;
  /** The schema that the answer must fit. */
  readonly schema: unknown;
}

/** Reads a request that the gateway has already let through: what doesn't fit is taken for absent. */
export function readDemoRequest(body: Uint8Array, operation: Operation): DemoRequest {
  const request = fieldsOf(jsonOf(body));
  const texts = textsOf(request, operation);
  return {
    operation,
    model: typeof request.model === 'string' ? request.model : 'demo',
    stream: isGenerated(operation) && request.stream !== false,
    logprobs: request.logprobs === true,
    texts,
    lastText: texts.findLast((text) => text !== '') ?? '',
    schema: schemaOf(request.format),
  };
}

function textsOf({ messages, system, prompt, input }: DemoFields, operation: Operation): readonly string[] {
  switch (operation) {
    case 'chat':
      return Array.isArray(messages) ? strings(messages.map((message) => fieldsOf(message).content)) : [];
    case 'generate':
      return strings([system, prompt]);
    case 'embed':
      return strings(Array.isArray(input) ? input : [input]);
    case 'embeddings':
      return strings([prompt]);
  }
}

/** `json` asks for any object. */
function schemaOf(format: unknown): unknown {
  if (format === 'json') return { type: 'object' };
  return typeof format === 'object' && format !== null ? format : undefined;
}

function strings(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === 'string');
}
