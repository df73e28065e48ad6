import { isFault, SallyportError } from '@sallyport/core';
import type { OpenHouse, ReportAsk } from '@sallyport/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CallAbout } from './description/call-about.ts';
import { impactReport, vendorReport } from './description/shown-reports.ts';
import { callOf } from './guard-calls.ts';
import { tenantOf } from './tenant-of.ts';

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
const periodQuery = z.strictObject({ from: moment, to: moment }).refine(({ from, to }) => from < to);

const CALLS = {
  vendors: {
    id: 'reportVendors',
    about: 'how the models of providers did within a period',
    query: periodQuery,
    answers: vendorReport,
  },
  impact: {
    id: 'reportImpact',
    about: 'what the gateway did within a period: attacks, exposures, approvals, coverage, overhead',
    query: periodQuery,
    answers: impactReport,
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** What the log says of a period. An operator of a tenant gets what is of that tenant alone. */
export function addReports(api: FastifyInstance, { reports }: Pick<OpenHouse, 'reports'>): void {
  api.get(
    '/api/v1/reports/vendors',
    { config: { permission: 'reports.read', call: CALLS.vendors } },
    async (request, reply) => {
      const report = await reports.vendors(askOf(request), goneOf(reply));
      if (isFault(report)) throw new SallyportError(report.fault);
      return report;
    },
  );
  api.get(
    '/api/v1/reports/impact',
    { config: { permission: 'reports.read', call: CALLS.impact } },
    async (request, reply) => {
      const report = await reports.impact(askOf(request), goneOf(reply));
      if (isFault(report)) throw new SallyportError(report.fault);
      return report;
    },
  );
}

/** Aborts when the connection closes: nobody waits for the report then. */
function goneOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}

function askOf(request: FastifyRequest): ReportAsk {
  return { period: periodQuery.parse(request.query), tenant: tenantOf(callOf(request).operator) };
}
