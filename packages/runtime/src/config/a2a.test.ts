import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from './index.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function load(agent: object, env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-a2a-'));
  folders.push(cwd);
  const path = join(cwd, 'sallyport.yaml');
  writeFileSync(path, JSON.stringify({ a2a: { agents: { travel: agent } } }));
  return loadConfig({ path, env, cwd });
}

function agentOf(agent: object, env: Record<string, string> = {}) {
  const loaded = load(agent, env);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config.agents.travel;
}

function problems(agent: object): readonly string[] {
  const loaded = load(agent);
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const URL_OF_IT = 'https://agents.example/travel/rpc';

describe('a2a.agents', () => {
  it('has its card at the well-known place of its host, unless it is said to be elsewhere', () => {
    const cardUrl = 'https://cards.example/travel.json';
    expect(agentOf({ url: URL_OF_IT })?.cardUrl).toBe('https://agents.example/.well-known/agent-card.json');
    expect(agentOf({ url: URL_OF_IT, cardUrl })?.cardUrl).toBe(cardUrl);
  });

  it('keeps what secrets are out of the file, and is left out where it is off', () => {
    const secretHeaders = { authorization: { env: 'KEY_OF_IT', prefix: 'Bearer ' } };
    const agent = agentOf({ url: URL_OF_IT, secretHeaders }, { KEY_OF_IT: 'a-secret-of-an-agent' });
    expect(agent?.headers.authorization?.reveal()).toBe('Bearer a-secret-of-an-agent');
    expect(JSON.stringify(agent)).not.toContain('a-secret-of-an-agent');
    expect(agentOf({ url: URL_OF_IT, enabled: false })).toBeUndefined();
  });

  it('reads the keys of its card, up to 8', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-a2a-'));
    folders.push(folder);
    writeFileSync(join(folder, 'travel.pem'), pem);
    const keys = (count: number) => Array.from({ length: count }, () => join(folder, 'travel.pem'));
    expect(agentOf({ url: URL_OF_IT })?.cardKeys).toEqual([]);
    expect(agentOf({ url: URL_OF_IT, cardKeys: keys(1) })?.cardKeys).toEqual([pem]);
    expect([8, 9].map((count) => problems({ url: URL_OF_IT, cardKeys: keys(count) }).length)).toEqual([0, 1]);
  });

  it.each([
    [{ url: 'ftp://agents.example/' }, 'url: must be an http or https address'],
    [{ url: 'https://me:word@agents.example/' }, 'url: must not hold credentials'],
    [{ url: 'http://127.0.0.1:8787/a2a/travel' }, 'url: leads back to this gateway'],
    [{ url: URL_OF_IT, cardUrl: 'http://localhost:8787/a2a/x' }, 'cardUrl: leads back to this gateway'],
    [{ url: URL_OF_IT, cardUrl: 'file:///etc/passwd' }, 'cardUrl: must be an http or https address'],
    [{ url: URL_OF_IT, headers: { authorization: 'Bearer x' } }, 'headers.authorization: is a secret'],
    [{ url: URL_OF_IT, cardKeys: ['nowhere.pem'] }, 'cardKeys[0]: file'],
    [{ url: URL_OF_IT, headers: { 'a2a-version': '1.0' } }, 'headers.a2a-version: is a header that the gateway makes'],
  ])('refuses %j', (agent, problem) => {
    expect(problems(agent).join('\n')).toContain(`a2a.agents.travel.${problem}`);
  });

  it.each([
    ['cardMs', 0, 86_400_000],
    ['limits.maxMessageBytes', 1_024, 268_435_456],
    ['limits.maxPending', 1, 10_000],
    ['limits.silenceMs', 100, 86_400_000],
    ['limits.holdMs', 10, 3_600_000],
    ['limits.startMs', 100, 600_000],
  ])('takes %s from %d to %d, and nothing beyond', (member, least, most) => {
    const withValue = (value: number) => {
      const [group, name] = member.split('.');
      const options = name === undefined ? { [member]: value } : { [String(group)]: { [name]: value } };
      return problems({ url: URL_OF_IT, ...options }).length;
    };
    expect([least - 1, least, most, most + 1].map(withValue)).toEqual([1, 0, 0, 1]);
  });
});
