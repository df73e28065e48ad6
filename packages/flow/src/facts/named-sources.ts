import type { ToolCall } from '@sallyport/core';
import { FLOW_LIMITS } from '../flow-limits.ts';
import type { Hit, ValueTracer } from '../trace/value-tracer.ts';
import { argumentsOf } from './call-arguments.ts';

/** Of a call that brought something, as far as its arguments are compared with the user's words. */
const NAMING_LIMITS = { ...FLOW_LIMITS, maxArguments: 16, maxArgumentChars: 1_024 };

/** Which values came from a place that the user named: an argument of the call that brought them is in the user's words. */
export class NamedSources {
  readonly #tracer: ValueTracer;
  readonly #known = new Map<ToolCall, boolean>();

  constructor(tracer: ValueTracer) {
    this.#tracer = tracer;
  }

  /** The hits that are in such a place. */
  among(hits: readonly Hit[]): readonly Hit[] {
    return hits.filter(({ leaf: { standing, call } }) => {
      const brought = standing === 'free' || standing === 'atom';
      return brought && call !== undefined && this.isNamed(call);
    });
  }

  /** Whether one of a call's arguments is in the user's words. */
  isNamed(call: ToolCall): boolean {
    const known = this.#known.get(call);
    if (known !== undefined) return known;
    const { leaves } = argumentsOf(call.arguments, NAMING_LIMITS);
    const named = leaves.some(({ type, text }) => type === 'string' && this.#tracer.trace(text).source === 'user');
    this.#known.set(call, named);
    return named;
  }
}
