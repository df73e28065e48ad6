import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TEST_KEY, testGateway } from './testing/test-gateway.ts';

describe('startGateway() with `telemetry.ocsf`', () => {
  it('has told of every finding when it stops, and of no text', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-ocsf-'));
    try {
      const gateway = await testGateway(`telemetry: { ocsf: { folder: ${JSON.stringify(folder)}, activity: true } }`);
      const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'write to eve@corp-mail.com' }] }),
      });
      await answer.text();
      await gateway.end();
      expect(readdirSync(folder)).toEqual(['findings.ocsf.jsonl']);
      const text = readFileSync(join(folder, 'findings.ocsf.jsonl'), 'utf8');
      const classes = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).class_uid);
      expect(classes).toEqual(expect.arrayContaining([2006, 6003]));
      expect(text).not.toContain('corp-mail');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
