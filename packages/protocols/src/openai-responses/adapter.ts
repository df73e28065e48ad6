import {
  type AnswerCodec,
  type AnswerHead,
  type ParsedRequest,
  type ParseLimits,
  type ProtocolAdapter,
  SallyportError,
} from '@sallyport/core';
import { SseParser } from '@sallyport/wire';
import { LaneBook } from '../answer/lane-book.ts';
import { StreamCodec } from '../answer/stream-codec.ts';
import { WholeCodec } from '../answer/whole-codec.ts';
import { credentialOf } from '../credential.ts';
import { faultReply } from '../openai/faults.ts';
import { modelList, modelReply } from '../openai/models.ts';
import { openaiPath } from '../openai/paths.ts';
import { patchRequest } from '../request/patch-request.ts';
import { idsOf, matchEndpoint } from './endpoints.ts';
import { parseRequest, type ResponsesRequest } from './parse-request.ts';
import { refuseReply, streamVoice, wholeVoice } from './refusals.ts';
import { ResponseReader } from './response-reader.ts';

const OWN = /^\/v1\/(?:responses|conversations)(?:\/|$)/;

/** OpenAI Responses and the conversations that belong to them. */
export const openaiResponses: ProtocolAdapter = {
  id: 'openai-responses',
  basePath: '/v1',
  match: matchEndpoint,
  owns: (head) => OWN.test(openaiPath(head)),
  credential: credentialOf,
  request: (body, endpoint, limits) => parseRequest(body, { ...endpoint, ids: idsOf(endpoint) }, limits),
  patch: (parsed, edits) => patchRequest(own(parsed), edits),
  answer: (parsed, head, limits) => answerCodec(own(parsed), head, limits),
  refuse: (refusal, parsed) => refuseReply(refusal, own(parsed)),
  fault: faultReply,
  models: modelList,
  model: modelReply,
};

function answerCodec(request: ResponsesRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  const reader = new ResponseReader(book, request);
  if (head.contentType !== 'text/event-stream' || head.status >= 300) {
    return new WholeCodec({ book, reader, voice: wholeVoice(request), head, limits });
  }
  const voice = streamVoice(request, book, reader);
  return new StreamCodec({ book, reader, voice, framing: new SseParser(limits.maxBodyBytes), limits });
}

function own(parsed: ParsedRequest): ResponsesRequest {
  if ('operation' in parsed && 'logprobs' in parsed) return parsed as ResponsesRequest;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}
