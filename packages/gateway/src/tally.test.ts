import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Tally } from './tally.ts';

describe('Tally', () => {
  it('shows the sum of each set of labels, as often as it is read', async () => {
    const registry = new Registry();
    const tally = new Tally(registry, { name: 'calls_total', help: 'calls', labelNames: ['tool', 'effect'] });
    tally.add(['mail', 'allow']);
    tally.add(['mail', 'allow'], 2);
    tally.add(['mail', 'block']);
    expect(await registry.metrics()).toContain('sallyport_calls_total{tool="mail",effect="allow"} 3');
    tally.add(['mail', 'allow'], 0.5);
    const text = await registry.metrics();
    expect(text).toContain('sallyport_calls_total{tool="mail",effect="allow"} 3.5');
    expect(text).toContain('sallyport_calls_total{tool="mail",effect="block"} 1');
  });

  it('is 0 without labels from the beginning', async () => {
    const registry = new Registry();
    const tally = new Tally(registry, { name: 'values_total', help: 'values', labelNames: [] });
    expect(await registry.metrics()).toContain('sallyport_values_total 0');
    tally.add([], 4);
    expect(await registry.metrics()).toContain('sallyport_values_total 4');
  });
});
