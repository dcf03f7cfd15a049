// Several measures at once: which regions have which of them.

import { address, get, post } from '../../api.js';
import { fill, h } from '../../dom.js';
import { go } from '../../main.js';
import { choices } from '../../parts/choices.js';
import { exports } from '../../parts/files.js';
import { documentPicker } from '../../parts/pick.js';
import { empty, eventually, loading } from '../../parts/states.js';
import { t } from '../../words.js';
import { areaKey } from './areas.js';
import { matrix } from './matrix.js';

/** What is longer does not go into an address. */
const MOST_IN_ADDRESS = 1200;
/** Measures asked for at a time, so that something is seen while the rest is looked for. */
const AT_ONCE = 4;
const STORED = 'clausewise.outline.';

let kept = { asked: null, answer: null };

/** Fills `root` from a state. `about` has what belongs to the view: its settings, addresses and the filter. */
export async function topic(root, state, about, signal) {
  const outline = read(state.outline);
  const outcome = h('div.outcome');
  fill(root, form(outline ?? '', state, about), about.settings(), outcome);
  if (outline === null) {
    fill(outcome, empty(t('topic.lost.title'), h('p', {}, t('topic.lost'))));
    return;
  }
  const lines = linesOf(outline);
  if (!lines.length && !state.document) {
    const example = () => go(about.addressOf({ ...state, outline: t('topic.placeholder'), at: '' }));
    fill(outcome, h('div.state', {}, h('p', {}, t('topic.lead')), h('button.second', { type: 'button', onclick: example }, t('topic.example'))));
    return;
  }
  const words = lines.length ? t('topic.working', { done: 0, n: lines.length }) : t('topic.working.document');
  await eventually(outcome, signal, () => answered(lines, state, about, outcome, signal), words);
}

const linesOf = (outline) => outline.split('\n').map((line) => line.trim()).filter(Boolean);

/** An outline out of an address: itself, or the name under which this window has it; `null` where it has not. */
function read(outline) {
  if (!outline.startsWith('@')) return outline;
  try {
    return sessionStorage.getItem(STORED + outline.slice(1));
  } catch {
    return null;
  }
}

function written(outline) {
  if (outline.length <= MOST_IN_ADDRESS && !outline.startsWith('@')) return outline;
  // FNV-1a: the same outline has the same address.
  let hash = 0x811c9dc5;
  for (let i = 0; i < outline.length; i += 1) hash = Math.imul(hash ^ outline.charCodeAt(i), 0x01000193);
  const name = (hash >>> 0).toString(36);
  try {
    sessionStorage.setItem(STORED + name, outline);
  } catch {
    return outline;
  }
  return `@${name}`;
}

function form(outline, state, about) {
  const text = h('textarea', {
    rows: Math.min(Math.max(linesOf(outline).length, 3), 10),
    'aria-label': t('topic.label'),
    placeholder: t('topic.placeholder'),
    value: outline,
  });
  const submit = (event) => {
    event.preventDefault();
    const lines = linesOf(text.value);
    if (lines.length) go(about.addressOf({ ...state, outline: written(lines.join('\n')), document: '', at: '' }));
  };
  const picked = (document) => go(about.addressOf({ ...state, outline: '', document: document.document_id, at: '' }));
  return h(
    'form.topic',
    { onsubmit: submit },
    h('div.outline', {}, text, h('small', {}, t('topic.label'))),
    h('button', { type: 'submit' }, t('topic.go')),
    h('div.other', {}, documentPicker({ 'aria-label': t('topic.document') }, picked), h('small', {}, t('topic.document'))),
  );
}

async function answered(lines, state, about, outcome, signal) {
  const settings = { by: state.by, min_probability: Number(state.least) / 100, filter: about.filter };
  const what = lines.length ? { outline: lines.join('\n') } : { document_id: state.document };
  const asked = JSON.stringify({ ...what, ...settings });
  if (kept.asked !== asked) {
    const answer = lines.length
      ? await inParts(lines, settings, outcome, signal)
      : await ofDocument(state.document, settings, signal);
    kept = { asked, answer };
  }
  return drawn(kept.answer, { ...what, ...settings }, state, about);
}

/** Every line is answered by itself, so that an outline may be asked for in parts. */
async function inParts(lines, settings, outcome, signal) {
  const whole = { measures: [], cells: [], regions: [] };
  for (let done = 0; done < lines.length; done += AT_ONCE) {
    if (done > 0) fill(outcome, loading(t('topic.working', { done, n: lines.length })));
    const outline = lines.slice(done, done + AT_ONCE).join('\n');
    const part = await post('/v1/equivalents/matrix', { outline, ...settings }, signal);
    whole.measures.push(...part.measures);
    const areas = (regions) => regions.map((region) => areaKey(region.area)).join();
    if (done > 0 && areas(part.regions) !== areas(whole.regions)) {
      // Documents came or went meanwhile: asked for once more, as a whole.
      return post('/v1/equivalents/matrix', { outline: lines.join('\n'), ...settings }, signal);
    }
    whole.cells.push(...part.cells);
    whole.regions = part.regions.map((region, i) => ({ ...region, found: region.found + (whole.regions[i]?.found ?? 0) }));
  }
  return whole;
}

async function ofDocument(id, settings, signal) {
  const [{ metadata }, answer] = await Promise.all([
    get(`/v1/documents/${encodeURIComponent(id)}`, {}, signal),
    post('/v1/equivalents/matrix', { document_id: id, ...settings }, signal),
  ]);
  return { ...answer, title: metadata.title ?? id };
}

function drawn(answer, content, state, about) {
  const keep = (what) => {
    Object.assign(state, what);
    go(about.addressOf(state), { replace: true, quiet: true });
  };
  const change = (what) => go(about.addressOf({ ...state, ...what }), { replace: true });
  const pick = (name, of) => choices(t(`topic.${name}`), of.map((value) => [value, t(`topic.${name}.${value}`)]), state[name], (value) => change({ [name]: value }));
  const [n, areas] = [answer.measures.length, answer.regions.length];
  return [
    h(
      'div.head',
      {},
      h('p.summary', { role: 'status' }, t('topic.summary', { n, areas }), ' ', answer.title && t('topic.of', { title: answer.title })),
      exports(t('topic.file'), (query) => ({ path: address('/v1/equivalents/matrix', query), content })),
    ),
    h('div.bar', {}, pick('cells', ['date', 'figure']), pick('columns', ['some', 'all'])),
    h('p.muted', {}, t('regions.note')),
    matrix(answer, state, keep),
  ];
}
