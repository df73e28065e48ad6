import { ownerName } from '@sallyport/core';
import { REASON_MAX_CHARS, type ShownAuthorization } from '@sallyport/runtime';
import { type ConfigFlags, misuse } from '../command.ts';
import { cell, oneLine, withClient } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

export interface RevokeFlags extends ConfigFlags {
  readonly reason?: string;
}

const ID = /^[0-9a-f]{24}$/;

/** Lists what lets the gateway that runs in at servers. @returns the exit code */
export function listAuthorizations(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ authorizations: readonly ShownAuthorization[] }>(flags, terminal, {
    ask: (client) => client.get('/authorizations'),
    tell: ({ authorizations }) => {
      const titles = ['authorization', 'server', 'owner', 'scopes', 'got', 'expires', 'applications'];
      const rows = authorizations.map(({ id, server, owner, scopes, gotAt, expiresAt = '-', clients }) => {
        const whose = owner === undefined ? 'the gateway' : ownerName(owner);
        return [id, server, whose, scopes.join(' ') || '-', gotAt, expiresAt, String(clients.length)].map(cell);
      });
      return terminal.out(wordTable(titles, rows));
    },
  });
}

/** Ends one of them. @returns the exit code */
export async function revokeAuthorization(id: string, flags: RevokeFlags, terminal: Terminal): Promise<number> {
  const { reason = '' } = flags;
  if (!ID.test(id)) return misuse('no id of an authorization', flags, terminal);
  if (reason.length > REASON_MAX_CHARS) {
    return misuse(`a reason has ${REASON_MAX_CHARS} characters at most`, flags, terminal);
  }
  return withClient<ShownAuthorization>(flags, terminal, {
    ask: (client) => client.delete(`/authorizations/${id}`, { reason }),
    tell: ({ server }) => terminal.err(`revoked: the gateway is not let in at \`${oneLine(server)}\` by it any more\n`),
  });
}
