import { SallyportError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { DigestRoom } from './digest-room.ts';
import type { IdentityLedger } from './identity-ledger.ts';

const MINUTE_MS = 60_000;

function rig(models: Readonly<Record<string, string>> = {}) {
  const clock = new ManualClock();
  const said: unknown[][] = [];
  const reported: string[] = [];
  const served = new Map([
    ['llama3:latest', 'd1'],
    ['qwen', 'd2'],
    ['never-asked', 'd3'],
  ]);
  let isDown = false;
  const followed = [
    { provider: 'own', model: 'llama3' },
    { provider: 'other', model: 'qwen' },
  ];
  const room = new DigestRoom({
    digests: [{ provider: 'own', everyMinutes: 60, models }],
    provider: (name) =>
      name !== 'own'
        ? undefined
        : {
            modelDigests: async () => {
              if (isDown) throw new SallyportError('UPSTREAM_UNREACHABLE');
              return served;
            },
          },
    ledger: {
      list: () => followed as unknown as ReturnType<IdentityLedger['list']>,
      digest: (name, digest, approved) => said.push([name.provider, name.model, digest, approved]),
    },
    after: clock.after,
    report: ({ code }) => reported.push(code),
  });
  const down = (is: boolean) => {
    isDown = is;
  };
  return { room, clock, said, reported, served, down };
}

describe('DigestRoom', () => {
  it('tells of models that answered, under the name by which they are asked for, and of those of the manifest', async () => {
    const { clock, said } = rig({ qwen: 'd9', gone: 'd0' });
    await clock.pass(MINUTE_MS);
    expect(said).toEqual([
      ['own', 'qwen', 'd2', 'd9'],
      ['own', 'llama3', 'd1', undefined],
    ]);
  });

  it('looks soon after the start, and then as often as it is told to', async () => {
    const { clock, said } = rig();
    await clock.pass(MINUTE_MS - 1);
    expect(said).toHaveLength(0);
    await clock.pass(1);
    expect(said).toHaveLength(1);
    await clock.pass(60 * MINUTE_MS - 1);
    expect(said).toHaveLength(1);
    await clock.pass(1);
    expect(said).toHaveLength(2);
  });

  it('reports a server that does not answer once, until it did', async () => {
    const { clock, said, reported, down } = rig();
    down(true);
    await clock.pass(200 * MINUTE_MS);
    expect([said, reported]).toEqual([[], ['UPSTREAM_UNREACHABLE']]);
    down(false);
    await clock.pass(60 * MINUTE_MS);
    expect(said).toHaveLength(1);
    down(true);
    await clock.pass(60 * MINUTE_MS);
    expect(reported).toHaveLength(2);
  });

  it('asks nobody when it is closed', async () => {
    const { room, clock, said } = rig();
    room.close();
    await clock.pass(200 * MINUTE_MS);
    expect([said, clock.pending]).toEqual([[], 0]);
  });
});
