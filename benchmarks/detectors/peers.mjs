/** The npm peers that run without a network: each as a function from a text to what it says of it. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** @typedef {import('./tasks.mjs').TaskName} TaskName */
/** `score` is 0..1, or 0 and 1 where the peer says no more; `hit` is what the peer itself calls a hit. */
/** @typedef {{ readonly score: number, readonly hit: boolean }} Verdict */
/** @typedef {(text: string) => Verdict | Promise<Verdict>} Judge */
/** @typedef {{ readonly name: string, readonly task: TaskName, readonly open: () => Promise<Judge> }} Peer */

export const PEERS_FOLDER = fileURLToPath(new URL('./peers/', import.meta.url));

/** @param {string} name */
async function load(name) {
  const inPeers = createRequire(new URL('./peers/package.json', import.meta.url));
  return import(pathToFileURL(inPeers.resolve(name)).href);
}

/** @param {string} name @param {string} file whose own exports map hides it */
async function loadFile(name, file) {
  return import(new URL(`./peers/node_modules/${name}/${file}`, import.meta.url).href);
}

/** @type {Promise<any> | undefined} */
let hai;

/**
 * As published, 1.12.0 starts workers from a path of the machine that built it, and their error ends the process that loaded
 * it. Its patterns don't need them; its mode `heuristic` does, and cannot run.
 */
function loadHai() {
  if (hai === undefined) {
    process.on('uncaughtException', (error) => {
      if (!('code' in error) || error.code !== 'MODULE_NOT_FOUND') throw error;
    });
    hai = loadFile('@presidio-dev/hai-guardrails', 'dist/index.js');
  }
  return hai;
}

/**
 * The guards of hai-guardrails pass what they redact, or say no and leave it, by mode: either is a hit.
 * @param {{ passed: boolean, modifiedMessage?: { content: string } }} verdict
 * @param {string} text
 */
const haiHit = ({ passed, modifiedMessage }, text) =>
  yesOrNo(!passed || (modifiedMessage !== undefined && modifiedMessage.content !== text));

/** @param {boolean} hit */
const yesOrNo = (hit) => ({ score: hit ? 1 : 0, hit });

const GUARDED = { roles: ['user'] };
/** @param {string} text */
const asMessages = (text) => [{ role: 'user', content: text }];

/** @type {readonly Peer[]} */
export const PEERS = [
  {
    name: '@andersmyrmel/vard (moderate)',
    task: 'injection',
    open: async () => {
      const { vard } = await loadFile('@andersmyrmel/vard', 'dist/index.js');
      const guard = vard.moderate().maxLength(10_000_000);
      return (text) => {
        const result = guard.safeParse(text);
        /** @type {number[]} */
        const severities = result.safe
          ? []
          : result.threats.map((/** @type {{severity: number}} */ one) => one.severity);
        return { score: Math.max(0, ...severities), hit: !result.safe };
      };
    },
  },
  {
    name: '@presidio-dev/hai-guardrails (pattern)',
    task: 'injection',
    open: async () => {
      const { injectionGuard } = await loadHai();
      const guard = injectionGuard(GUARDED, { mode: 'pattern', threshold: 0.5 });
      return async (text) => haiHit((await guard(asMessages(text), {}))[0], text);
    },
  },
  {
    name: 'llm_guardrail (injection or jailbreak)',
    task: 'injection',
    open: async () => {
      const { checkInjection, checkJailbreak } = await load('llm_guardrail');
      return async (text) => {
        const [injection, jailbreak] = [await checkInjection(text), await checkJailbreak(text)];
        return {
          score: Math.max(injection.confidence, jailbreak.confidence),
          hit: injection.detected || jailbreak.detected,
        };
      };
    },
  },
  {
    name: 'llmverify',
    task: 'injection',
    open: async () => {
      const { getInjectionRiskScore, isInputSafe } = await load('llmverify');
      return (text) => ({ score: getInjectionRiskScore(text), hit: !isInputSafe(text) });
    },
  },
  {
    name: 'llmverify',
    task: 'pii',
    open: async () => {
      const { containsPII, getPIIRiskScore } = await load('llmverify');
      return (text) => ({ score: getPIIRiskScore(text), hit: containsPII(text) });
    },
  },
  {
    name: '@openai/guardrails (no model)',
    task: 'pii',
    open: async () => {
      const { pii, PIIConfig } = await loadFile('@openai/guardrails', 'dist/checks/pii.js');
      const config = PIIConfig.parse({ block: true });
      return async (text) => yesOrNo((await pii(undefined, text, config)).tripwireTriggered);
    },
  },
  {
    name: '@presidio-dev/hai-guardrails',
    task: 'pii',
    open: async () => {
      const { piiGuard } = await loadHai();
      const guard = piiGuard({ ...GUARDED, mode: 'block' });
      return async (text) => haiHit((await guard(asMessages(text), {}))[0], text);
    },
  },
  {
    name: '@secretlint/core (recommended preset)',
    task: 'secrets',
    open: async () => {
      const { lintSource } = await load('@secretlint/core');
      const { creator } = await load('@secretlint/secretlint-rule-preset-recommend');
      const options = {
        config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] },
        noPhysicFilePath: true,
      };
      return async (content) => {
        const source = { filePath: 'text.txt', ext: '.txt', contentType: /** @type {const} */ ('text'), content };
        return yesOrNo((await lintSource({ source, options })).messages.length > 0);
      };
    },
  },
  {
    name: '@openai/guardrails (no model)',
    task: 'secrets',
    open: async () => {
      const { secretKeysCheck } = await loadFile('@openai/guardrails', 'dist/checks/secret-keys.js');
      return async (text) => yesOrNo((await secretKeysCheck({}, text, { threshold: 'balanced' })).tripwireTriggered);
    },
  },
  {
    name: '@presidio-dev/hai-guardrails',
    task: 'secrets',
    open: async () => {
      const { secretGuard } = await loadHai();
      const guard = secretGuard({ ...GUARDED, mode: 'block' });
      return async (text) => haiHit((await guard(asMessages(text), {}))[0], text);
    },
  },
];
