import {
  type Incoming,
  type McpAnswer,
  type McpEnd,
  type McpMessage,
  META,
  MODERN,
  writeNotification,
  writeRequest,
} from '@sallyport/mcp';

/** Which kinds of revisions a server speaks: those that begin with a handshake, and those in which every request says all. */
export interface Eras {
  readonly handshake: boolean;
  readonly modern: boolean;
}

export interface Asking {
  /** Opens a connection of its own. */
  readonly open: () => McpEnd;
  readonly product: { readonly name: string; readonly version: string };
}

/** The revision of a handshake whose server may answer with an older one. */
const HANDSHAKE = '2025-11-25';

/** Finds out, once for each server, what it speaks; a server that could not be asked is asked again. */
export class ServerEras {
  private readonly known = new Map<string, Promise<Eras | undefined>>();

  /** @returns `undefined` where the server gave no answer */
  async of(server: string, asking: Asking): Promise<Eras | undefined> {
    const known = this.known.get(server) ?? askEras(asking);
    this.known.set(server, known);
    const eras = await known;
    if (eras === undefined && this.known.get(server) === known) this.known.delete(server);
    return eras;
  }
}

async function askEras(asking: Asking): Promise<Eras | undefined> {
  const { product } = asking;
  const meta = {
    [META.protocolVersion]: MODERN,
    [META.clientInfo]: product,
    [META.clientCapabilities]: {},
  };
  const discovered = await askOnce(asking, writeRequest('eras', 'server/discover', { _meta: meta }));
  if (discovered === undefined) return undefined;
  const params = { protocolVersion: HANDSHAKE, capabilities: {}, clientInfo: product };
  const initialized = await askOnce(asking, writeRequest('eras', 'initialize', params));
  const eras = { handshake: initialized?.kind === 'result', modern: discovered.kind === 'result' };
  return eras.handshake || eras.modern ? eras : undefined;
}

/** Puts one request to a connection of its own. @returns the answer, or nothing where it is lost */
async function askOnce({ open }: Asking, request: McpMessage): Promise<McpAnswer | undefined> {
  const end = open();
  void end.send(request);
  try {
    for await (const incoming of end.incoming) {
      const answer = answerIn(incoming);
      if (answer === 'lost') return undefined;
      if (answer === undefined) continue;
      // Who was greeted is told that it may begin, and then that nobody is there.
      if (answer.kind === 'result') void end.send(writeNotification('notifications/initialized'));
      return answer;
    }
    return undefined;
  } finally {
    void end.close();
  }
}

function answerIn(incoming: Incoming): McpAnswer | 'lost' | undefined {
  if (incoming.kind !== 'message') return 'lost';
  const { message } = incoming;
  return message.kind === 'result' || message.kind === 'error' ? message : undefined;
}
