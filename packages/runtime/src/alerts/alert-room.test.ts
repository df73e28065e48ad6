import type { AuditRecord, Containment } from '@sallyport/core';
import type { AlertRule } from '@sallyport/monitor';
import { describe, expect, it } from 'vitest';
import { CONTAINED_MAX_MS, ContainmentOffice } from '../containment/containment-office.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { AlertRoom } from './alert-room.ts';

const MINUTE_MS = 60_000;
const RULE: AlertRule = {
  name: 'blocks',
  severity: 'high',
  when: { kind: 'finding', categories: ['injection'], points: [], effects: [] },
  by: ['principal'],
  dedupeMs: 60 * MINUTE_MS,
  respond: { action: 'throttle', target: 'principal', forMs: MINUTE_MS, perMinute: 5 },
};

function attack(id = 'ann'): AuditRecord {
  const findings = [{ category: 'injection', type: 't', score: 1 }];
  return {
    v: 1,
    kind: 'opened',
    exchange: `ex-${id}`,
    at: '2026-01-01T00:00:00.000Z',
    principal: { kind: 'user', id, tenant: 'acme', groups: [] },
    decisions: [{ kind: 'guard', question: { point: 'input', context: { findings } }, decision: { policies: [] } }],
    effect: 'block',
  } as unknown as AuditRecord;
}

function room({ rules = [RULE], maxPerHour = 60 }: { rules?: readonly AlertRule[]; maxPerHour?: number } = {}) {
  const clock = new ManualClock();
  const records: AuditRecord[] = [];
  const errors: string[] = [];
  let broken = false;
  const recorder = {
    append: async (record: AuditRecord) => {
      if (broken) throw new RangeError('full');
      records.push(record);
    },
  };
  const report = (error: { readonly code: string }) => errors.push(error.code);
  const containments = new ContainmentOffice({ recorder, maxForMs: CONTAINED_MAX_MS, clock, report });
  const alerts = { rules, sinks: [], maxPerHour };
  const made = new AlertRoom({ alerts, recorder, containments, clock, defer: (run) => run(), report });
  const held = (): readonly Containment[] => containments.list();
  const steps = () => records.map((record) => `${record.kind} ${'step' in record ? record.step : ''}`);
  return { made, clock, held, steps, errors, fail: () => (broken = true) };
}

describe('AlertRoom', () => {
  it('answers once to what comes at the same time, and names the alert', async () => {
    const { made, clock, held, steps } = room();
    for (let times = 0; times < 3; times += 1) made.observe(attack());
    await clock.pass(0);
    const [alert] = made.office.list({}).alerts;
    expect(steps()).toEqual(['alert raised', 'containment begun']);
    expect(held()).toMatchObject([
      {
        action: 'throttle',
        of: { kind: 'principal', name: 'user/ann', tenant: 'acme' },
        perMinute: 5,
        reason: 'alert rule blocks',
        alert: alert?.id,
      },
    ]);
  });

  it('answers again once the response is over, also while the alert is only counted', async () => {
    const { made, clock, held, steps } = room();
    made.observe(attack());
    await clock.pass(MINUTE_MS);
    expect(held()).toEqual([]);
    made.observe(attack());
    await clock.pass(0);
    expect(held()).toHaveLength(1);
    expect(steps().filter((step) => step.startsWith('alert'))).toEqual(['alert raised']);
  });

  it('answers also where too many alerts were raised', async () => {
    const { made, clock, held } = room({ maxPerHour: 1 });
    made.observe(attack('ann'));
    made.observe(attack('bo'));
    await clock.pass(0);
    expect(held().map(({ of }) => of.name)).toEqual(['user/bo', 'user/ann']);
    expect(held()[0]).not.toHaveProperty('alert');
    expect(made.status()).toMatchObject({ open: 1, suppressed: 1 });
  });

  it('answers nothing to what has no such name', async () => {
    const { made, clock, held } = room();
    const { principal: _principal, ...nobody } = attack() as Extract<AuditRecord, { kind: 'opened' }>;
    made.observe(nobody);
    await clock.pass(0);
    expect([held(), made.status().open]).toEqual([[], 1]);
  });

  it('raises nothing of what it learns, and looks at nothing once it is closed', async () => {
    const { made, clock, steps } = room();
    made.learn([{ record: attack() }]);
    await made.close();
    made.observe(attack());
    await clock.pass(0);
    expect(steps()).toEqual([]);
  });

  it('counts what fails, and reports the first of it', async () => {
    const { made, clock, errors, fail } = room();
    fail();
    made.observe(attack('ann'));
    made.observe(attack('bo'));
    await clock.pass(0);
    expect([made.status().failed, errors]).toEqual([2, ['INTERNAL']]);
  });
});
