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
import { ownsPath, postEndpoint } from '../openai/paths.ts';
import { rateHeaders } from '../openai/rate-headers.ts';
import { CompletionReader } from './completion-reader.ts';
import { type CompletionRequest, parseRequest } from './parse-request.ts';
import { refuseReply, streamVoice, wholeVoice } from './refusals.ts';

/** OpenAI's legacy completions: a prompt goes on. */
export const openaiCompletions: ProtocolAdapter = {
  id: 'openai-completions',
  basePath: '/v1',
  match: (head) => postEndpoint(head, 'completions', '/completions'),
  owns: ownsPath,
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

function answerCodec(request: CompletionRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  const reader = new CompletionReader(book, request);
  if (head.contentType !== 'text/event-stream' || head.status >= 300) {
    return new WholeCodec({ book, reader, voice: wholeVoice(request), head, limits });
  }
  const voice = streamVoice(request, book, reader);
  return new StreamCodec({ book, reader, voice, framing: new SseParser(limits.maxBodyBytes), limits });
}

function own(parsed: ParsedRequest): CompletionRequest {
  if ('plain' in parsed && 'repeatsPrompt' in parsed) return parsed as CompletionRequest;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}
