import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord, AuthorizationStore, Principal } from '@sallyport/core';
import { openAuthorizations } from '@sallyport/stores';
import type { McpUpstreamConfig } from '../config/index.ts';
import { AuthorizationOffice } from '../mcp/authorization/authorization-office.ts';
import type { Asker } from '../mcp/authorization/pending-consents.ts';
import type { AuthorizationNews } from '../mcp/authorization/upstream-room.ts';
import { type LocalAuthorizationServer, localAuthorizationServer } from './local-authorization-server.ts';

export const ANN: Principal = { kind: 'user', id: 'ann', tenant: 'default', groups: [] };
export const ANN_BY_APP: Asker = { owner: { kind: 'user', id: 'ann', tenant: 'default' }, client: 'app' };
export const START_MS = Date.parse('2026-11-28T12:00:00Z');
export const PUBLIC_URL = 'https://gateway.example.com';
/** What a browser's cookie holds. */
export const BROWSER = 'b'.repeat(43);

/** An office over a real store, an authorization server and an MCP server, and a clock that stands still. */
export interface AuthorizationRig {
  readonly local: LocalAuthorizationServer;
  readonly office: AuthorizationOffice;
  readonly store: AuthorizationStore;
  readonly records: readonly AuditRecord[];
  readonly news: readonly AuthorizationNews[];
  /** What records of authorizations say happened, in order. */
  steps(): readonly string[];
  pass(ms: number): void;
  /** Lets no record be written from now on. */
  breakLog(): void;
  /** Somebody goes the whole way from the address of the page. @returns what becomes of it */
  consent(address: string, principal?: Principal): Promise<string>;
  /** A request to the MCP server. */
  call(
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly wwwAuthenticate: string | undefined }>;
  close(): Promise<void>;
}

/** What of the configuration is otherwise than by default, perhaps by what the authorization server is called. */
export type UpstreamOver = (local: LocalAuthorizationServer) => Partial<McpUpstreamConfig>;

export async function authorizationRig(over: UpstreamOver = () => ({})): Promise<AuthorizationRig> {
  const local = await localAuthorizationServer();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-authorization-'));
  const store = openAuthorizations(folder, Buffer.alloc(32, 3));
  const records: AuditRecord[] = [];
  const news: AuthorizationNews[] = [];
  let passedMs = 0;
  let isBroken = false;
  const office = new AuthorizationOffice({
    authorization: {
      publicUrl: PUBLIC_URL,
      consentMs: 600_000,
      resources: {},
      upstreams: {
        tickets: {
          grant: 'authorization-code',
          reach: 'loopback',
          server: local.mcp,
          clientSecret: undefined,
          ...over(local),
        },
      },
    },
    store,
    recorder: {
      append: async (record) => {
        if (isBroken) throw new Error('disk is full');
        records.push(record);
      },
    },
    newId: () => `id-${records.length}`,
    clock: { nowMs: () => passedMs, dateMs: () => START_MS + passedMs },
    report: () => undefined,
    onNews: (one) => news.push(one),
    answerMs: 1_000,
  });
  return {
    local,
    office,
    store,
    records,
    news,
    steps: () => records.map((record) => (record.kind === 'authorization' ? record.step : record.kind)),
    pass: (ms) => {
      passedMs += ms;
    },
    breakLog: () => {
      isBroken = true;
    },
    consent: async (address, principal = ANN) => {
      const ticket = address.split('/').at(-1) ?? '';
      const approved = await office.consents.approve(ticket, { principal, browser: BROWSER });
      if ('fault' in approved) return approved.fault;
      if ('done' in approved) return 'done';
      const back = new URL(await local.visit(approved.continueAt));
      const returned = await office.consents.returned('tickets', back.searchParams, BROWSER);
      return 'failed' in returned ? returned.failed : 'granted';
    },
    call: async (headers) => {
      const answer = await fetch(local.mcp, { method: 'POST', headers, body: '{}' });
      await answer.body?.cancel();
      return { status: answer.status, wwwAuthenticate: answer.headers.get('www-authenticate') ?? undefined };
    },
    close: async () => {
      await office.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
      await local.close();
    },
  };
}
