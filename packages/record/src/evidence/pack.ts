import type { KeyObject } from 'node:crypto';
import {
  type AuditRecord,
  type LeafIndex,
  type RecordReader,
  SallyportError,
  type TileFiles,
  type TreeHead,
} from '@sallyport/core';
import { checkpointText } from '../checkpoint.ts';
import { exportTiles } from '../export-tiles.ts';
import { inclusionProof } from '../merkle-proof.ts';
import { rangeRootIn } from '../range-root.ts';
import { decodeRecord } from '../record-codec.ts';
import { verifierKey, vkeyText } from '../signed-note.ts';
import { tlogProofText } from '../tlog-proof.ts';
import { assess, type StandingFacts } from './assess.ts';
import type { Evidence } from './evidence.ts';
import type { Framework } from './framework.ts';
import { fileHash, MANIFEST_PATH, manifestNote } from './manifest.ts';
import { PeriodFigures } from './period-figures.ts';
import { evidenceHtml } from './report-html.ts';

/** Leaves that a pack holds one by one, each with its proof. */
export const EXAMPLES_MAX = 100;

export const PACK_PATHS = {
  evidence: 'evidence.json',
  report: 'index.html',
  checkpoint: 'checkpoint',
  vkey: 'log.vkey',
  /** What the report was made of, beside the records: who checks it makes it again. */
  framework: 'framework.json',
  facts: 'facts.json',
} as const;

/** What paths of policies begin with. */
export const POLICIES = 'policies/';

export function leafPath(index: LeafIndex): string {
  return `leaves/${index}.json`;
}

export function proofPath(index: LeafIndex): string {
  return `proofs/${index}.tlog-proof`;
}

/** Where a pack's own files go. */
export interface PackFiles {
  write(path: string, bytes: Uint8Array): Promise<void>;
}

export interface PackParts {
  readonly framework: Framework;
  readonly facts: StandingFacts;
  /** Files of the policy set in force: path below `policies/`, and text. */
  readonly policies: ReadonlyMap<string, string>;
  readonly policySet: string;
  readonly reader: RecordReader;
  /** Whether the log, as far as its last head covers it, verified just now. */
  readonly verified: boolean;
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
  /** RFC 3339, UTC; `to` exclusive. */
  readonly period: { readonly from: string; readonly to: string };
  readonly createdAt: string;
  readonly version: string;
  readonly files: PackFiles;
  /** Where the whole log goes; without it the pack holds examples alone. */
  readonly log?: TileFiles;
}

/**
 * Writes a pack of evidence: the report for people and for programs, the policy set, examples with their proofs, and the whole log where
 * it is asked for; the manifest comes last, so that a pack that was cut off has none.
 * @throws {SallyportError} `NOT_FOUND` for a log without a head; `STORE_BROKEN` where leaves are missing; `CONFIG_INVALID` where the log says
 * that other policies are in force
 * Cost: 15 us a record of the log, and 20 us more where the whole log goes with it.
 */
export async function writePack(parts: PackParts): Promise<Evidence> {
  const { reader, publicKey, signingKey, files } = parts;
  const head = await headOf(parts);
  const figures = countPeriod(parts, head.size);
  const framework = assess(parts.framework, parts.facts, figures);
  const wanted = framework.controls.flatMap(({ speaks }) => speaks.flatMap(({ examples }) => examples));
  const examples = [...new Set(wanted)].sort((a, b) => a - b).slice(-EXAMPLES_MAX);
  const evidence: Evidence = {
    v: 1,
    createdAt: parts.createdAt,
    product: { name: 'sallyport', version: parts.version },
    log: { origin: head.origin, size: head.size, root: head.root, archived: reader.first, verified: parts.verified },
    period: { ...parts.period, ...figures.report() },
    policySet: parts.policySet,
    framework,
    examples,
    wholeLog: parts.log !== undefined,
  };
  const key = verifierKey(head.origin, publicKey);
  const cosigned = Array.from(reader.cosignatures()).filter(({ size }) => size === head.size);
  const checkpoint = checkpointText(
    head,
    publicKey,
    cosigned.map(({ line }) => line),
  );
  const written = new Map<string, string>();
  const write = async (path: string, content: string | Uint8Array) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    written.set(path, fileHash(bytes));
    await files.write(path, bytes);
  };
  await write(PACK_PATHS.evidence, `${JSON.stringify(evidence, undefined, 2)}\n`);
  await write(PACK_PATHS.report, evidenceHtml(evidence));
  await write(PACK_PATHS.framework, `${JSON.stringify(parts.framework, undefined, 2)}\n`);
  await write(PACK_PATHS.facts, `${JSON.stringify(parts.facts, undefined, 2)}\n`);
  await write(PACK_PATHS.checkpoint, checkpoint);
  await write(PACK_PATHS.vkey, `${vkeyText(key)}\n`);
  for (const [path, text] of parts.policies) await write(`${POLICIES}${path}`, text);
  const rangeRoot = rangeRootIn(reader);
  for (const index of examples) {
    const [leaf] = reader.read(index, index + 1);
    if (leaf === undefined) throw new SallyportError('STORE_BROKEN', { detail: `leaf ${index} is missing` });
    await write(leafPath(index), leaf);
    const hashes = inclusionProof(rangeRoot, index, head.size);
    await write(proofPath(index), tlogProofText({ index, hashes, checkpoint }));
  }
  await files.write(MANIFEST_PATH, Buffer.from(manifestNote(written, key, signingKey)));
  return evidence;
}

/** The head that all of the pack is held against. The log may grow meanwhile: it is the one that its copy ends with. */
async function headOf({ reader, publicKey, log }: PackParts): Promise<TreeHead> {
  const last = reader.head();
  if (last === undefined)
    throw new SallyportError('NOT_FOUND', { detail: 'the log has no head yet: nothing is proven' });
  if (log === undefined) return last;
  return (await exportTiles({ reader, files: log, publicKey, origin: last.origin })).head ?? last;
}

/** Records of a period: those whose own time says so, up to the head. */
function countPeriod({ reader, period, policySet }: PackParts, size: number): PeriodFigures {
  const figures = new PeriodFigures();
  let inForce = policySet;
  for (const { index, leaf } of reader.leaves(0, size)) {
    const record = countLeaf(figures, { index, leaf, period });
    if (record.kind === 'policy-set') inForce = record.policySet;
  }
  if (inForce === policySet) return figures;
  const detail = `the log says that the policies in force are ${inForce}, and those of the configuration are ${policySet}: evidence is made with the configuration that the gateway runs with`;
  throw new SallyportError('CONFIG_INVALID', { detail });
}

export interface CountedLeaf {
  readonly index: LeafIndex;
  readonly leaf: Uint8Array;
  readonly period: PackParts['period'];
}

/** Counts a leaf if it is of the period. @throws {SallyportError} `STORE_BROKEN` for a leaf that is no record */
export function countLeaf(figures: PeriodFigures, { index, leaf, period }: CountedLeaf): AuditRecord {
  const record = decodeRecord(leaf);
  const atMs = Date.parse(record.at);
  if (atMs >= Date.parse(period.from) && atMs < Date.parse(period.to)) figures.take(index, record);
  return record;
}
