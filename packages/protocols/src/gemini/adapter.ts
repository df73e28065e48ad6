import {
  type AnswerCodec,
  type AnswerHead,
  type ParsedRequest,
  type ParseLimits,
  type ProtocolAdapter,
  SallyportError,
} from '@sallyport/core';
import { JsonArrayParser, patchRequest, SseParser } from '@sallyport/wire';
import { LaneBook } from '../answer/lane-book.ts';
import { StreamCodec } from '../answer/stream-codec.ts';
import { WholeCodec } from '../answer/whole-codec.ts';
import { isEmbedding, keyOf, managesModels, matchEndpoint, ownsPath } from './endpoints.ts';
import { faultReply } from './faults.ts';
import { type AnswerForm, GeminiReader } from './gemini-reader.ts';
import { modelList, modelReply } from './models.ts';
import { type GeminiRequest, parseRequest } from './parse-request.ts';
import { GeminiVoice, refuseReply, wholeVoice } from './refusals.ts';

/** Google's Gemini API: contents, as JSON, as events or as one array; numbers of tokens; vectors. */
export const gemini: ProtocolAdapter = {
  id: 'gemini',
  match: matchEndpoint,
  owns: ownsPath,
  manages: managesModels,
  basePath: '',
  credential: keyOf,
  request: parseRequest,
  patch: (parsed, edits) => patchRequest(own(parsed), edits),
  answer: (parsed, head, limits) => answerCodec(own(parsed), head, limits),
  refuse: (refusal, parsed) => refuseReply(refusal, own(parsed)),
  fault: faultReply,
  models: modelList,
  model: modelReply,
};

function answerCodec(request: GeminiRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  const form = formOf(request, head);
  const reader = new GeminiReader(book, { form, logprobs: request.logprobs });
  if (form === 'whole') {
    const skipVectors = isEmbedding(request.operation) ? 'all' : undefined;
    return new WholeCodec({ book, reader, voice: wholeVoice(request), head, limits, skipVectors });
  }
  const voice = new GeminiVoice({ request, book, facts: () => reader.facts });
  const { maxDepth, maxBodyBytes } = limits;
  const framing =
    form === 'sse' ? new SseParser(maxBodyBytes) : new JsonArrayParser({ maxFrameBytes: maxBodyBytes, maxDepth });
  return new StreamCodec({ book, reader, voice, framing, limits });
}

function formOf({ sse, facts }: GeminiRequest, { status, contentType }: AnswerHead): AnswerForm {
  if (!facts.stream || status >= 300) return 'whole';
  if (sse) return contentType === 'text/event-stream' ? 'sse' : 'whole';
  return contentType === 'application/json' ? 'array' : 'whole';
}

function own(parsed: ParsedRequest): GeminiRequest {
  if (isGeminiRequest(parsed)) return parsed;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}

function isGeminiRequest(parsed: ParsedRequest): parsed is GeminiRequest {
  return 'sse' in parsed && 'operation' in parsed;
}
