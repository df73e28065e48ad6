import { ERRORS, isFault, SallyportError, type Subject, type VaultedValue } from '@sallyport/core';
import {
  ADMIN,
  type Config,
  type ContentFault,
  type ContentOffice,
  type ContentVerdict,
  type ErasedSubject,
  type ExportPage,
  openContentDesk,
  type ShownPayload,
} from '@sallyport/runtime';
import { type AdminAnswer, adminClient } from './admin-client.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type DoorAnswer<Body> = { readonly body: Body } | { readonly refused: string };

/** What is under lock, whether a gateway runs or not: through its admin API if one does, else in the data folder itself. */
export interface ContentDoor {
  erase(subject: Subject, reason: string): Promise<DoorAnswer<ErasedSubject>>;
  exportPage(
    at: { readonly subject: Subject; readonly after: number },
    reason: string,
  ): Promise<DoorAnswer<ExportPage>>;
  show(exchange: string, reason: string): Promise<DoorAnswer<{ readonly payloads: readonly ShownPayload[] }>>;
  reveal(
    at: { readonly exchange: string; readonly placeholder: string },
    reason: string,
  ): Promise<DoorAnswer<VaultedValue>>;
  rotate(reason: string): Promise<DoorAnswer<{ readonly rewrapped: number; readonly keyId: string }>>;
  close(): Promise<void>;
}

/**
 * @returns the door, or what the configuration lacks for one
 * @throws {SallyportError} what `openContentDesk()` throws, but for `STORE_LOCKED`
 */
export async function openContentDoor(
  config: Config,
  env: Environment,
): Promise<ContentDoor | { readonly lacks: string }> {
  try {
    const { office, close } = await openContentDesk(config);
    return { ...deskDoor(office), close };
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== 'STORE_LOCKED') throw error;
  }
  const client = adminClient(config, env);
  if ('lacks' in client) return { lacks: `a gateway runs on this data folder, and ${client.lacks}` };
  const post = async <Body>(path: string, body: object): Promise<DoorAnswer<Body>> => {
    const answer: AdminAnswer = await client.post(`/privacy/${path}`, { ...body, via: 'terminal' });
    return 'refused' in answer ? answer : { body: answer.body as Body };
  };
  return {
    erase: (subject, reason) => post('erase', { subject: textOf(subject), reason }),
    exportPage: ({ subject, after }, reason) => post('export', { subject: textOf(subject), after, reason }),
    show: (exchange, reason) => post('show', { exchange, reason }),
    reveal: (at, reason) => post('reveal', { ...at, reason }),
    rotate: (reason) => post('rotate', { reason }),
    close: async () => undefined,
  };
}

function deskDoor(office: ContentOffice): Omit<ContentDoor, 'close'> {
  const verdict = (reason: string): ContentVerdict => ({ by: ADMIN, via: 'terminal', reason });
  return {
    erase: async (subject, reason) => ({ body: await office.erase(subject, verdict(reason)) }),
    exportPage: async (at, reason) => answered(await office.exportPage(at, verdict(reason))),
    show: async (exchange, reason) => {
      const shown = await office.show(exchange, verdict(reason));
      return isFault(shown) ? answered<never>(shown) : { body: { payloads: shown } };
    },
    reveal: async (at, reason) => answered(await office.reveal(at, verdict(reason))),
    rotate: async (reason) => ({ body: await office.rewrap(verdict(reason)) }),
  };
}

function answered<Body extends object>(answer: Body | ContentFault): DoorAnswer<Body> {
  return isFault(answer) ? { refused: ERRORS[answer.fault].message } : { body: answer };
}

function textOf({ kind, name }: Subject): string {
  return `${kind}:${name}`;
}
