/**
 * Measures the profile of the detector `intent` on intents that it has not seen, and makes its table of how common words are.
 * `node scripts/intent.mjs <data folder> [--background]`; the folder holds `text/train` as JSON lines, gzip.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { ensureBuilt } from './compile.mjs';
import { ROOT, requireNode } from './workspace.mjs';

/** @typedef {{ text: string, source: string, kind: string, lang?: string, label: string, meta?: { intent?: string } }} Row */
/** @typedef {{ recall: number, at: readonly { threshold: number, recall: number, falseAlarms: number }[] }} Figures */

const FOLDER = path.join(ROOT, 'packages/detectors/src/intent');
/** The intents of CLINC150 by domain, as its authors group them; small talk and questions about the assistant left out. */
const DOMAINS = {
  banking:
    'freeze_account routing pin_change bill_due pay_bill account_blocked interest_rate min_payment bill_balance transfer order_checks balance spending_history transactions report_fraud',
  'credit cards':
    'replacement_card_duration expiration_date damaged_card improve_credit_score report_lost_card card_declined credit_limit_change apr redeem_rewards credit_limit rewards_balance application_status credit_score new_card international_fees',
  kitchen:
    'food_last confirm_reservation how_busy ingredients_list calories nutrition_info recipe restaurant_reviews restaurant_reservation meal_suggestion restaurant_suggestion cancel_reservation ingredient_substitution cook_time accept_reservations',
  home: 'what_song play_music todo_list_update reminder reminder_update calendar_update order_status update_playlist shopping_list calendar next_song order todo_list shopping_list_update smart_home',
  auto: 'current_location oil_change_when oil_change_how uber traffic tire_pressure schedule_maintenance gas mpg distance directions last_maintenance gas_type tire_change jump_start',
  travel:
    'plug_type travel_notification translate flight_status international_visa timezone exchange_rate travel_suggestion travel_alert vaccines lost_luggage book_flight book_hotel carry_on car_rental',
  utility:
    'weather alarm date find_phone share_location timer make_call calculator definition measurement_conversion flip_coin spelling time roll_dice text',
  work: 'pto_request_status next_holiday insurance_change insurance meeting_schedule payday taxes income rollover_401k pto_balance pto_request w2 schedule_meeting direct_deposit pto_used',
};
/** Domains so near to each other that neither can be told from the other's outside. */
const NEAR = new Set(['banking', 'credit cards']);
/** Sources that are measured on: the table must not know them. */
const MEASURED = new Set(['clinc150', 'banking77']);
const EXAMPLES_PER_INTENT = 13;
const THRESHOLDS = [0.5, 0.7];

/** @param {string} folder */
function rowsOf(folder) {
  const train = path.join(folder, 'text/train');
  const files = readdirSync(train).filter((name) => name.startsWith('benign_other'));
  const lines = files.flatMap((name) =>
    gunzipSync(readFileSync(path.join(train, name)))
      .toString('utf8')
      .split('\n'),
  );
  const rows = lines.filter((line) => line !== '').map((line) => /** @type {Row} */ (JSON.parse(line)));
  return rows.filter(({ label }) => label === 'benign');
}

/**
 * The same order every time.
 * @template T
 * @param {readonly T[]} list
 */
function shuffled(list) {
  const mixed = [...list];
  let state = 7;
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (at + 1);
    [mixed[at], mixed[other]] = [/** @type {T} */ (mixed[other]), /** @type {T} */ (mixed[at])];
  }
  return mixed;
}

/**
 * @param {readonly Row[]} rows
 * @param {(text: string) => readonly string[]} stemsOf
 */
function writeBackground(rows, stemsOf) {
  const kinds = new Set(['benign_chat', 'benign_doc', 'benign_output']);
  const texts = rows.filter(
    ({ source, kind, lang = 'en' }) => kinds.has(kind) && lang === 'en' && !MEASURED.has(source),
  );
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { text } of texts) {
    for (const stem of new Set(stemsOf(text.slice(0, 600)))) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  /** @type {Map<number, string[]>} */
  const halfPowers = new Map();
  for (const [stem, count] of counts) {
    if (count < 5 || !/^[a-z]{1,20}$/.test(stem)) continue;
    const power = Math.round(2 * Math.log2(count));
    halfPowers.set(power, [...(halfPowers.get(power) ?? []), stem]);
  }
  const entries = [...halfPowers].sort(([a], [b]) => b - a).map(([power, stems]) => [power, stems.sort().join(' ')]);
  const source = `In how many of so many texts each English word stem stands, in half powers of two: chats, documents and answers of text/train, without ${[...MEASURED].join(' and ')}. Made by scripts/intent.mjs.`;
  const table = { source, texts: texts.length, halfPowers: Object.fromEntries(entries) };
  writeFileSync(path.join(FOLDER, 'background.json'), `${JSON.stringify(table, null, 2)}\n`);
}

