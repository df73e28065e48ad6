import { isFault } from '@sallyport/core';
import { type Incoming, type McpEnd, type McpMessage, readMessage } from '@sallyport/mcp';
import { after, nowMs } from '../clock.ts';
import type { TransportParts } from '../mcp/transport/transport-parts.ts';
import { readUsage, UsageWatch } from '../mcp/transport/usage-watch.ts';

export const MCP_JSON = { maxDepth: 64, maxNodes: 10_000 };

/** A message, by what it says beside `jsonrpc`. */
export function mcp(said: object): McpMessage {
  const message = readMessage(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...said })), MCP_JSON);
  if (isFault(message)) throw new Error(`${message.fault} ${message.at}`);
  return message;
}

/** What stands in a message, without `jsonrpc`. */
export function saidBy(incoming: Incoming | undefined): Record<string, unknown> {
  if (incoming?.kind !== 'message') throw new Error(`no message: ${JSON.stringify(incoming)}`);
  const { jsonrpc: _version, ...said } = JSON.parse(incoming.message.text);
  return said;
}

/** Parts on the clock of the machine. */
export function transportParts(more: Partial<TransportParts> = {}): TransportParts {
  const clock = more.clock ?? { nowMs, after };
  return { clock, random: () => 0, json: MCP_JSON, usage: new UsageWatch({ clock, read: readUsage }), ...more };
}

/** Reads an end one by one. */
export class EndReader {
  readonly #steps: AsyncIterator<Incoming>;

  constructor(end: Pick<McpEnd, 'incoming'>) {
    this.#steps = end.incoming[Symbol.asyncIterator]();
  }

  async next(): Promise<Incoming | undefined> {
    const step = await this.#steps.next();
    return step.done === true ? undefined : step.value;
  }

  /** What the next message says. */
  async said(): Promise<Record<string, unknown>> {
    return saidBy(await this.next());
  }

  /** All that comes until the end. */
  async rest(): Promise<readonly Incoming[]> {
    const all: Incoming[] = [];
    for (let one = await this.next(); one !== undefined; one = await this.next()) all.push(one);
    return all;
  }
}
