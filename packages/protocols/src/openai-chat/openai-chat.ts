import { type ParsedRequest, type ProtocolAdapter, SallyportError } from '@sallyport/core';
import { answerCodec } from './answer-codec.ts';
import { credentialOf, matchEndpoint } from './endpoints.ts';
import { faultReply } from './faults.ts';
import { modelList, modelReply } from './models.ts';
import { type ChatRequest, parseRequest } from './parse-request.ts';
import { patchRequest } from './patch-request.ts';
import { refuseReply } from './refusals.ts';

/** OpenAI Chat Completions, as OpenAI and the many servers that are compatible with it speak it. */
export const openaiChat: ProtocolAdapter = {
  id: 'openai-chat',
  match: matchEndpoint,
  credential: credentialOf,
  authorize: (providerKey) => ({ authorization: `Bearer ${providerKey}` }),
  request: parseRequest,
  patch: (parsed, edits) => patchRequest(own(parsed), edits),
  answer: (parsed, head, limits) => answerCodec({ request: own(parsed), head, limits }),
  refuse: (refusal, parsed) => refuseReply(refusal, own(parsed)),
  fault: faultReply,
  models: modelList,
  model: modelReply,
};

function own(parsed: ParsedRequest): ChatRequest {
  if (isChatRequest(parsed)) return parsed;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}

function isChatRequest(parsed: ParsedRequest): parsed is ChatRequest {
  return 'includeUsage' in parsed && 'logprobs' in parsed;
}
