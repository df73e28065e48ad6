/**
 * Measures what is found in whole conversations and writes docs/reference/conversations.md.
 * `node scripts/conversations.mjs <data folder>`; the folder holds `agent/other`, `agent/taubench` and `text/dev` as JSON lines, gzip.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ensureBuilt } from './compile.mjs';
import { ROOT, requireNode, runNode } from './workspace.mjs';

/** @typedef {{ role: string, content: string }} Message */
/** @typedef {{ id: string, source: string, label: 'attack' | 'benign', group: string, messages: readonly Message[] }} Conversation */
/** @typedef {Omit<Conversation, 'group'> & { subject?: string }} Talk */
/** @typedef {{ count: number, of: number, share: number | null, interval: readonly [number, number] | null }} Share */
/**
 * @typedef {object} Metrics
 * @property {string} source
 * @property {number} attacks
 * @property {number} benign
 * @property {number} single
 * @property {number | null} auc
 * @property {Share} recall
 * @property {Share} falsePositives
 * @property {Share} early
 * @property {number | null} medianTurn
 * @property {Record<string, number>} types
 */
/** @typedef {{ threshold: number, detectors: string, sources: readonly Metrics[], total: Metrics }} Figures */

const PAGE = path.join(ROOT, 'docs/reference/conversations.md');
/** Texts of a composed conversation. */
const COMPOSED = 5;
/** A text that more conversations share is a turn of phrase, not a sign that they are one. */
const SHARED_MAX = 8;
const STARTER_THRESHOLD = 0.5;
const AGENTS = ['tau_fewshot', 'tau_airline'];

/**
 * @param {string} file
 * @returns {readonly any[]}
 */
function rowsOf(file) {
  const text = gunzipSync(readFileSync(file)).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** @param {string} text */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** @param {readonly string[]} texts */
const asUser = (texts) => texts.map((content) => ({ role: 'user', content }));

/**
 * @param {string} data
 * @returns {readonly Conversation[]}
 */
function attacksIn(data) {
  const other = (/** @type {string} */ name) => rowsOf(path.join(data, 'agent/other', `${name}.jsonl.gz`));
  const turned = (/** @type {string} */ source, /** @type {(row: any) => Pick<Talk, 'subject'>} */ about) =>
    other(source).map((row) => ({
      id: row.id,
      source,
      label: /** @type {const} */ ('attack'),
      messages: asUser(row.turns),
      ...about(row),
    }));
  /** @type {Map<string, any[]>} */
  const files = new Map();
  for (const row of other('multi_turn_jailbreaks')) files.set(row.file, [...(files.get(row.file) ?? []), row]);
  const played = [...files].map(([file, rows]) => ({
    id: file,
    source: 'multi_turn_jailbreaks',
    label: /** @type {const} */ ('attack'),
    group: `mtj${rows.find(({ task }) => task !== undefined)?.test_case}`,
    messages: rows
      .filter(({ user }) => user !== undefined)
      .sort((a, b) => a.round - b.round)
      .flatMap(({ user, assistant }) => [
        { role: 'user', content: user },
        { role: 'assistant', content: assistant ?? '' },
      ]),
  }));
  const texts = [
    ...turned('safe_mt_multi_turn', ({ category }) => ({ subject: category })),
    ...turned('safedialbench', () => ({})),
  ];
  return [...joinedByTexts(texts), ...played];
}

/** Letters, digits and marks; of scripts without spaces each character. */
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}])[\p{L}\p{M}\p{N}])+/gu;

/** @param {string} text */
function wordsIn(text) {
  const words = text.normalize('NFKC').toLowerCase().match(WORD) ?? [];
  return words.map((word) => (/^\d+$/.test(word) ? '0' : word)).join(' ');
}

/**
 * Conversations that share a text, or a subject, are one group.
 * @param {readonly Talk[]} talks
 * @returns {readonly Conversation[]}
 */
function joinedByTexts(talks) {
  /** @type {Map<string, string>} */
  const parents = new Map();
  const rootOf = (/** @type {string} */ name) => {
    let root = name;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
    return root;
  };
  const join = (/** @type {string} */ a, /** @type {string} */ b) => {
    const [first, second] = [rootOf(a), rootOf(b)];
    if (first !== second) parents.set(first, second);
  };
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const { id, messages } of talks) {
    for (const { content } of messages) {
      const words = wordsIn(content);
      byText.set(words, [...(byText.get(words) ?? []), id]);
    }
  }
  for (const [first, ...others] of byText.values()) {
    if (first !== undefined && others.length < SHARED_MAX) for (const other of others) join(first, other);
  }
  /** @type {Map<string, string>} */
  const bySubject = new Map();
  for (const { id, subject } of talks) {
    if (subject === undefined) continue;
    const last = bySubject.get(subject);
    if (last !== undefined) join(id, last);
    bySubject.set(subject, id);
  }
  return talks.map(({ subject: _, ...one }) => ({ ...one, group: rootOf(one.id) }));
}

