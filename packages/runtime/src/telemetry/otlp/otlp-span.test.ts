import { context as contexts, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { LIST_MAX_ENTRIES, TEXT_MAX_CHARS } from './otlp-json.ts';
import { otlpRequests } from './otlp-request.ts';
import { type SpanMatter, writeSpan } from './otlp-span.ts';

const MATTER: SpanMatter = {
  context: { traceId: '', sampled: true },
  spanId: '',
  parentSpanId: 'b7ad6b7169203331',
  isParentRemote: true,
  name: 'chat demo',
  kind: 'client',
  startMs: 1_767_225_600_000,
  endMs: 1_767_225_600_012.5,
  attributes: { text: 'é', many: ['a', 'b'], whole: 3, part: 0.25, yes: true, none: undefined },
  isError: true,
};

/** The same span as OpenTelemetry's own packages make it. */
function official({ name, startMs, endMs, attributes }: SpanMatter) {
  const spans = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'sallyport',
      'service.version': '1',
      'service.instance.id': 'log',
    }),
    spanProcessors: [new SimpleSpanProcessor(spans)],
  });
  const parent = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
  const { none: _none, ...given } = attributes;
  const span = provider
    .getTracer('sallyport', '1')
    .startSpan(
      name,
      { kind: SpanKind.CLIENT, startTime: startMs, attributes: given as Record<string, string> },
      trace.setSpanContext(contexts.active(), parent),
    );
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endMs);
  const bytes = JsonTraceSerializer.serializeRequest(spans.getFinishedSpans());
  return { request: JSON.parse(Buffer.from(bytes ?? []).toString()), context: span.spanContext() };
}

describe('writeSpan()', () => {
  it('says of a span what the SDK of OpenTelemetry says of it', () => {
    const { request, context } = official(MATTER);
    const { traceId, spanId } = context;
    const form = { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' };
    const requestOf = otlpRequests({ service: 'sallyport', version: '1', instance: 'log' }, form);
    const ours = JSON.parse(requestOf([writeSpan({ ...MATTER, spanId, context: { traceId, sampled: true } })]));
    const { resourceSpans } = request;
    const [span] = resourceSpans[0].scopeSpans[0].spans;
    // Its counts of what is not there are what an absent member means.
    for (const absent of ['events', 'links', 'droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount']) {
      delete span[absent];
    }
    expect(ours).toEqual(request);
  });

  it('says nothing of a parent where there is none, and knows whether one is its own', () => {
    const root = JSON.parse(writeSpan({ ...MATTER, parentSpanId: undefined, isParentRemote: false }));
    expect(root).not.toHaveProperty('parentSpanId');
    expect(root.flags).toBe(0x101);
    expect(JSON.parse(writeSpan(MATTER)).flags).toBe(0x301);
    expect(JSON.parse(writeSpan({ ...MATTER, isError: false })).status).toEqual({});
  });

  it('cuts long texts and lists, never inside a character', () => {
    const long = `${'x'.repeat(TEXT_MAX_CHARS - 1)}😀`;
    const many = Array.from({ length: LIST_MAX_ENTRIES + 1 }, () => 'a');
    const fits = 'y'.repeat(TEXT_MAX_CHARS);
    const { attributes } = JSON.parse(writeSpan({ ...MATTER, attributes: { fits, long, many } }));
    expect(attributes[0].value.stringValue).toBe(fits);
    expect(attributes[1].value.stringValue).toBe(`${'x'.repeat(TEXT_MAX_CHARS - 1)}\ufffd`);
    expect(attributes[2].value.arrayValue.values).toHaveLength(LIST_MAX_ENTRIES);
  });
});
