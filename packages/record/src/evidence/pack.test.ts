import {
  ACCESS_ACTIONS,
  ADMIN_OUTCOMES,
  APPROVAL_STEPS,
  CATEGORIES,
  CHECKPOINTS,
  EFFECTS,
  ERRORS,
  effectOf,
  RECORD_KINDS,
  TOOL_STEPS,
} from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { checkpointText, parseCheckpoint } from '../checkpoint.ts';
import { cosign } from '../cosignature.ts';
import { COSIGNATURE, verifierKey } from '../signed-note.ts';
import { MemoryPack } from '../testing/memory-files.ts';
import { MemoryRecordStore } from '../testing/memory-record-store.ts';
import { closed, opened } from '../testing/sample-records.ts';
import { ORIGIN, openLog, publicKey, signingKey, stranger } from '../testing/test-log.ts';
import type { StandingFacts } from './assess.ts';
import type { Evidence } from './evidence.ts';
import { builtInFrameworks, parseFramework, SETTINGS } from './framework.ts';
import { fileHash, MANIFEST_PATH, manifestNote, readManifest } from './manifest.ts';
import { leafPath, type PackParts, writePack } from './pack.ts';
import { evidenceHtml } from './report-html.ts';
import { type PackChecks, verifyPack } from './verify-pack.ts';

const key = verifierKey(ORIGIN, publicKey);
const PERIOD = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };

const FACTS: StandingFacts = {
  findingTypes: ['email'],
  probes: CHECKPOINTS.flatMap((point) =>
    CATEGORIES.map((category) => ({
      point,
      category,
      effect: category === 'injection' ? ('block' as const) : ('allow' as const),
      policies: category === 'injection' ? ['stop-injection'] : [],
      monitored: category === 'secrets' ? ['watch-secrets'] : [],
    })),
  ),
  detectors: [{ id: 'prompt-injection', version: '3', off: [] }],
  settings: Object.fromEntries(
    SETTINGS.map((id) => [id, { holds: id === 'audit-strict', says: `${id}: <as> it is` }]),
  ) as StandingFacts['settings'],
};

const OWN = 'forbid (principal, action, resource);\n';
/** Of the sample records too. */
const POLICY_SET = '1'.repeat(64);

/** Checks a pack whose one policy is known. */
function checked(pack: MemoryPack, checks: Pick<PackChecks, 'log' | 'witnesses' | 'kept'>) {
  return verifyPack(pack, {
    ...checks,
    policiesHold: ({ files, policySet, facts }) =>
      files.get('guard/own.cedar') === OWN && policySet === POLICY_SET && facts.findingTypes.includes('email'),
  });
}

const FRAMEWORK = parseFramework(
  JSON.stringify({
    id: 'own',
    version: '1',
    title: 'Our <own> rules',
    publisher: 'us',
    source: 'written here',
    controls: [
      {
        id: 'A1',
        title: 'Injection',
        verified: true,
        speaks: [
          {
            says: 'It is stopped',
            probes: { points: ['input'], categories: ['injection', 'secrets'] },
            detectors: ['prompt-injection'],
          },
          { says: 'It is recorded', settings: ['audit-strict'], figures: ['records.opened', 'redacted.personal-data'] },
        ],
        notCovered: ['what nobody thought of'],
      },
      { id: 'A2', title: 'Nothing', verified: false, speaks: [], notCovered: ['all of it'] },
      {
        id: 'A3',
        title: 'Detectors',
        verified: true,
        speaks: [{ says: 'There is one', detectors: ['no-such-detector'] }],
        notCovered: ['the rest'],
      },
    ],
  }),
  'own.json',
);

async function storeOf(exchanges: number): Promise<MemoryRecordStore> {
  const store = new MemoryRecordStore();
  const log = await openLog(store);
  for (let n = 0; n < exchanges; n += 1) {
    await log.append(opened(`exchange-${n}`));
    await log.append(closed(`exchange-${n}`));
  }
  await log.close();
  return store;
}

