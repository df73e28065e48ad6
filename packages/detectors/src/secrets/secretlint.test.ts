import { readFileSync } from 'node:fs';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { expect, test } from 'vitest';
import { subjectOf } from '../matches/fixtures/subject-of.ts';
import { secretsDetector } from './detector.ts';

/** What the other scanner calls each value of a case that we leave alone, and why we do; README.md tells more. */
const EXPLAINED = [
  { case: / as a placeholder$/, message: /./ },
  { case: /^url with a template$/, message: /^MySQLConnection$/ },
  { case: /^slack-token of the wrong length$/, message: /^SLACK_TOKEN$/ },
];

const OPTIONS = {
  noPhysicFilePath: true,
  config: {
    rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }],
  },
};

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): { name: string; parts: readonly string[] } => JSON.parse(line));
const subject = subjectOf(secretsDetector);

test('whatever secretlint finds in a case is found here too, but for what the README explains', async () => {
  const missed: string[] = [];
  let shared = 0;
  for (const { name, parts } of cases) {
    const content = parts.join('');
    const source = { content, filePath: '/case.txt', ext: '.txt', contentType: 'text' as const };
    const { messages } = await lintSource({ source, options: OPTIONS });
    const found = subject.inspect(content);
    for (const { messageId, range } of messages) {
      const ours = found.some(({ span }) => span.start < range[1] && range[0] < span.end);
      if (ours) shared++;
      else if (!EXPLAINED.some((why) => why.case.test(name) && why.message.test(messageId)))
        missed.push(`${messageId} in ${name}`);
    }
  }
  expect(missed).toEqual([]);
  expect(shared).toBeGreaterThan(30);
});
