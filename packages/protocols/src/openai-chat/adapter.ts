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
import { managesServer, ownsPath } from '../openai/paths.ts';
import { rateHeaders } from '../openai/rate-headers.ts';
import { ChatReader } from './chat-reader.ts';
import { matchEndpoint } from './endpoints.ts';
import { type ChatRequest, parseRequest } from './parse-request.ts';
import { ChatVoice, refuseReply, wholeVoice } from './refusals.ts';

/** OpenAI Chat Completions, as OpenAI and the many servers that are compatible with it speak it. */
export const openaiChat: ProtocolAdapter = {
  id: 'openai-chat',
  match: matchEndpoint,
  owns: ownsPath,
  manages: managesServer,
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

function answerCodec(request: ChatRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  const { logprobs } = request;
  if (head.contentType !== 'text/event-stream' || head.status >= 300) {
    const reader = new ChatReader(book, { logprobs, carrier: 'message' });
    return new WholeCodec({ book, reader, voice: wholeVoice(request), head, limits });
  }
  const reader = new ChatReader(book, { logprobs, carrier: 'delta' });
  const voice = new ChatVoice({ request, book, reader });
  return new StreamCodec({ book, reader, voice, framing: new SseParser(limits.maxBodyBytes), limits });
}

function own(parsed: ParsedRequest): ChatRequest {
  if (isChatRequest(parsed)) return parsed;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}

function isChatRequest(parsed: ParsedRequest): parsed is ChatRequest {
  return 'includeUsage' in parsed && 'logprobs' in parsed;
}
