import { Buffer } from 'node:buffer';
import type { SliceContent } from '@sallyport/core';
import type { CutSlice } from '../request/cut-request.ts';

/** A prompt that the provider keeps: it has a model of its own, and messages that this request does not show. */
const PROMPT = /^arn:[^:/]*:bedrock:[^:/]*:[^:/]*:prompt\//;

export function isStoredPrompt(model: string): boolean {
  return PROMPT.test(model);
}

/** Stands for what a stored prompt adds to a request: nobody here has seen it. */
export class PromptSlice implements CutSlice {
  readonly kind = 'rest';
  readonly member = 'modelId';
  readonly bytes: Uint8Array;
  readonly pieces = [];

  readonly #model: string;

  /** @param model no JSON, so that it is never taken for the rest of a body */
  constructor(model: string) {
    this.bytes = Buffer.from(model);
    this.#model = model;
  }

  open(): SliceContent {
    return {
      segments: [],
      unseen: [{ kind: 'unknown', at: '/modelId', bytes: 0 }],
      sources: [{ kind: 'prompt', id: this.#model }],
    };
  }
}
