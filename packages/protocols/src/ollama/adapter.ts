import {
  type AnswerCodec,
  type AnswerHead,
  type ParsedRequest,
  type ParseLimits,
  type ProtocolAdapter,
  SallyportError,
} from '@sallyport/core';
import { NdjsonParser, patchRequest } from '@sallyport/wire';
import { LaneBook } from '../answer/lane-book.ts';
import { StreamCodec } from '../answer/stream-codec.ts';
import { WholeCodec } from '../answer/whole-codec.ts';
import { credentialOf } from '../credential.ts';
import { isGenerated, managesServer, matchEndpoint, ownsPath } from './endpoints.ts';
import { faultReply } from './faults.ts';
import { modelList, modelReply } from './models.ts';
import { OllamaReader } from './ollama-reader.ts';
import { type OllamaRequest, parseRequest } from './parse-request.ts';
import { OllamaVoice, refuseReply, STREAM_TYPE, wholeVoice } from './refusals.ts';

/** Ollama's own protocol: conversations, prompts and vectors, in lines of JSON or one JSON object. */
export const ollama: ProtocolAdapter = {
  id: 'ollama',
  match: matchEndpoint,
  owns: ownsPath,
  manages: managesServer,
  basePath: '',
  credential: credentialOf,
  request: parseRequest,
  patch: (parsed, edits) => patchRequest(own(parsed), edits),
  answer: (parsed, head, limits) => answerCodec(own(parsed), head, limits),
  refuse: (refusal, parsed) => refuseReply(refusal, own(parsed)),
  fault: faultReply,
  models: modelList,
  model: modelReply,
};

function answerCodec(request: OllamaRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  const reader = new OllamaReader(book, request);
  if (head.contentType !== STREAM_TYPE || head.status >= 300 || !isGenerated(request.operation)) {
    return new WholeCodec({ book, reader, voice: wholeVoice(request), head, limits });
  }
  const voice = new OllamaVoice({ request, book, reader });
  return new StreamCodec({ book, reader, voice, framing: new NdjsonParser(limits.maxBodyBytes), limits });
}

function own(parsed: ParsedRequest): OllamaRequest {
  if (isOllamaRequest(parsed)) return parsed;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}

function isOllamaRequest(parsed: ParsedRequest): parsed is OllamaRequest {
  return 'operation' in parsed && 'logprobs' in parsed;
}
