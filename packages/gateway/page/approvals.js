/**
 * The page on which a human answers. Everything that it shows goes in as text: what an agent wants to do was written by
 * whoever wrote what the agent read.
 *
 * @typedef {{ tool: string, arguments: string, principal: string, message: string }} Shown
 * @typedef {{ path: string, source: string, words: string, doubtful: boolean,
 *   evidence: readonly { where: string, excerpt: string }[] }} Source
 * @typedef {{ by: string, via: string, reason: string }} Decided
 * @typedef {{ id: string, status: 'pending' | 'granted' | 'denied', shown: Shown, route: string, protocol: string,
 *   exchange: string, policies: readonly string[],
 *   provenance: readonly Source[], expiresAt: string, decided?: Decided }} Approval
 * @typedef {{ article: HTMLElement, expiresMs: number, ended: boolean }} Card
 */

const REFRESH_MS = 2_000;
const ANSWER_WITHIN_MS = 10_000;
const SOON_MS = 60_000;
const TOKEN_ITEM = 'sallyport-operator-token';
/** What may be a token at all; anything else cannot even be sent. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;
/** How the gateway writes out what would not show. */
const WRITTEN_OUT = /(\\u\{[0-9a-f]{4,6}\})/;

const entry = /** @type {HTMLFormElement} */ (part(document, '#entry'));
const tokenField = /** @type {HTMLInputElement} */ (part(document, '#token'));
const forget = part(document, '#forget');
const desk = part(document, '#desk');
const template = /** @type {HTMLTemplateElement} */ (part(document, '#question'));
const sourceTemplate = /** @type {HTMLTemplateElement} */ (part(document, '#source'));

/** @type {Map<string, Card>} */
const cards = new Map();
/** The gateway's clock minus this one's. */
let skewMs = 0;
/** Counts up with every token: what was asked with an older one is not listened to. */
let visit = 0;

/**
 * @param {ParentNode} parent
 * @param {string} selector
 * @returns {HTMLElement}
 */