async function packOf(store: MemoryRecordStore, parts: Partial<PackParts> & { readonly whole?: boolean } = {}) {
  const pack = new MemoryPack();
  const evidence = await writePack({
    framework: FRAMEWORK,
    facts: FACTS,
    policies: new Map([['guard/own.cedar', OWN]]),
    policySet: POLICY_SET,
    reader: store,
    verified: true,
    signingKey,
    publicKey,
    period: PERIOD,
    createdAt: '2026-02-01T00:00:01.000Z',
    version: '0.1.0',
    files: pack.files,
    ...(parts.whole !== false && { log: pack.log }),
    ...parts,
  });
  return { pack, evidence };
}

/** Signs what is in the pack now, as a gateway would that lies. */
function signAgain(pack: MemoryPack, signer = signingKey, as = key): void {
  const entries = new Map<string, string>();
  for (const [path, bytes] of pack.files.map) if (path !== MANIFEST_PATH) entries.set(path, fileHash(bytes));
  pack.files.map.set(MANIFEST_PATH, Buffer.from(manifestNote(entries, as, signer)));
}

function change(pack: MemoryPack, edit: (evidence: { -readonly [K in keyof Evidence]: Evidence[K] }) => void): void {
  const evidence = JSON.parse(Buffer.from(pack.files.map.get('evidence.json') ?? []).toString('utf8'));
  edit(evidence);
  pack.files.map.set('evidence.json', Buffer.from(JSON.stringify(evidence)));
}

const store = await storeOf(300);
const { pack: good, evidence } = await packOf(store);

