import type { Attributes } from '../otlp/otlp-json.ts';
import type { CallMatter } from './call-matter.ts';
import names from './gen-ai-names.json' with { type: 'json' };

const OPERATIONS: Readonly<Record<string, string>> = names.operations;

/** What the semantic conventions call an operation; one that they have no word for keeps its own. */
export function genAiOperation(operation: string): string {
  return Object.hasOwn(OPERATIONS, operation) ? (OPERATIONS[operation] ?? operation) : operation;
}

/**
 * What a call of a model says by the semantic conventions for generative AI, by the release that configuration names. Attributes that hold
 * content are none of it. Source: OpenTelemetry semantic conventions 1.36.0 and 1.41.0, `gen-ai-spans.md`.
 * @param isServed whether the answer that the record tells of is that of this call
 */
export function genAiAttributes(matter: CallMatter, isServed: boolean): Attributes {
  switch (matter.genAi) {
    case 'off':
      return {};
    case '1.36':
      return { 'gen_ai.system': vendorOf(matter, '1.36'), ...asked(matter), ...(isServed ? answered(matter) : {}) };
    case '1.41':
      return {
        'gen_ai.provider.name': vendorOf(matter, '1.41'),
        ...asked(matter),
        ...(isServed ? { ...answered(matter), ...newer(matter) } : {}),
      };
  }
}

function vendorOf({ call, kindOf }: CallMatter, version: '1.36' | '1.41'): string | undefined {
  const kind = kindOf(call.tried.provider);
  const known: Readonly<Record<string, string>> = names.providers[version];
  return kind !== undefined && Object.hasOwn(known, kind) ? known[kind] : kind;
}

function asked({ record, operation }: CallMatter): Attributes {
  const { model } = record.request ?? {};
  return {
    'gen_ai.operation.name': genAiOperation(operation),
    'gen_ai.request.model': model === '' ? undefined : model,
    'gen_ai.conversation.id': record.session?.id,
  };
}

function answered({ record: { answer } }: CallMatter): Attributes {
  const { id, model, finishReasons, usage } = answer;
  return {
    'gen_ai.response.id': id,
    'gen_ai.response.model': model,
    'gen_ai.response.finish_reasons': finishReasons,
    'gen_ai.usage.input_tokens': usage?.inputTokens,
    'gen_ai.usage.output_tokens': usage?.outputTokens,
  };
}

function newer({ call, record }: CallMatter): Attributes {
  const { usage, fingerprint } = record.answer;
  const { upstreamFirstByte } = record.ms;
  return {
    'gen_ai.usage.cache_read.input_tokens': usage?.cachedTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage?.cacheWriteTokens,
    'gen_ai.usage.reasoning.output_tokens': usage?.reasoningTokens,
    'gen_ai.response.time_to_first_chunk':
      upstreamFirstByte === undefined ? undefined : Math.max(0, upstreamFirstByte - call.fromMs) / 1_000,
    'openai.response.system_fingerprint': fingerprint,
  };
}
