import {
  calledName,
  claimedVersion,
  encodeHeaderValue,
  HEADERS,
  type McpMessage,
  type McpRequest,
  type McpResult,
} from '@sallyport/mcp';
import { stringOf } from '@sallyport/wire';
import { ParamHeaders } from './param-headers.ts';

const VISIBLE = /^[!-~]{1,1024}$/;

/** What a server over HTTP wants to be told beside the messages: the session it gave, or what a request says of itself. */
export class HttpSession {
  #id: string | undefined;
  /** What the handshake, or the newest request, says. */
  #version: string | undefined;
  #isModern = false;
  readonly #params = new ParamHeaders();

  /** Whether the server can have forgotten it. */
  get hasId(): boolean {
    return this.#id !== undefined;
  }

  /** Whether each request stands for itself, as since 2026-07-28. */
  get isModern(): boolean {
    return this.#isModern;
  }

  /** Headers that say the same as the message. */
  headersFor(message: McpMessage): Record<string, string> {
    const claimed = message.kind === 'request' ? claimedVersion(message.params) : undefined;
    if (message.kind === 'request' && claimed !== undefined && VISIBLE.test(claimed)) {
      this.#isModern = true;
      this.#version = claimed;
      const name = calledName(message);
      return {
        [HEADERS.protocolVersion]: claimed,
        [HEADERS.method]: message.method,
        ...(name !== undefined && { [HEADERS.name]: encodeHeaderValue(name) }),
        ...this.#params.headersFor(message),
      };
    }
    if (message.kind === 'request' && message.method === 'initialize') {
      this.#isModern = false;
      this.#version = undefined;
      this.#id = undefined;
      return {};
    }
    const method = this.#isModern && message.kind === 'notification' ? { [HEADERS.method]: message.method } : {};
    return { ...method, ...this.headers() };
  }

  headers(): Record<string, string> {
    return {
      ...(this.#version !== undefined && { [HEADERS.protocolVersion]: this.#version }),
      ...(this.#id !== undefined && !this.#isModern && { [HEADERS.session]: this.#id }),
    };
  }

  /** Notes the id that came with the answer to a request. */
  noteId(request: McpRequest, id: string | string[] | undefined): void {
    if (request.method !== 'initialize' || this.#isModern) return;
    this.#id = typeof id === 'string' && VISIBLE.test(id) ? id : undefined;
  }

  /** Notes what an answer says of later requests: the revision that a handshake settles on, and what headers are to repeat. */
  noteAnswer(request: McpRequest, answer: McpResult): void {
    if (this.#isModern) this.#params.learn(request, answer);
    else if (request.method === 'initialize') {
      const version = stringOf(answer.result, 'protocolVersion');
      this.#version = version !== undefined && VISIBLE.test(version) ? version : undefined;
    }
  }
}
