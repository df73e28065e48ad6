import type { Containment } from '@sallyport/core';
import type { LiveAlert, LiveEvent, LiveSignal } from '@sallyport/runtime';
import { oneLine } from '../gateway-command.ts';

/** One event as a line: when, what, how it was decided, who, and what it is about. */
export function eventLine({ kind, at, signal, ...event }: LiveEvent): string {
  const findings = Object.entries(event.findings ?? {}).map(([category, count]) => `${category}=${count}`);
  const facts: readonly (string | undefined)[] = [
    event.principal,
    event.model ?? event.tool,
    event.model !== undefined ? event.tool : undefined,
    event.outcome,
    event.step,
    event.fault,
    event.ms === undefined ? undefined : `${Math.round(event.ms)} ms`,
    ...findings,
    event.policies && `by ${event.policies.join(',')}`,
    event.drill && `drill ${event.drill}`,
    event.alert && alertLine(event.alert),
    event.containment && containmentLine(event.containment),
    signal && moveLine(signal),
  ];
  const words = facts.filter((fact) => fact !== undefined && fact !== '').join('  ');
  return oneLine(`${at}  ${kind.padEnd(14)}  ${(event.effect ?? '').padEnd(6)}  ${event.exchange}  ${words}`.trimEnd());
}

function alertLine({ alert, rule, severity, about, evidence }: LiveAlert): string {
  const facts = Object.entries(about).map(([attribute, name]) => `${attribute} ${name}`);
  const { exchanges = [] } = evidence ?? {};
  const look = exchanges.length === 0 ? '' : `; see ${exchanges.slice(-3).join(', ')}`;
  return `${severity} ${rule} (${alert})${facts.length === 0 ? '' : `: ${facts.join(', ')}`}${look}`;
}

function containmentLine({ id, action, of, until }: Containment): string {
  return `${action} of ${of.kind} ${of.name} until ${until} (${id})`;
}

function moveLine({
  signal,
  scope,
  name,
  direction,
  before,
  after,
  strength,
  moved = [],
  exchanges,
}: LiveSignal): string {
  const kinds = moved.map(({ kind }) => kind).join(', ');
  const isLevel = before !== undefined && after !== undefined;
  const change = isLevel ? `${direction} from ${shown(before)} to ${shown(after)}` : kinds;
  const look = exchanges.length === 0 ? '' : `; see ${exchanges.join(', ')}`;
  return `${scope}${name === '' ? '' : ` ${name}`}: ${signal} ${change} (strength ${shown(strength)})${look}`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