/**
 * @param {readonly number[]} on
 * @param {readonly number[]} off
 * @returns {Figures}
 */
function figuresOf(on, off) {
  const share = (/** @type {readonly number[]} */ all, /** @type {number} */ least) =>
    all.filter((score) => score >= least).length / all.length;
  const twentieth = [...on].sort((a, b) => b - a)[Math.floor(on.length / 20)] ?? 0;
  const at = THRESHOLDS.map((threshold) => ({
    threshold,
    recall: share(off, threshold),
    falseAlarms: share(on, threshold),
  }));
  return { recall: off.filter((score) => score > twentieth).length / off.length, at };
}

/** @param {string} name @param {readonly Figures[]} all */
function show(name, all) {
  const mean = (/** @type {(one: Figures) => number} */ of) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  const cells = THRESHOLDS.map(
    (threshold, at) =>
      `${threshold}: recall ${mean((one) => one.at[at]?.recall ?? 0).toFixed(3)}, false alarms ${mean((one) => one.at[at]?.falseAlarms ?? 0).toFixed(3)}`,
  );
  process.stdout.write(`${name}: recall at 5 % ${mean(({ recall }) => recall).toFixed(3)}; ${cells.join('; ')}\n`);
}

/** @param {string} folder @param {boolean} background */
async function main(folder, background) {
  if (!(await ensureBuilt())) return 1;
  const built = path.join(ROOT, 'packages/detectors/dist/intent');
  const { IntentProfile } = await import(pathToFileURL(path.join(built, 'intent-profile.js')).href);
  const { stemsOf } = await import(pathToFileURL(path.join(built, 'words.js')).href);
  const rows = rowsOf(folder);
  if (background) writeBackground(rows, stemsOf);
  /** @type {Map<string, readonly string[]>} */
  const byIntent = new Map();
  for (const { source, meta, text } of rows) {
    const intent = meta?.intent;
    if (source === 'clinc150' && intent !== undefined) byIntent.set(intent, [...(byIntent.get(intent) ?? []), text]);
  }
  for (const [intent, texts] of byIntent) byIntent.set(intent, shuffled(texts));
  const textsOf = (/** @type {string} */ intents, from = 0, to = Number.POSITIVE_INFINITY) =>
    intents.split(' ').flatMap((intent) => byIntent.get(intent)?.slice(from, to) ?? []);
  /** @param {readonly string[]} onIntent @param {readonly string[]} offIntent @param {readonly (readonly string[])[]} sets */
  const measured = (onIntent, offIntent, sets) => {
    const profile = new IntentProfile({ description: '', onIntent, offIntent });
    const scoreOf = (/** @type {string} */ text) => profile.measure(text, 'question').offIntent ?? 0;
    const [on = [], off = []] = sets.map((set) => set.map(scoreOf));
    return figuresOf(on, off);
  };
  const [plain, told] = [/** @type {Figures[]} */ ([]), /** @type {Figures[]} */ ([])];
  for (const [name, intents] of Object.entries(DOMAINS)) {
    const others = Object.entries(DOMAINS).filter(([other]) => other !== name && !(NEAR.has(name) && NEAR.has(other)));
    const on = textsOf(intents, EXAMPLES_PER_INTENT);
    const off = [...others.flatMap(([, other]) => textsOf(other)), ...textsOf('oos')];
    const examples = textsOf(intents, 0, EXAMPLES_PER_INTENT);
    const figures = measured(examples, [], [on, off]);
    show(name, [figures]);
    plain.push(figures);
    const offExamples = others.slice(0, 2).flatMap(([, other]) => textsOf(other, 0, 3));
    const rest = [...others.slice(2).flatMap(([, other]) => textsOf(other)), ...textsOf('oos')];
    told.push(measured(examples, offExamples, [on, rest]));
  }
  show('mean', plain);
  show('mean, with off-intent examples', told);
  const bank = shuffled(rows.filter(({ source }) => source === 'banking77').map(({ text }) => text));
  const outside = Object.entries(DOMAINS).flatMap(([name, intents]) => (NEAR.has(name) ? [] : textsOf(intents)));
  for (const count of [200, 50, 20]) {
    show(`banking77, ${count} examples`, [
      measured(bank.slice(0, count), [], [bank.slice(200), [...outside, ...textsOf('oos')]]),
    ]);
  }
  return 0;
}

requireNode();
const [folder, ...options] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node scripts/intent.mjs <data folder> [--background]\n');
  process.exitCode = 2;
} else {
  process.exitCode = await main(folder, options.includes('--background'));
}
