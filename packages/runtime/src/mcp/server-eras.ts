import {
  type Incoming,
  type LostReason,
  type McpAnswer,
  type McpEnd,
  type McpMessage,
  META,
  MODERN,
  writeNotification,
  writeRequest,
} from '@sallyport/mcp';
import type { TransportClock } from './transport/transport-clock.ts';

/** Which kinds of revisions a server speaks: those that begin with a handshake, and those in which every request says all. */
export interface Eras {
  readonly handshake: boolean;
  readonly modern: boolean;
}

export interface Asking {
  /** Opens a connection of its own. */
  readonly open: () => McpEnd;
  readonly product: { readonly name: string; readonly version: string };
  readonly clock: TransportClock;
  /** How long the server may take to come up, milliseconds. */
  readonly startMs: number;
}

/** How long a server that is up may take to answer a question of ours, milliseconds: who came first waits for it. */
export const PROBE_ANSWER_MS = 10_000;

/** The revision of a handshake whose server may answer with an older one. */
const HANDSHAKE = '2025-11-25';

/** What a server said, and until when nobody asks it again. */
interface Known {
  readonly eras: Promise<Eras | undefined>;
  freshUntilMs: number;
}

/** For how long it holds what a server said of itself, milliseconds: it may be replaced by a newer one without a word. */
const FRESH_MS = 600_000;

/** Finds out for each server what it speaks: again after a while, and where it could not be asked. */
export class ServerEras {
  private readonly known = new Map<string, Known>();

  /** @returns `undefined` where the server gave no answer */
  async of(server: string, asking: Asking): Promise<Eras | undefined> {
    const nowMs = asking.clock.nowMs();
    const known = this.known.get(server) ?? { eras: askEras(asking), freshUntilMs: nowMs + FRESH_MS };
    this.known.set(server, known);
    const eras = await known.eras;
    if (eras === undefined && this.known.get(server) === known) this.known.delete(server);
    // Nobody waits for the answer, and one that does not come leaves what was known.
    else if (nowMs >= known.freshUntilMs) {
      known.freshUntilMs = nowMs + FRESH_MS;
      void this.refresh(server, asking);
    }
    return eras;
  }

  private async refresh(server: string, asking: Asking): Promise<void> {
    const eras = await askEras(asking).catch(() => undefined);
    if (eras === undefined) return;
    this.known.set(server, { eras: Promise.resolve(eras), freshUntilMs: asking.clock.nowMs() + FRESH_MS });
  }
}

async function askEras(asking: Asking): Promise<Eras | undefined> {
  const { product, clock, startMs } = asking;
  const longestMs = startMs + PROBE_ANSWER_MS;
  const beganMs = clock.nowMs();
  const params = { protocolVersion: HANDSHAKE, capabilities: {}, clientInfo: product };
  const initialized = await askOnce(asking, writeRequest('eras', 'initialize', params), longestMs);
  // One that cannot be reached, or does not stay, says nothing about the other either.
  if (typeof initialized === 'string' && initialized !== 'silent') return undefined;
  const handshake = typeof initialized !== 'string' && initialized.kind === 'result';
  const meta = {
    [META.protocolVersion]: MODERN,
    [META.clientInfo]: product,
    [META.clientCapabilities]: {},
  };
  // Some that speak the older revisions alone say nothing at all to a request of the newer: what answered one is not waited for long.
  const shortMs = Math.max(DISCOVER_MIN_MS, 2 * (clock.nowMs() - beganMs));
  const patienceMs = handshake ? Math.min(longestMs, shortMs) : longestMs;
  const discovered = await askOnce(asking, writeRequest('eras', 'server/discover', { _meta: meta }), patienceMs);
  const modern = typeof discovered !== 'string' && discovered.kind === 'result';
  return handshake || modern ? { handshake, modern } : undefined;
}

/** Least time that a server gets to say whether it speaks 2026-07-28, once it is known to speak something else, milliseconds. */
const DISCOVER_MIN_MS = 2_000;

/**
 * Puts one request to a connection of its own.
 * @param patienceMs after which nothing is waited for any more, whatever the limits of the server
 * @returns the answer, or why there is none
 */
async function askOnce(
  { open, clock }: Pick<Asking, 'open' | 'clock'>,
  request: McpMessage,
  patienceMs: number,
): Promise<McpAnswer | LostReason> {
  const end = open();
  let isLate = false;
  const callOff = clock.after(patienceMs, () => {
    isLate = true;
    void end.close();
  });
  void end.send(request);
  try {
    for await (const incoming of end.incoming) {
      const answer = answerIn(incoming);
      if (answer === undefined) continue;
      if (typeof answer === 'string') return isLate ? 'silent' : answer;
      // Who was greeted is told that it may begin, and then that nobody is there.
      if (answer.kind === 'result') void end.send(writeNotification('notifications/initialized'));
      return answer;
    }
    return 'gone';
  } finally {
    callOff();
    void end.close();
  }
}

function answerIn(incoming: Incoming): McpAnswer | LostReason | undefined {
  if (incoming.kind === 'lost') return incoming.reason;
  if (incoming.kind === 'ended') return 'gone';
  const { message } = incoming;
  return message.kind === 'result' || message.kind === 'error' ? message : undefined;
}