function part(parent, selector) {
  const found = parent.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** @param {string} text */
function say(text) {
  const state = part(document, '#state');
  // The same words again are no news: a screen reader would read them every time.
  if (state.textContent !== text) state.textContent = text;
}

/**
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<{ status: number, body: any }>} status 0 when the gateway does not answer
 */
async function call(path, body) {
  try {
    const answer = await fetch(`api/v1/approvals${path}`, {
      headers: { authorization: `Bearer ${sessionStorage.getItem(TOKEN_ITEM)}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const gatewayMs = Date.parse(answer.headers.get('date') ?? '');
    if (!Number.isNaN(gatewayMs)) skewMs = gatewayMs - Date.now();
    return { status: answer.status, body: await answer.json() };
  } catch {
    return { status: 0, body: {} };
  }
}

/** @param {string} wrong why the token is asked for again */
function askForToken(wrong) {
  visit += 1;
  sessionStorage.removeItem(TOKEN_ITEM);
  cards.clear();
  part(document, '#questions').replaceChildren();
  desk.hidden = true;
  forget.hidden = true;
  entry.hidden = false;
  part(entry, '.wrong').textContent = wrong;
  tokenField.setAttribute('aria-invalid', String(wrong !== ''));
  tokenField.value = '';
  tokenField.focus();
  document.title = 'Approvals · Sallyport';
  say('');
}

entry.addEventListener('submit', (event) => {
  event.preventDefault();
  const token = tokenField.value.trim();
  if (!TOKEN.test(token)) return askForToken(WRONG_TOKEN);
  sessionStorage.setItem(TOKEN_ITEM, token);
  void open();
});
forget.addEventListener('click', () => askForToken(''));

const WRONG_TOKEN = 'This gateway knows nobody by this token.';
const NO_ROLE = 'Whoever has this token may not answer here.';

async function open() {
  visit += 1;
  const own = visit;
  while (own === visit) {
    await refresh(own);
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

/** All of the list, a page after the other. */
async function every() {
  const approvals = [];
  for (let query = '?limit=200'; ; ) {
    const { status, body } = await call(query);
    if (status !== 200) return { status, approvals };
    approvals.push(...body.approvals);
    if (body.next === undefined) return { status, approvals };
    query = `?limit=200&cursor=${encodeURIComponent(body.next)}`;
  }
}

/** @param {number} own */
async function refresh(own) {
  const { status, approvals } = await every();
  if (own !== visit) return;
  if (status === 401) return askForToken(WRONG_TOKEN);
  if (status === 403) return askForToken(NO_ROLE);
  if (status !== 200) return say('The gateway does not answer. Trying again.');
  if (desk.hidden) {
    entry.hidden = true;
    desk.hidden = false;
    forget.hidden = false;
    part(document, 'h1').focus();
  }
  show(approvals);
}

/** @param {readonly Approval[]} approvals */
function show(approvals) {
  const listed = new Map(approvals.map((approval) => [approval.id, approval]));
  for (const [id, card] of cards) {
    if (card.ended) continue;
    const approval = listed.get(id);
    if (approval === undefined) end(card, isOver(card) ? EXPIRED : 'Answered elsewhere.');
    else if (approval.status !== 'pending') end(card, outcomeOf(approval));
  }
  for (const approval of approvals) {
    // New ones come last: nothing moves under a hand that is about to answer.
    if (approval.status === 'pending' && !cards.has(approval.id)) add(approval);
  }
  count();
}

const EXPIRED = 'Expired: nobody answered in time.';

function count() {
  const waiting = [...cards.values()].filter(({ ended }) => !ended).length;
  part(document, '#none').hidden = cards.size > 0;
  document.title = `${waiting > 0 ? `(${waiting}) ` : ''}Approvals · Sallyport`;
  say(waiting === 0 ? 'nothing waits' : `${waiting} ${waiting === 1 ? 'waits' : 'wait'} for you`);
}

/** @param {Approval} approval */
function add(approval) {
  const { id, shown, route, protocol, exchange, policies, expiresAt } = approval;
  const article = /** @type {HTMLElement} */ (part(template.content, 'article').cloneNode(true));
  const heading = part(article, 'h2');
  heading.id = `tool-${id}`;
  article.setAttribute('aria-labelledby', heading.id);
  write(heading, shown.tool);
  write(part(article, '.message'), shown.message);
  write(part(article, 'pre'), shown.arguments);
  // Long arguments scroll: the keyboard must get there too.
  part(article, 'pre').tabIndex = 0;
  const lines = shown.arguments.split('\n').length;
  part(article, '.lines').textContent = lines === 1 ? '1 line' : `${lines} lines`;
  const came = part(article, '.came');
  came.hidden = approval.provenance.length === 0;
  part(came, 'ul').replaceChildren(...approval.provenance.map(sourceItem));
  write(part(article, '.principal'), shown.principal);
  write(part(article, '.route'), `${route} (${protocol})`);
  write(part(article, '.policies'), policies.join(', '));
  write(part(article, '.exchange'), exchange);
  write(part(article, '.id'), id);
  const card = { article, expiresMs: Date.parse(expiresAt), ended: false };
  cards.set(id, card);
  part(article, 'form').addEventListener('submit', (event) => event.preventDefault());
  for (const [name, granted] of /** @type {const} */ ([
    ['deny', false],
    ['allow', true],
  ])) {
    part(article, `button.${name}`).addEventListener('click', () => void answer(id, card, granted));
  }
  part(article, '.outcome button').addEventListener('click', () => putAway(id, card));
  tick(card);
  part(document, '#questions').append(article);
}

/** @param {Source} from where one value came from */
function sourceItem({ path, source, words, doubtful, evidence }) {
  const item = /** @type {HTMLElement} */ (part(sourceTemplate.content, 'li').cloneNode(true));
  item.classList.toggle('doubtful', doubtful);
  write(part(item, 'code'), path);
  write(part(item, '.kind'), source);
  write(part(item, '.words'), words);
  for (const { where, excerpt } of evidence) {
    const place = document.createElement('p');
    place.className = 'where';
    write(place, where);
    item.append(place);
    if (excerpt === '') continue;
    const quote = document.createElement('blockquote');
    write(quote, excerpt);
    item.append(quote);
  }
  return item;
}

/**
 * @param {HTMLElement} place
 * @param {string} text what was written out in it is marked
 */
function write(place, text) {
  const pieces = text.split(WRITTEN_OUT).map((piece, at) => {
    if (at % 2 === 0) return piece;
    const mark = document.createElement('mark');
    mark.textContent = piece;
    mark.title = 'a character that would not show';
    return mark;
  });
  place.replaceChildren(...pieces);
}

/**
 * @param {string} id
 * @param {Card} card
 * @param {boolean} granted
 */
async function answer(id, card, granted) {
  const own = visit;
  const reason = /** @type {HTMLInputElement} */ (part(card.article, '.reason')).value;
  const wrong = part(card.article, '.wrong');
  wrong.textContent = '';
  enable(card, false);
  const { status, body } = await call(`/${id}`, { granted, reason });
  if (own !== visit || card.ended) return;
  if (status === 401) return askForToken(WRONG_TOKEN);
  enable(card, true);
  if (status === 200) {
    end(card, outcomeOf(body));
    part(card.article, '.outcome p').focus();
  } else if (status === 0) {
    wrong.textContent = 'The gateway does not answer. Try again.';
  } else {
    wrong.textContent = `Not taken: ${body.error?.message ?? 'the gateway answered in another form'}.`;
  }
  count();
}

/**
 * @param {Card} card
 * @param {boolean} enabled
 */
function enable({ article }, enabled) {
  for (const button of article.querySelectorAll('form button')) {
    /** @type {HTMLButtonElement} */ (button).disabled = !enabled;
  }
}

/** @param {Approval} approval */
function outcomeOf({ status, decided }) {
  const word = status === 'granted' ? 'Allowed once' : 'Denied';
  const by = decided === undefined ? '' : ` by ${decided.by}`;
  const reason = decided?.reason ? `: ${decided.reason}` : '';
  return `${word}${by}${reason}`;
}

/**
 * @param {Card} card
 * @param {string} outcome
 */
function end(card, outcome) {
  card.ended = true;
  card.article.classList.add('ended');
  card.article.classList.remove('soon');
  part(card.article, '.time').textContent = '';
  part(card.article, '.name').textContent = '';
  const place = part(card.article, '.outcome');
  write(part(place, 'p'), outcome);
  place.hidden = false;
}

/**
 * @param {string} id
 * @param {Card} card
 */
function putAway(id, card) {
  const next = card.article.nextElementSibling ?? card.article.previousElementSibling;
  card.article.remove();
  cards.delete(id);
  count();
  part(next ?? document, next === null ? 'h1' : 'h2').focus();
}

/** @param {Card} card */
function isOver({ expiresMs }) {
  return expiresMs <= Date.now() + skewMs;
}

/** @param {Card} card */
function tick(card) {
  if (card.ended) return;
  const leftMs = Math.max(0, card.expiresMs - Date.now() - skewMs);
  const seconds = Math.floor(leftMs / 1_000);
  const minutes = Math.floor(seconds / 60);
  part(card.article, '.time').textContent = minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
  card.article.classList.toggle('soon', leftMs < SOON_MS);
}

setInterval(() => {
  for (const card of cards.values()) tick(card);
}, 1_000);

if (sessionStorage.getItem(TOKEN_ITEM) === null) askForToken('');
else void open();
