import type { Fault } from '@sallyport/core';
import { type JsonNode, stringOf } from '@sallyport/wire';

/** Longest model name, UTF-16 characters. */
const MODEL_MAX_CHARS = 256;

/** Whether a member that must name the model does not. */
export function modelFault(rest: JsonNode): Fault | undefined {
  return isModel(stringOf(rest, 'model')) ? undefined : { fault: 'BODY_SHAPE', at: '/model' };
}

/** A name that may be looked up and sent on: not empty, not endless, without control characters. */
export function isModel(name: string | undefined): boolean {
  return name !== undefined && name !== '' && name.length <= MODEL_MAX_CHARS && !hasControl(name);
}

export function isTrue(node: JsonNode | undefined): boolean {
  return node?.kind === 'word' && node.value === true;
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}
