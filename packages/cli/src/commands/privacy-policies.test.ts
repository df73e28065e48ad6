import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyOf, LockedFolder, MAIL, SUBJECT } from '../fixtures/locked-folder.ts';

let folder: LockedFolder;
beforeEach(() => {
  folder = new LockedFolder();
});
afterEach(() => folder.end());

describe('content under lock', () => {
  test('is read by nobody whom no policy permits it, and that is recorded', async () => {
    folder.remove('policies/access/reveal.cedar');
    await folder.start();
    const exchange = await folder.say(`mail ${MAIL}`);
    const denied = { code: 1, printed: '', told: 'error: access policy does not permit this\n' };
    expect(await folder.privacy('show', exchange)).toEqual(denied);
    expect(await folder.privacy('reveal', exchange, 'EMAIL_1')).toEqual(denied);
    expect(await folder.privacy('export', '--subject', SUBJECT, '--out', 'held.jsonl')).toEqual(denied);
    expect(existsSync(join(folder.cwd, 'held.jsonl'))).toBe(false);
    expect((await folder.recorded('content')).map(({ step, effect, count }) => [step, effect, count])).toEqual([
      ['revealed', 'block', 0],
      ['revealed', 'block', 0],
      ['exported', 'block', 0],
    ]);
  });

  test('is decided on by what it is, and whose', async () => {
    folder.write(
      'policies/access/reveal.cedar',
      `permit (principal, action == Action::"reveal", resource == DataSource::"content")
       when { context.what == "value" && context.type == "email" && context.owner == "service/mailer" && context.tenant == "default"
         && context.subject == "user" && context.via == "terminal" && context.protocol == "openai-chat" };`,
    );
    await folder.start();
    const exchange = await folder.say(`mail ${MAIL}`);
    expect((await folder.privacy('reveal', exchange, 'EMAIL_1')).printed).toBe(`${MAIL}\n`);
    expect((await folder.privacy('reveal', exchange, 'IBAN_1')).code).toBe(1);
    expect((await folder.privacy('show', exchange)).code).toBe(1);
  });

  test('that was erased is destroyed again when an older copy of the store is put back', async () => {
    await folder.start();
    const exchange = await folder.say(`mail ${MAIL}`);
    await folder.stop();
    const store = join(folder.cwd, 'data/payloads.db');
    copyFileSync(store, join(folder.cwd, 'copy.db'));
    await folder.privacy('erase', '--subject', SUBJECT);
    copyFileSync(join(folder.cwd, 'copy.db'), store);
    await folder.start();
    expect(await folder.privacy('show', exchange)).toMatchObject({ code: 1, told: 'error: content was erased\n' });
    await folder.stop();
    copyFileSync(join(folder.cwd, 'copy.db'), store);
    expect(await folder.privacy('show', exchange)).toMatchObject({ code: 1, told: 'error: content was erased\n' });
  });

  test('needs its keys at the start, all that are in use', async () => {
    await folder.start();
    await folder.say('hi');
    await folder.stop();
    folder.write('content-keys', `${keyOf(2)}\n`);
    await expect(folder.start()).rejects.toMatchObject({ code: 'CONTENT_KEY_MISSING' });
    folder.remove('content-keys');
    await expect(folder.start()).rejects.toMatchObject({ code: 'CONTENT_KEY_MISSING' });
    folder.write('sallyport.yaml', 'policies: { folder: ./policies }\n');
    await expect(folder.start()).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      detail: expect.stringContaining('guard/keep.cedar:2:1 capture: `@capture` needs `content.keys`'),
    });
    expect((await folder.run(['check'])).code).toBe(1);
  });

  test('is left alone by a gateway whose keys are gone while it runs: what policy wants kept ends its exchange', async () => {
    await folder.start();
    folder.remove('content-keys');
    const answer = await folder.ask('hi');
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      503,
      'capture_failed',
    ]);
    expect((await folder.recorded('captured'))[0]).toMatchObject({ failed: 'CONTENT_KEY_MISSING' });
  });
});