/**
 * @param {string} data
 * @returns {readonly Conversation[]}
 */
function agentsIn(data) {
  const shown = rowsOf(path.join(data, 'agent/other/tau_benign_trajectories.jsonl.gz')).filter(
    ({ messages_display: text }) => text !== undefined,
  );
  const fewShot = shown.map(({ messages_display: text }, at) => {
    const messages = text.split(/\n(?=(?:user|assistant|tool|system): )/).map((/** @type {string} */ said) => {
      const colon = said.indexOf(':');
      const content = said.slice(colon + 1).replace(/^ /, '');
      return { role: said.slice(0, colon), content: content === 'None' ? '' : content };
    });
    const group = `tf${messages[0]?.content}`;
    return { id: `tau-${at}`, source: 'tau_fewshot', label: /** @type {const} */ ('benign'), group, messages };
  });
  const airline = rowsOf(path.join(data, 'agent/taubench/gpt-4o-airline.jsonl.gz')).map((row) => ({
    id: row.id,
    source: 'tau_airline',
    label: /** @type {const} */ ('benign'),
    group: `ta${row.task_id}`,
    messages: row.messages.map((/** @type {any} */ { role, content }) => ({ role, content: content ?? '' })),
  }));
  return [...fewShot, ...airline];
}

/**
 * Single prompts of people, five of one set in a row: no real conversations, but of many subjects.
 * @param {string} data
 * @returns {readonly Conversation[]}
 */
function composedIn(data) {
  const sets = {
    alpaca: 'alpaca_eval',
    wizard: 'wizardlm_test',
    mtbench: 'mtbench',
    moderation: 'openai_moderation',
    css_zh: 'cssbench',
    indomain: '_indomain',
  };
  return Object.entries(sets).flatMap(([name, set]) => {
    const rows = rowsOf(path.join(data, 'text/dev', `${set}.jsonl.gz`))
      .filter(({ label, kind }) => label === 'benign' && ['benign_chat', 'benign_hard'].includes(kind))
      .sort((a, b) => hashOf(a.id) - hashOf(b.id));
    return Array.from({ length: Math.floor(rows.length / COMPOSED) }, (_, at) => ({
      id: `${set}-${at}`,
      source: `composed: ${set.replace(/^_/, '')}`,
      label: /** @type {const} */ ('benign'),
      group: `c${name}${at * COMPOSED}`,
      messages: asUser(rows.slice(at * COMPOSED, (at + 1) * COMPOSED).map(({ text }) => text)),
    }));
  });
}

/**
 * @param {string} folder
 * @param {readonly Conversation[]} conversations
 * @param {number} [threshold]
 * @returns {Promise<Figures>}
 */
