import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { describeProblem, findingTypesOf, loadConfig, reviewPolicies } from '@sallyport/runtime';
import { describe, expect, it, vi } from 'vitest';
import { capturedTerminal } from './fixtures/captured-terminal.ts';
import { main } from './main.ts';

const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url));
const PAGES = ['guides', 'protocols'].flatMap((folder) => readdirSync(join(DOCS, folder)).map((f) => `${folder}/${f}`));
const EXAMPLES = ['openai-sdk', 'anthropic-sdk', 'bedrock-sdk'].map((name) =>
  readFileSync(new URL(`../../../examples/${name}/story.mjs`, import.meta.url), 'utf8'),
);
const FENCE = /^```(\w+) ([^\n]+)\n([\s\S]*?)^```$/gm;
const RELOAD_WITHIN_MS = 15_000;

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('skipped: there is no curl on this machine, the pages that use it were not run\n');

/** A block of a page that is run: its info string says how. */
interface Block {
  readonly language: string;
  /** `test`, `shows`, `example`, or a file's path. */
  readonly use: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(DOCS, page), 'utf8');
  return Array.from(text.matchAll(FENCE), ([, language = '', use = '', block = '']) => ({
    language,
    use,
    text: block,
  }));
}

/** A reader who does what a page says, in a folder of their own: writes its files, runs its lines, compares what it shows. */
class Reader {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-guide-'));
  readonly env: Record<string, string> = { PATH: process.env.PATH ?? '' };
  private gateway: RunningGateway | undefined;
  private seen = '';

  async follow({ language, use, text }: Block): Promise<void> {
    if (use === 'test') {
      this.seen = '';
      for (const line of text.replace(/\\\n\s*/g, ' ').split('\n')) if (line !== '') this.seen += await this.run(line);
    } else if (use === 'shows') {
      for (const line of text.split('\n')) expect(this.seen, `what was shown after \`${language}\``).toContain(line);
    } else if (use === 'example') {
      expect(EXAMPLES.join('\n')).toContain(text);
    } else {
      this.write(use, text);
    }
  }

  async leave(): Promise<void> {
    await this.gateway?.stop(0);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** The gateway has noticed what the reader did to its policies. */
  private async settled({ house }: RunningGateway): Promise<void> {
    const review = reviewPolicies(house.config.policies, findingTypesOf(house.config));
    const expected = review.ok
      ? { policySet: review.policySet, policyProblems: [] }
      : { policyProblems: review.problems.map(describeProblem) };
    await vi.waitFor(() => expect(house.readiness()).toMatchObject(expected), { timeout: RELOAD_WITHIN_MS });
  }

  private async run(line: string): Promise<string> {
    const assigned = /^(?:export )?(\w+)=\$\((.*)\)$/.exec(line);
    if (assigned !== null) {
      const shown = (await this.run(assigned[2] ?? '')).trim().split('\n').at(0) ?? '';
      this.env[assigned[1] ?? ''] = shown;
      const { gateway } = this;
      // A key that another process makes is noticed within a moment.
      if (assigned[1] === 'SALLYPORT_KEY' && gateway !== undefined) {
        await vi.waitFor(() => expect(gateway.house.authenticate({ credential: shown })).toHaveProperty('id'), {
          timeout: RELOAD_WITHIN_MS,
        });
      }
      return '';
    }
    if (line === 'npm start') return this.start();
    if (line.startsWith('npx sallyport ')) return this.command(line.slice('npx sallyport '.length));
    return this.shell(line);
  }

  private async start(): Promise<string> {
    const options = { port: 0, adminPort: 0, logLevel: 'silent' } as const;
    const loaded = loadConfig({ path: undefined, env: this.env, options, cwd: this.folder });
    if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
    this.gateway = await startGateway(loaded.config);
    this.env.SALLYPORT_KEY ??= this.gateway.house.firstKey ?? '';
    this.env.SALLYPORT_PORT = new URL(this.gateway.dataUrl).port;
    this.env.SALLYPORT_ADMIN_PORT = new URL(this.gateway.adminUrl).port;
    this.env.ADMIN_TOKEN = this.gateway.house.firstAdminToken ?? '';
    return '';
  }

  private async command(line: string): Promise<string> {
    const words = Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, a, b, c = '']) =>
      (a ?? b ?? c).replace(/^\$(\w+)$/, (_whole, name: string) => this.env[name] ?? ''),
    );
    const terminal = capturedTerminal({ cwd: this.folder, env: this.env });
    const code = await main(words, terminal);
    return `${terminal.printed}${terminal.told}exit code ${code}\n`.replace('exit code 0\n', '');
  }

  private async shell(line: string): Promise<string> {
    if (this.gateway !== undefined) await this.settled(this.gateway);
    const here = line
      .replaceAll('http://127.0.0.1:8787', this.gateway?.dataUrl ?? '')
      .replaceAll('http://127.0.0.1:8788', this.gateway?.adminUrl ?? '');
    return new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', here], { cwd: this.folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
      child.once('error', reject);
      child.once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${line}: ${code} ${output}`))));
    });
  }
}

describe.each(PAGES)('docs/%s', (page) => {
  const blocks = blocksOf(page);
  const runs = hasCurl || !blocks.some(({ text }) => text.includes('curl '));

  it.skipIf(!runs)('does what it says', { timeout: 60_000 }, async () => {
    const reader = new Reader();
    try {
      for (const block of blocks) await reader.follow(block);
    } finally {
      await reader.leave();
    }
    expect(blocks.length).toBeGreaterThan(0);
  });
});

describe('docs/README.md', () => {
  const index = readFileSync(join(DOCS, 'README.md'), 'utf8');
  const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.md') && file !== 'README.md' && !file.startsWith('decisions'),
  );

  it('leads to every page, and to none that is not there', () => {
    const linked = Array.from(index.matchAll(/\]\(([^)]+\.md)\)/g), ([, target = '']) => target);
    expect(linked.filter((target) => !existsSync(join(DOCS, target)))).toEqual([]);
    expect(pages.filter((file) => !linked.includes(file))).toEqual([]);
  });
});
