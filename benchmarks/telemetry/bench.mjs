/**
 * `npm run bench -- telemetry [--quick] [--only traces,logs,all,dead]`: what does telling a collector cost? The gateway's throughput and CPU
 * with a signal told by OTLP as a share of those without; the last line is the summary as JSON.
 */

import { parseArgs } from 'node:util';
import { byTurns } from '../rig/by-turns.mjs';
import { startGateway, startProgram } from '../rig/children.mjs';
import { freePort } from '../rig/free-port.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'traces,logs,all,dead' },
  },
});

/** What is told in each scenario; in `dead` nobody listens. @type {Readonly<Record<string, string>>} */
const SIGNALS = {
  traces: '[traces]',
  logs: '[logs]',
  all: '[traces, metrics, logs]',
  dead: '[traces, metrics, logs]',
};

/** @type {Record<string, number>} */
const ratios = {};
const upstream = await startProgram(new URL('../gateway/upstream.mjs', import.meta.url));
const collector = await startProgram(new URL('collector.mjs', import.meta.url));
const unheard = await freePort();
try {
  for (const scenario of options.only.split(',')) {
    const signals = SIGNALS[scenario];
    if (signals === undefined) throw new Error(`there is no scenario ${scenario}`);
    const port = scenario === 'dead' ? unheard : collector.port;
    const otlp = `telemetry: { otlp: { endpoint: "http://127.0.0.1:${port}", signals: ${signals}, activity: true } }\n`;
    const gateways = {
      on: await startGateway(upstream.port, [], otlp),
      off: await startGateway(upstream.port),
    };
    try {
      const { throughput, cpu } = await byTurns(gateways, options);
      ratios[`throughput_${scenario}_vs_off`] = throughput;
      ratios[`cpu_${scenario}_vs_off`] = cpu;
      process.stderr.write(`${scenario}: throughput ${throughput}, CPU ${cpu}\n`);
    } finally {
      for (const gateway of Object.values(gateways)) await gateway.stop();
    }
  }
} finally {
  await collector.stop();
  await upstream.stop();
}
process.stdout.write(`${JSON.stringify({ name: 'telemetry', ratios, figures: {} })}\n`);