describe('a pack of evidence', () => {
  it('says what holds, what holds in part, what does not, and what nothing speaks for', () => {
    const [a1, a2, a3] = evidence.framework.controls;
    expect(a1?.holding).toBe('partly');
    expect(a1?.speaks[0]).toMatchObject({
      holding: 'partly',
      probes: {
        asked: 2,
        met: 1,
        policies: ['stop-injection'],
        unmet: [{ point: 'input', category: 'secrets', monitored: true }],
      },
      detectors: [{ id: 'prompt-injection', version: '3', holds: true }],
    });
    expect(a1?.speaks[1]).toMatchObject({
      holding: 'holds',
      figures: { 'records.opened': 300, 'redacted.personal-data': 300 },
      examples: [594, 596, 598],
    });
    expect(a2).toMatchObject({ holding: 'lacking', verified: false });
    expect(a3).toMatchObject({ holding: 'lacking' });
    expect(evidence.period).toMatchObject({ records: 600, inspectedChars: 24_000, policySets: ['0'.repeat(64)] });
    expect(evidence.period.policies).toEqual({ 'redact-personal-data': 300 });
  });

  it('is checked without the gateway: every file, every example, the whole log, every figure', async () => {
    const report = await checked(good, { log: key });
    expect(report).toMatchObject({ ok: true, problems: [], proven: 3, recounted: 600 });
    expect(report.files).toBe(7 + 2 * 3);
  });

  it('counts only what lies in the period', async () => {
    const { evidence: none } = await packOf(store, {
      period: { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' },
    });
    expect(none.period).toMatchObject({ records: 0, figures: {} });
    expect(none.examples).toEqual([]);
  });

  it('counts an erasure that is only stated again apart from erasures', async () => {
    const erased = new MemoryRecordStore();
    const log = await openLog(erased);
    const step = {
      v: 1,
      kind: 'shred',
      exchange: 'content',
      at: PERIOD.from,
      generations: 1,
      reason: 'request',
    } as const;
    const shred = { ...step, subject: { kind: 'user', id: 'u' }, by: { id: 'ann', via: 'terminal' } } as const;
    await log.append(shred);
    for (const again of [7, 8]) await log.append({ ...shred, again });
    await log.close();
    const { pack, evidence: counted } = await packOf(erased);
    expect(counted.period.figures).toEqual({ 'records.shred': 1, 'records.shred-again': 2 });
    expect(await checked(pack, { log: key })).toMatchObject({ ok: true, recounted: 3 });
  });

  it('counts what operators did, what they were refused and what was only counted, apart from faults of callers', async () => {
    const withOperators = new MemoryRecordStore();
    const log = await openLog(withOperators);
    const operator = { id: 'ann', roles: ['operator'], by: 'token' } as const;
    const step = { v: 1, kind: 'admin', at: PERIOD.from, targets: [] } as const;
    const refused = { ...step, outcome: 'refused', fault: 'KEY_INVALID', action: '' } as const;
    await log.append({ ...step, exchange: 'a', operator, action: 'keys.create', targets: ['bot'], outcome: 'done' });
    await log.append({ ...refused, exchange: 'b' });
    await log.append({ ...refused, exchange: 'c', suppressed: 50 });
    await log.close();
    const { pack, evidence: counted } = await packOf(withOperators);
    expect(counted.period.figures).toEqual({ 'admin.done': 1, 'admin.refused': 52, 'records.admin': 3 });
    expect(await checked(pack, { log: key })).toMatchObject({ ok: true, recounted: 3 });
  });

  it('escapes whatever is shown, and loads nothing', () => {
    const html = Buffer.from(good.files.map.get('index.html') ?? []).toString('utf8');
    expect(html).toContain('Our &lt;own&gt; rules');
    expect(html).toContain('audit-strict: &lt;as&gt; it is');
    expect(html).not.toMatch(/<script|src=|href=|url\(/);
    expect(html).toContain('default-src &#39;none&#39;');
    expect(html).toContain('what nobody thought of');
  });

  it('finds any file that was changed, removed or added', async () => {
    for (const path of good.files.map.keys()) {
      const changed = good.copy();
      const bytes = Buffer.from(changed.files.map.get(path) ?? []);
      bytes.writeUInt8((bytes.at(-2) ?? 0) ^ 1, bytes.length - 2);
      changed.files.map.set(path, bytes);
      expect((await checked(changed, { log: key })).ok, `${path} changed`).toBe(false);
      const removed = good.copy();
      removed.files.map.delete(path);
      expect((await checked(removed, { log: key })).ok, `${path} removed`).toBe(false);
    }
    const added = good.copy();
    added.files.map.set('policies/access/more.cedar', Buffer.from('permit (principal, action, resource);'));
    expect((await checked(added, { log: key })).problems).toEqual([
      { kind: 'file-added', path: 'policies/access/more.cedar' },
    ]);
  });

  it('finds any file of the log that was changed or removed', async () => {
    for (const path of [...good.log.map.keys()].filter((each) => each.includes('entries'))) {
      const changed = good.copy();
      const bytes = Buffer.from(changed.log.map.get(path) ?? []);
      bytes.writeUInt8((bytes.at(100) ?? 0) ^ 1, 100);
      changed.log.map.set(path, bytes);
      expect((await checked(changed, { log: key })).ok, path).toBe(false);
      const removed = good.copy();
      removed.log.map.delete(path);
      const report = await checked(removed, { log: key });
      expect(report.problems[0]?.kind, path).toBe('log-missing');
    }
  });

  it('is nothing without the signature of the log that it is of', async () => {
    const { publicKey: otherKey, privateKey: otherSigner } = stranger;
    const other = verifierKey(ORIGIN, otherKey);
    const forged = good.copy();
    signAgain(forged, otherSigner, other);
    expect((await checked(forged, { log: key })).problems).toEqual([{ kind: 'manifest-unsigned' }]);
    // It fits itself, but no leaf of it is in a log that the stranger signed.
    const { problems } = await checked(forged, { log: other });
    expect(problems).toContainEqual({ kind: 'checkpoint-wrong' });
    expect(problems).toContainEqual({ kind: 'leaf-unproven', index: 598 });
  });

  it('finds what the gateway itself states wrongly', async () => {
    const counted = good.copy();
    change(counted, (edited) => {
      edited.period = { ...edited.period, figures: { ...edited.period.figures, 'records.opened': 299 } };
    });
    signAgain(counted);
    expect((await checked(counted, { log: key })).problems).toContainEqual({ kind: 'figures-wrong' });

    const shorter = good.copy();
    change(shorter, (edited) => {
      edited.log = { ...edited.log, size: 598 };
    });
    signAgain(shorter);
    expect((await checked(shorter, { log: key })).problems.map(({ kind }) => kind)).toContain('checkpoint-wrong');

    const swapped = good.copy();
    swapped.files.map.set(leafPath(598), good.files.map.get(leafPath(596)) ?? Buffer.alloc(0));
    signAgain(swapped);
    expect((await checked(swapped, { log: key })).problems).toEqual([{ kind: 'leaf-unproven', index: 598 }]);
  });

  it('is held against one head while the log grows', async () => {
    const growing = await storeOf(2);
    const older = growing.head();
    const log = await openLog(growing);
    await log.append(opened('later'));
    await log.close();
    let asked = 0;
    const reader = new Proxy(growing, {
      get: (target, name) => {
        if (name === 'head') return () => (asked++ === 0 ? older : target.head());
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { pack, evidence: made } = await packOf(growing, { reader });
    expect(await checked(pack, { log: key })).toMatchObject({ ok: true, problems: [], recounted: made.log.size });
  });

  it('finds a page, an assessment, a framework, facts or policies that the gateway itself changed', async () => {
    const restated = async (edit: (pack: MemoryPack) => void) => {
      const pack = good.copy();
      edit(pack);
      signAgain(pack);
      return (await checked(pack, { log: key })).problems;
    };
    const replace = (pack: MemoryPack, path: string, [from, to]: readonly [string, string]) => {
      const text = Buffer.from(pack.files.map.get(path) ?? []).toString('utf8');
      expect(text).toContain(from);
      pack.files.map.set(path, Buffer.from(text.replaceAll(from, to)));
    };
    expect(await restated((pack) => replace(pack, 'index.html', ['records.opened 300', 'records.opened 900']))).toEqual(
      [{ kind: 'report-differs' }],
    );
    // Both alike, so that the page fits.
    for (const [from, to] of [
      ['"records.opened": 300', '"records.opened": 301'],
      ['what nobody thought of', 'nothing'],
      ['"holding": "lacking"', '"holding": "holds"'],
    ] as const) {
      const problems = await restated((pack) => {
        const [whole, part] = [pack.files.map.get('evidence.json'), 'evidence.json'];
        replace(pack, part, [from, to]);
        const edited = JSON.parse(Buffer.from(pack.files.map.get(part) ?? []).toString('utf8')) as Evidence;
        const { period } = JSON.parse(Buffer.from(whole ?? []).toString('utf8')) as Evidence;
        const lie = { ...edited, period };
        pack.files.map.set(part, Buffer.from(JSON.stringify(lie)));
        pack.files.map.set('index.html', Buffer.from(evidenceHtml(lie)));
      });
      expect(problems, to).toEqual([{ kind: 'assessment-differs' }]);
    }
    expect(await restated((pack) => replace(pack, 'framework.json', ['Our <own> rules', 'Other rules']))).toEqual([
      { kind: 'assessment-differs' },
    ]);
    expect(await restated((pack) => replace(pack, 'facts.json', ['"block"', '"allow"']))).toEqual([
      { kind: 'assessment-differs' },
    ]);
    expect(await restated((pack) => replace(pack, 'policies/guard/own.cedar', ['forbid', 'permit']))).toEqual([
      { kind: 'policies-differ' },
    ]);
    expect(await restated((pack) => pack.files.map.delete('facts.json'))).toEqual([
      { kind: 'policies-differ' },
      { kind: 'assessment-differs' },
    ]);
  });

  it('finds a framework of the product that lost a control, though all else fits', async () => {
    const [known] = builtInFrameworks();
    if (known === undefined) throw new Error('there is no framework');
    const facts = { ...FACTS, settings: FACTS.settings };
    const { pack: whole } = await packOf(store, { framework: known, facts });
    expect((await checked(whole, { log: key })).problems).toEqual([]);
    const { pack: less } = await packOf(store, { framework: { ...known, controls: known.controls.slice(1) }, facts });
    expect((await checked(less, { log: key })).problems).toEqual([
      { kind: 'framework-differs', framework: `${known.id}:${known.version}` },
    ]);
  });

  it('finds that another set of policies was in force, when it is made and when it is checked', async () => {
    const seen = await storeOf(1);
    const log = await openLog(seen);
    const base = { v: 1, kind: 'policy-set', exchange: 'set', at: '2026-01-01T00:00:00.000Z' } as const;
    await log.append({ ...base, cause: 'start', policySet: POLICY_SET, enforced: 1, monitored: 0 });
    await log.close();
    const { pack } = await packOf(seen);
    expect((await checked(pack, { log: key })).problems).toEqual([]);
    await expect(packOf(seen, { policySet: '2'.repeat(64) })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    change(pack, (edited) => {
      edited.policySet = '2'.repeat(64);
    });
    signAgain(pack);
    const { problems } = await checked(pack, { log: key });
    expect(problems).toContainEqual({ kind: 'policies-not-in-force' });
    expect(problems).toContainEqual({ kind: 'policies-differ' });
  });

  it('finds a log of another past, or one set back, by a checkpoint that was kept', async () => {
    const headOf = (of: MemoryRecordStore, signer = publicKey) => {
      const head = of.head();
      const checkpoint = head && parseCheckpoint(checkpointText(head, signer));
      if (checkpoint === undefined) throw new Error('the log has no head');
      return checkpoint;
    };
    const kept = headOf(await storeOf(3));
    expect((await checked(good, { log: key, kept: [kept, headOf(store)] })).problems).toEqual([]);
    const other = new MemoryRecordStore();
    const log = await openLog(other);
    await log.append(opened('another past'));
    await log.close();
    expect((await checked(good, { log: key, kept: [headOf(other)] })).problems).toEqual([{ kind: 'forked', size: 1 }]);
    const { pack: short } = await packOf(await storeOf(2));
    expect((await checked(short, { log: key, kept: [kept] })).problems).toEqual([
      { kind: 'rolled-back', from: 4, to: 6 },
    ]);
    const { publicKey: strange } = stranger;
    expect((await checked(good, { log: verifierKey(ORIGIN, strange), kept: [kept] })).ok).toBe(false);
    expect((await checked(good, { log: key, kept: [{ ...kept, origin: 'other' }] })).problems).toEqual([
      { kind: 'head-unsigned', size: 6 },
    ]);
  });

  it('says how many records were in the archive, since no figure counts them', async () => {
    const seen = await storeOf(300);
    await seen.drop(256);
    const { pack, evidence: made } = await packOf(seen, { whole: false });
    expect(made).toMatchObject({ log: { size: 600, archived: 256 }, period: { records: 344 } });
    const html = Buffer.from(pack.files.map.get('index.html') ?? []).toString('utf8');
    expect(html).toContain('the first 256 of them are in the archive and were not counted');
    expect((await checked(pack, { log: key })).problems).toEqual([]);
  });

  it('asks for witnesses where it is told to', async () => {
    const { publicKey: witnessKey, privateKey } = stranger;
    const witness = verifierKey('witness.example/w1', witnessKey, COSIGNATURE);
    expect((await checked(good, { log: key, witnesses: [witness] })).problems).toEqual([
      { kind: 'not-witnessed', witness: 'witness.example/w1' },
    ]);
    const seen = await storeOf(2);
    const head = seen.head();
    if (head === undefined) throw new Error('the log has no head');
    const text = `${head.origin}\n${head.size}\n${head.root}\n${head.at}\n`;
    seen.savedCosignatures = [
      {
        size: head.size,
        witness: witness.name,
        line: cosign(text, { key: witness, signingKey: privateKey, timeS: 1 }),
      },
    ];
    const { pack } = await packOf(seen);
    expect(await checked(pack, { log: key, witnesses: [witness] })).toMatchObject({ ok: true });
  });

  it('holds examples alone where the log stays at home, and is cut off without a manifest', async () => {
    const { pack, evidence: lean } = await packOf(store, { whole: false });
    expect(lean.wholeLog).toBe(false);
    expect(pack.log.map.size).toBe(0);
    expect(await checked(pack, { log: key })).toMatchObject({ ok: true, recounted: 0, proven: 3 });

    const cut = new MemoryPack();
    cut.files.write = async (path) => {
      if (path === MANIFEST_PATH) throw new Error('no room');
    };
    await expect(packOf(store, { files: cut.files })).rejects.toThrow('no room');
    expect((await checked(cut, { log: key })).problems).toEqual([{ kind: 'manifest-unsigned' }]);
  });

  it('is not made of a log that has no head', async () => {
    await expect(packOf(new MemoryRecordStore())).rejects.toThrow(/no such thing/);
  });

  it('survives whatever stands where the evidence should', async () => {
    for (const text of [
      '',
      'null',
      '[]',
      '{}',
      '{"v":1}',
      '{"v":1,"log":{},"period":{},"examples":[-1],"wholeLog":true}',
    ]) {
      const broken = good.copy();
      broken.files.map.set('evidence.json', Buffer.from(text));
      signAgain(broken);
      expect((await checked(broken, { log: key })).problems, text).toEqual([{ kind: 'evidence-unreadable' }]);
    }
  });
});

describe('readManifest()', () => {
  it('takes no path that climbs, is absolute, or stands there twice', () => {
    const digest = '0'.repeat(64);
    for (const path of ['../x', 'a/../../x', '/etc/passwd', 'a b', '']) {
      expect(readManifest(manifestNote(new Map([[path, digest]]), key, signingKey), key), path).toBeUndefined();
    }
    expect(readManifest(manifestNote(new Map([['a/b.json', digest]]), key, signingKey), key)?.size).toBe(1);
  });

  it('takes as many files as the largest set of policies and all examples have', () => {
    const paths = Array.from({ length: 1_300 }, (_, n) => `policies/access/${`${n}`.padStart(80, 'p')}`);
    const entries = new Map(paths.map((path) => [path, '0'.repeat(64)]));
    expect(readManifest(manifestNote(entries, key, signingKey), key)?.size).toBe(1_300);
  });
});

describe('the frameworks that come with the product', () => {
  const all = builtInFrameworks();

  it('are three, each control says what is not covered, and ids that nobody read are marked', () => {
    expect(all.map(({ id, version }) => `${id}:${version}`)).toEqual([
      'eu-ai-act:2024-1689',
      'owasp-agentic:2026',
      'owasp-llm:2026',
    ]);
    for (const { controls } of all) for (const { notCovered } of controls) expect(notCovered.length).toBeGreaterThan(0);
    const unverified = all.flatMap(({ controls }) => controls.filter(({ verified }) => !verified).map(({ id }) => id));
    expect(unverified).toEqual([
      ...['Art.9', 'Art.10', 'Art.13', 'Art.14', 'Art.15'],
      ...['Art.26(5)', 'Art.26(6)', 'Art.50', 'Art.72', 'Art.73'],
    ]);
  });

  it('name the ten entries of each list', () => {
    const ids = (id: string) => all.find((framework) => framework.id === id)?.controls.map((control) => control.id);
    const ten = Array.from({ length: 10 }, (_, n) => String(n + 1).padStart(2, '0'));
    expect(ids('owasp-llm')).toEqual(ten.map((n) => `LLM${n}`));
    expect(ids('owasp-agentic')).toEqual(ten.map((n) => `ASI${n}`));
  });

  it('count only what is counted', () => {
    const names = all.flatMap(({ controls }) =>
      controls.flatMap(({ speaks }) => speaks.flatMap(({ figures }) => figures)),
    );
    const counted: Readonly<Record<string, readonly string[]>> = {
      found: CATEGORIES,
      stopped: CATEGORIES,
      redacted: CATEGORIES,
      flagged: CATEGORIES,
      records: RECORD_KINDS,
      effects: EFFECTS,
      denied: ACCESS_ACTIONS,
      faults: Object.keys(ERRORS),
      approvals: APPROVAL_STEPS,
      tools: TOOL_STEPS,
      admin: ADMIN_OUTCOMES,
    };
    for (const name of new Set(names)) {
      const [group = '', of = ''] = name.split('.');
      if (group === 'outcomes') expect(of).toMatch(/^\w/);
      else expect(counted[group], name).toContain(of);
    }
    expect(effectOf({ verdict: 'allow', flags: [], redact: [0] })).toBe('redact');
  });

  it('let what operators did speak for controls, however little they did', () => {
    const speaks = all.flatMap(({ controls }) =>
      controls.flatMap((control) => control.speaks.map((each) => ({ id: control.id, ...each }))),
    );
    const withOperators = speaks.filter(({ figures }) => figures.includes('records.admin'));
    expect(withOperators.map(({ id }) => id)).toEqual(['Art.12(2)', 'Art.15', 'ASI03', 'LLM02', 'LLM03']);
    for (const { settings } of withOperators) expect(settings).toEqual(['audit-strict']);
  });

  it('are refused where they are none, with the place', () => {
    expect(() => parseFramework('{', 'x.json')).toThrow(/configuration is not valid/);
    for (const json of [
      '{}',
      JSON.stringify({ ...FRAMEWORK, controls: [FRAMEWORK.controls[0], FRAMEWORK.controls[0]] }),
    ]) {
      expect(() => parseFramework(json, 'x.json')).toThrow();
    }
  });
});