async function measured(folder, conversations, threshold) {
  const file = path.join(folder, 'conversations.jsonl');
  writeFileSync(file, conversations.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const cli = path.join(ROOT, 'packages/cli/bin/sallyport.js');
  const given = threshold === undefined ? [] : ['--threshold', String(threshold)];
  const ran = await runNode([cli, 'eval', 'conversations', file, '--json', ...given], { cwd: folder, quiet: true });
  if (ran.code !== 0) throw new Error(`eval conversations ended with ${ran.code}: ${ran.output}`);
  return JSON.parse(ran.output.slice(ran.output.indexOf('{')));
}

/** @param {Share} share */
const percent = ({ share }) => (share === null ? '-' : `${(share * 100).toFixed(1)} %`);
/** @param {Share} share */
function bounded(share) {
  if (share.interval === null) return '-';
  return `${percent(share)} (${share.interval.map((bound) => (bound * 100).toFixed(1)).join('-')})`;
}

/** @param {Figures} figures */
function tableOf({ sources, total }) {
  const titles = ['source', 'attacks', 'benign', 'found', 'flagged, false', 'found by the second turn', 'median turn'];
  const rows = [...sources, { ...total, source: '**all**' }].map((one) => [
    one.source,
    String(one.attacks),
    String(one.benign),
    bounded(one.recall),
    bounded(one.falsePositives),
    percent(one.early),
    one.medianTurn === null ? '-' : String(one.medianTurn),
  ]);
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/**
 * @param {string} data
 * @param {string} folder
 */
async function pageOf(data, folder) {
  const [attacks, agents, composed] = [attacksIn(data), agentsIn(data), composedIn(data)];
  const all = [...attacks, ...agents, ...composed];
  const isTuned = (/** @type {Conversation} */ { group }) => hashOf(`split${group}`) % 2 === 0;
  const tuned = all.filter(isTuned);
  const held = all.filter((one) => !isTuned(one));
  const isAgents = (/** @type {Conversation} */ { source }) => AGENTS.includes(source);
  /** @type {(half: readonly Conversation[], counts: (one: Conversation) => boolean) => Promise<Figures>} */
  const chosenOn = (half, counts) =>
    measured(
      folder,
      half.filter((one) => one.label === 'attack' || counts(one)),
    );
  const isComposed = (/** @type {Conversation} */ one) => !isAgents(one);
  const sections = [];
  let detectors = '';
  for (const { title, counts } of [
    { title: "At 1 % of agents' conversations", counts: isAgents },
    { title: 'At 1 % of composed conversations', counts: isComposed },
    { title: 'Where the starter policy flags', counts: undefined },
  ]) {
    const on = counts === undefined ? undefined : await chosenOn(tuned, counts);
    const here = counts === undefined ? undefined : await chosenOn(held, counts);
    const figures = await measured(folder, held, on?.threshold ?? STARTER_THRESHOLD);
    detectors = figures.detectors;
    sections.push(sectionOf({ title, figures, on, here }));
  }
  return `${head({ attacks, agents, composed, held, detectors })}\n${sections.join('\n')}`;
}

/** @param {{ title: string, figures: Figures, on: Figures | undefined, here: Figures | undefined }} section */
function sectionOf({ title, figures, on, here }) {
  const types = Object.entries(figures.total.types)
    .sort(([, a], [, b]) => b - a)
    .map(([type, count]) => `${type} ${count}`)
    .join(', ');
  const lines = [`Threshold ${figures.threshold.toFixed(3)}. Found, by the highest finding: ${types}.`];
  if (on !== undefined) {
    const { count, of } = on.total.falsePositives;
    lines.push(`Chosen on the first half, where ${count} of ${of} benign conversations reach it.`);
  }
  if (here !== undefined) {
    const { total, threshold } = here;
    lines.push(
      `Chosen on the second half itself, which flatters, it would be ${threshold.toFixed(3)}: ${bounded(total.recall)} found, ` +
        `${bounded(total.falsePositives)} flagged falsely.`,
    );
  }
  return `## ${title}\n\n${lines.join('\n')}\n\n${tableOf(figures)}\n`;
}

/** @param {{ attacks: readonly Conversation[], agents: readonly Conversation[], composed: readonly Conversation[], held: readonly Conversation[], detectors: string }} parts */
function head({ attacks, agents, composed, held, detectors }) {
  return `# Conversations, measured

<!-- Written by scripts/conversations.mjs from \`sallyport eval conversations --json\`. -->

What the detector \`multi-turn\` finds in whole conversations: \`node scripts/conversations.mjs <data folder>\`. The sets are not
part of this repository. A conversation is played turn by turn; it is found when the score after any turn reaches the threshold.

- **Three parts.** The models inside were trained on single texts alone, none of them from these sets. The constants and
  thresholds were chosen on one half of the conversations below; **all tables are of the other half** (${held.length} of
  ${attacks.length + agents.length + composed.length}). Conversations that share a text or a subject stand in the same half;
  ways of writing of one set (\`Format above content to ...\`) stand in both, and were kept out of the lists of phrases. Scores of a
  first model, since replaced, were once looked at over both halves. The tables of the held-out half were seen four times while the
  code still changed, each time for another reason; choices were made on the tuning half.
- **Attacks** (${attacks.length}): \`safe_mt_multi_turn\` and \`safedialbench\` lead from a harmless question to harmful content
  and hold the user's turns only; \`multi_turn_jailbreaks\` are an attacker model's talks with target models. English, with a few Chinese ones.
- **Benign** (${agents.length} + ${composed.length}): talks of customers with agents of a shop and an airline, and composed ones: five single prompts of
  one set in a row. The agents' talk is **of another domain** than the attacks: a detector that only tells subjects apart does well
  there. The composed ones have many subjects, grave ones too (\`openai_moderation\`), but no thread. What is missing is
  a set of real, innocent talks about crime, drugs and hatred: on those more would be flagged than any figure here says.
- **Found by the second turn**: these attacks are told by their subject, there is hardly a course to see. No first turn alone can be
  an escalation.
- In brackets: 95 % Wilson intervals, in percent. Conversations of one turn are none yet and count nowhere; recorded agent runs with one user
  turn (\`agentdojo\`, \`toolbench\`) are therefore left out. They can be flagged for made-up turns and split payloads only.

Detectors \`${detectors.slice(0, 12)}\`.
`;
}

/** @param {string} data */
async function main(data) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-conversations-'));
  try {
    writeFileSync(PAGE, await pageOf(data, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

requireNode();
const [data] = process.argv.slice(2);
if (data === undefined) {
  process.stderr.write('usage: node scripts/conversations.mjs <data folder>\n');
  process.exitCode = 1;
} else if (await ensureBuilt()) await main(path.resolve(data));
else process.exitCode = 1;
