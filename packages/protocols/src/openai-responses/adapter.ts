import {
  type AnswerCodec,
  type AnswerHead,
  type ParsedRequest,
  type ParseLimits,
  type ProtocolAdapter,
  SallyportError,
} from '@sallyport/core';
import { patchRequest, SseParser } from '@sallyport/wire';
import { LaneBook } from '../answer/lane-book.ts';
import { StreamCodec } from '../answer/stream-codec.ts';
import { WholeCodec } from '../answer/whole-codec.ts';
import { credentialOf } from '../credential.ts';
import { faultReply } from '../openai/faults.ts';
import { modelList, modelReply } from '../openai/models.ts';
import { ownsPath } from '../openai/paths.ts';
import { rateHeaders } from '../openai/rate-headers.ts';
import { matchEndpoint } from './endpoints.ts';
import { parseRequest, type ResponsesRequest } from './parse-request.ts';
import { ResponsesVoice, refuseReply, wholeVoice } from './refusals.ts';
import { ResponsesReader } from './responses-reader.ts';
import { ResumedCodec } from './resumed-codec.ts';

/** OpenAI Responses and the conversations that they are kept in. */
export const openaiResponses: ProtocolAdapter = {
  id: 'openai-responses',
  match: matchEndpoint,
  owns: ownsPath,
  basePath: '/v1',
  credential: credentialOf,
  request: parseRequest,
  patch: (parsed, edits) => patchRequest(own(parsed), edits),
  answer: (parsed, head, limits) => answerCodec(own(parsed), head, limits),
  refuse: (refusal, parsed) => refuseReply(refusal, own(parsed)),
  fault: faultReply,
  rateHeaders,
  models: modelList,
  model: modelReply,
};

function answerCodec(request: ResponsesRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  const streams = head.contentType === 'text/event-stream' && head.status < 300;
  const { operation, startingAfter, keeps } = request;
  const reader = new ResponsesReader(book, { keeps, operation, streams });
  if (!streams) return new WholeCodec({ book, reader, voice: wholeVoice(request), head, limits });
  const voice = new ResponsesVoice({ request, book, reader });
  const framing = new SseParser(limits.maxBodyBytes);
  const codec = new StreamCodec({ book, reader, voice, framing, limits, nameField: 'event' });
  return startingAfter === undefined ? codec : new ResumedCodec(codec, startingAfter);
}

function own(parsed: ParsedRequest): ResponsesRequest {
  if (isResponsesRequest(parsed)) return parsed;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}

function isResponsesRequest(parsed: ParsedRequest): parsed is ResponsesRequest {
  return 'operation' in parsed && 'startingAfter' in parsed;
}
