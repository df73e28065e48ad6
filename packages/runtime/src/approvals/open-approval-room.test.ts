import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../config/index.ts';
import { approvalDesk, mapApprovals } from '../testing/approval-desk.ts';
import { starterEngine } from '../testing/exchange-rig.ts';
import { openApprovalRoom } from './open-approval-room.ts';

const told: unknown[] = [];
const receiver = createServer((request, response) => {
  told.push(request.headers['webhook-id']);
  response.end();
});
afterEach(() => {
  receiver.closeAllConnections();
  receiver.close();
});

describe('openApprovalRoom()', () => {
  it('tells again of what still waits from before, under the same id', async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const store = mapApprovals();
    const { office, clock } = approvalDesk({ store });
    const answer = office.ask({
      exchange: 'x1',
      route: 'all',
      protocol: 'openai-chat',
      principal: { kind: 'agent', id: 'mailer', tenant: 'default', groups: [] },
      tool: 'send_money',
      arguments: '{}',
      toolGroups: [],
      provenance: [],
      policies: ['big-sums'],
      policySet: 'p1',
    });
    const engine = starterEngine();
    const room = openApprovalRoom(
      {
        expiresMs: 900_000,
        webhook: { url, secret: new Secret(`whsec_${Buffer.alloc(32).toString('base64')}`), arguments: false },
      },
      {
        store,
        recorder: { append: async () => undefined },
        engine: () => engine,
        clock: { dateMs: clock.dateMs, iso: () => '', after: clock.after },
        fingerprint: (text) => text,
        report: (error) => {
          throw error;
        },
      },
    );
    const id = 'id' in answer ? answer.id : '';
    await vi.waitFor(() => expect(told).toEqual([id.replace('apr_', 'msg_')]));
    await room.close();
  });
});
