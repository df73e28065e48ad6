import { EFFECTS, type Effect, strongest } from '@sallyport/core';
import { EXIT, EXIT_BY_EFFECT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import type { ScanItem } from './scan-items.ts';
import type { ScanQuestion, ScanResult } from './scan-text.ts';

/** Prints what comes in as it comes, so that memory does not grow with what is scanned, and adds it up. */
export class ScanReport {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  readonly #effects: Record<Effect, number> = { allow: 0, flag: 0, redact: 0, ask: 0, block: 0 };
  #effect: Effect = 'allow';
  #skipped = 0;
  #results = 0;

  constructor(terminal: Terminal, { json }: { json: boolean }) {
    this.#terminal = terminal;
    this.#json = json;
  }

  async begin({ point, role }: ScanQuestion): Promise<void> {
    if (this.#json)
      await this.#terminal.out(`{"point":${JSON.stringify(point)},"role":${JSON.stringify(role)},"results":[`);
  }

  async add(result: ScanResult): Promise<void> {
    this.#effects[result.effect] += 1;
    this.#effect = strongest(this.#effect, result.effect);
    if (this.#json) return this.#entry(result);
    if (result.effect !== 'allow' || result.findings.length > 0) await this.#terminal.out(describeResult(result));
  }

  async skip(item: ScanItem & { readonly skipped: string }): Promise<void> {
    this.#skipped += 1;
    if (this.#json) return this.#entry(item);
    this.#terminal.err(`${placeOf(item)}: not inspected (${item.skipped})\n`);
  }

  /** @returns the exit code: by effect; 1 when nothing was found but not everything was inspected */
  async end(): Promise<number> {
    const texts = EFFECTS.reduce((sum, effect) => sum + this.#effects[effect], 0);
    if (this.#json) {
      const sums = { effect: this.#effect, effects: this.#effects, texts, skipped: this.#skipped };
      await this.#terminal.out(`],${JSON.stringify(sums).slice(1)}\n`);
    } else {
      const counts = EFFECTS.filter((effect) => this.#effects[effect] > 0).map(
        (effect) => `${this.#effects[effect]} ${effect}`,
      );
      const parts = [...counts, ...(this.#skipped > 0 ? [`${this.#skipped} not inspected`] : [])];
      await this.#terminal.out(
        `${texts + this.#skipped} ${texts + this.#skipped === 1 ? 'text' : 'texts'}: ${parts.join(', ') || 'nothing to scan'}\n`,
      );
    }
    return this.#effect === 'allow' && this.#skipped > 0 ? EXIT.negative : EXIT_BY_EFFECT[this.#effect];
  }

  #entry(entry: unknown): Promise<void> {
    this.#results += 1;
    return this.#terminal.out(`${this.#results === 1 ? '' : ','}${JSON.stringify(entry)}`);
  }
}

function placeOf({ source, line }: { readonly source: string; readonly line?: number }): string {
  return line === undefined ? source : `${source}:${line}`;
}

function describeResult(result: ScanResult): string {
  const why = [...result.policies, ...result.monitored.map((id) => `${id} (monitor)`)].join(', ');
  const findings = result.findings.map(({ detector, type, score, rawScore, span, via }) => {
    const how = via.length === 0 ? '' : `  via ${via.join(' > ')}`;
    const raw = rawScore === undefined ? '' : ` (${rawScore.toFixed(2)} before calibration)`;
    return `    ${detector}  ${type}  ${score.toFixed(2)}${raw}  at ${span.start}-${span.end}${how}\n`;
  });
  const unchecked = result.unchecked.map((detector) => `    ${detector}  gave no answer to trust\n`);
  return `${placeOf(result)}  ${result.effect}${why === '' ? '' : `  by ${why}`}\n${[...findings, ...unchecked].join('')}`;
}
