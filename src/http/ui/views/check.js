// A draft in; on the left its clauses with what is known of each, on the right the precedents of the one selected.

import { address, Problem } from '../api.js';
import { fill, h, settled } from '../dom.js';
import { go } from '../main.js';
import { choices } from '../parts/choices.js';
import { exports } from '../parts/files.js';
import { failure } from '../parts/states.js';
import { styles } from '../styles.js';
import { number, percent, t } from '../words.js';
import { documentChips, chip, draftForm, forget, titles } from './check/draft.js';
import { content, job, LIMIT, restored, start, stop, take, watch } from './check/job.js';
import { clauseList, differs, standing } from './check/list.js';
import { precedentsOf } from './check/precedents.js';
import { judged, leavesOut, summed } from './check/ratios.js';
import { figures, lists } from './check/summary.js';
import './check/words.js';

styles('check');

export const heading = () => t('check.title');

const SHOWS = ['all', 'precedented', 'related', 'novel', 'differs'];

/** Milliseconds between two recalculations while clauses come. */
const PACE = 250;

/** The last address of an outcome: whoever comes back by the bare address finds it again. */
let last = null;

export async function show(root, url, signal) {
  const again = restored();
  const bare = [...url.searchParams.keys()].every((key) => key === 'lang');
  if (bare && last && job.state !== 'none') go(last, { replace: true, quiet: true });
  const state = read(new URL(location.href));
  if (again && !state.edit) start(asked(state));
  if (job.state === 'none' || state.edit) form(root, state);
  else outcome(root, state, signal);
}

// Ids are joined with commas, so that a comma in one is written otherwise.
const listed = (ids) => ids.map((id) => id.replaceAll('%', '%25').replaceAll(',', '%2C'));
const unlisted = (text) => (text ?? '').split(',').filter(Boolean).map((id) => id.replaceAll('%2C', ',').replaceAll('%25', '%'));

/** What an address says: documents, regions and clauses that are left out, which clauses are shown, which is selected. */
function read(url) {
  const of = (name) => url.searchParams.get(name);
  const ordinals = (of('left') ?? '').split(',').filter((text) => /^\d+$/.test(text)).map(Number);
  return {
    without: unlisted(of('without')),
    regions: unlisted(of('regions')),
    formulas: of('formulas') === 'out',
    left: new Set(ordinals),
    show: SHOWS.includes(of('show')) ? of('show') : 'all',
    at: /^\d+$/.test(of('at') ?? '') ? Number(of('at')) : null,
    edit: of('edit') === '1',
  };
}

const addressOf = ({ without, regions, formulas, left, show, at, edit }) =>
  address('/check', {
    without: listed(without),
    regions: listed(regions),
    formulas: formulas ? 'out' : null,
    left: [...left].sort((a, b) => a - b).map(String),
    show: show === 'all' ? null : show,
    at: at === null ? null : String(at),
    edit: edit ? '1' : null,
  });

const asked = ({ without, regions, formulas }) => ({ without, regions, formulas });

function form(root, state) {
  const fresh = { ...state, left: new Set(), at: null, show: 'all', edit: false };
  const made = draftForm(state, {
    changed: () => go(addressOf(state), { replace: true, quiet: true }),
    submit: (draft) => {
      take(draft);
      last = null;
      start(asked(state));
      go(addressOf({ ...fresh, ...asked(state) }));
    },
    back: job.state === 'none' ? null : () => go(addressOf({ ...state, ...job.asked, edit: false })),
  });
  fill(root, h('div.check', {}, h('div.head', {}, h('h1', {}, t('check.title'))), h('p.lead', {}, t('check.lead')), made));
}

function outcome(root, state, signal) {
  /** What is known of documents by id, and the family of each that has one. */
  const documents = new Map();
  const families = new Map();
  /** The judgement of every clause so far, by ordinal. */
  let judgements = [];
  let sum = null;
  /** Whether the address names a clause, which is then gone to. */
  const pointed = state.at !== null;

  const meet = (of) => {
    if (documents.has(of.document_id)) return;
    documents.set(of.document_id, of);
    titles.set(of.document_id, of.document_title ?? of.document_id);
    if (of.family) families.set(of.document_id, of.family);
  };
  const out = () => leavesOut(state.without, families);
  const keepAddress = settled(150, () => {
    if (signal.aborted) return;
    last = addressOf(state);
    go(last, { replace: true, quiet: true });
  });
  const passes = (judgement) => {
    if (state.show === 'all') return true;
    const name = standing(judgement, state.left);
    return state.show === 'differs' ? differs(judgement) && name !== 'left' && name !== 'formula' : name === state.show;
  };

  const list = clauseList(() => state.left, select);
  const numbers = figures(documents);
  const drawers = lists({ documents, tick, jump, addressAt: (at) => addressOf({ ...state, at }) });
  const [status, notes, files, filter, panel, nothing] = [h('div.progress'), h('div.notes'), h('div.files'), h('div.filter'), h('section.panel-right'), h('p.muted')];
  const told = h('p.hidden', { role: 'status' });
  panel.setAttribute('aria-label', t('check.precedents'));

  let panelDue = false;
  function select(ordinal) {
    state.at = ordinal;
    keepAddress();
    // Once a picture, however fast the keys are.
    if (panelDue) return;
    panelDue = true;
    requestAnimationFrame(() => {
      panelDue = false;
      showPanel();
    });
  }

  function jump(ordinal) {
    if (judgements[ordinal] && !passes(judgements[ordinal])) filterBy('all');
    list.select(ordinal, true);
    select(ordinal);
  }

  /** A source is to count, or not any more. */
  function tick(id, on) {
    const family = families.get(id);
    const same = (other) => other === id || (family !== undefined && families.get(other) === family);
    state.without = on ? state.without.filter((other) => !same(other)) : [...state.without, id];
    recalculate();
    keepAddress();
  }

  function leave(ordinal) {
    if (!state.left.delete(ordinal)) state.left.add(ordinal);
    recalculate();
    keepAddress();
    panel.querySelector('.leave')?.focus();
  }

  function filterBy(name) {
    state.show = name;
    list.filter(passes);
    showFilter();
    keepAddress();
    const shown = judgements.filter(passes);
    if (shown.length && !shown.some(({ clause }) => clause.ordinal === state.at)) {
      list.select(shown[0].clause.ordinal);
      select(shown[0].clause.ordinal);
    }
  }

  /** Everything anew after something was left out or taken in: no question to the service. */
  function recalculate() {
    const test = out();
    judgements = job.clauses.map((clause) => judged(clause, test));
    list.update(judgements);
    list.filter(passes);
    refresh();
    showPanel();
  }

  function refresh() {
    sum = summed(judgements, state.left, out());
    numbers.update(sum);
    drawers.update(sum, job.state !== 'running');
    showFilter();
    showNotes();
  }

  function showFilter() {
    if (!sum) return;
    const n = { all: sum.clauses, precedented: sum.precedented, related: sum.related, novel: sum.novel };
    n.differs = new Set([...sum.figures, ...sum.strengths].map(({ ordinal }) => ordinal)).size;
    const focused = filter.contains(document.activeElement) ? document.activeElement.dataset.value : null;
    fill(filter, choices(t('check.filter'), SHOWS.map((name) => [name, h('span', { dataset: { show: name } }, `${t(`check.show.${name}`)} ${number(n[name])}`)]), state.show, filterBy));
    if (focused !== null) filter.querySelector('[aria-pressed=true]')?.focus();
    nothing.textContent = n[state.show] === 0 && job.state !== 'running' ? t('check.show.none') : '';
  }

  function showPanel() {
    const judgement = judgements[state.at];
    if (!judgement) {
      fill(panel, h('p.muted', {}, t('check.pick')));
      return;
    }
    fill(panel, precedentsOf(judgement, { left: state.left, documents, leave: () => leave(state.at) }));
    panel.scrollTop = 0;
  }

  const checkAgain = () => {
    start(asked(state));
    go(addressOf(state), { replace: true });
  };

  let noted = null;

  /** What the reader should know before relying on the figures, with what can be done about it. */
  function showNotes() {
    const { asked: of } = job;
    const equal = (a, b) => a.length === b.length && a.every((value) => b.includes(value));
    const stale = !equal(of.regions, state.regions) || of.formulas !== state.formulas || of.without.some((id) => !state.without.includes(id));
    const fewer = state.without.some((id) => !of.without.includes(id));
    const again = (words) => h('button.second', { type: 'button', onclick: checkAgain }, words);
    const ended = job.state === 'done' || job.state === 'stopped';
    const same = job.state === 'done' ? sum.documents.filter((source) => source.same) : [];
    // A button that one is about to press stays where it is unless something has changed.
    const now = JSON.stringify([job.state, state.without, state.regions, stale, sum.unsure, same.map((source) => [source.document_id, source.verbatim_share])]);
    if (now === noted) return;
    noted = now;
    const chips = [
      ...documentChips(of.without.filter((id) => state.without.includes(id)), (id) => {
        state.without = state.without.filter((other) => other !== id);
        showNotes();
        keepAddress();
      }),
      ...state.regions.map((name) =>
        chip(name, () => {
          state.regions = state.regions.filter((other) => other !== name);
          showNotes();
          keepAddress();
        }),
      ),
    ];
    fill(
      notes,
      chips.length > 0 && h('div.row', {}, h('span.muted', {}, t('check.without.now')), h('ul.chips', {}, chips)),
      same.map((source) =>
        h(
          'div.card.note',
          {},
          h('p', {}, t('check.same', { title: titles.get(source.document_id), share: percent(source.verbatim_share) })),
          h(
            'button.second',
            {
              type: 'button',
              onclick: () => {
                state.without = [...state.without, source.document_id];
                checkAgain();
              },
            },
            t('check.same.without'),
          ),
        ),
      ),
      ended && stale && h('div.card.note', {}, h('p', {}, t('check.stale')), again(t('check.again'))),
      ended &&
        fewer &&
        !stale &&
        h(
          'div.card.note',
          {},
          h('p', {}, t('check.recalculated', { limit: LIMIT }), ' ', sum.unsure > 0 && t('check.recalculated.unsure', { n: sum.unsure })),
          again(t('check.again.without')),
        ),
    );
  }

  function showStatus() {
    const done = job.clauses.length;
    if (job.state === 'running') {
      const words = job.total ? t('check.progress', { done, of: job.total }) : t('check.progress.start');
      if (!status.querySelector('progress')) {
        fill(status, h('progress', { 'aria-label': t('check.title') }), h('span'), h('button.second', { type: 'button', onclick: stop }, t('check.stop')));
      }
      const bar = status.querySelector('progress');
      if (job.total) Object.assign(bar, { max: job.total, value: done });
      status.querySelector('span').textContent = words;
      return;
    }
    root.firstChild.classList.toggle('refused', job.state === 'failed' && !done);
    const again = h('button.second', { type: 'button', onclick: checkAgain }, t('check.again'));
    if (job.state === 'stopped') fill(status, h('span.warn', {}, t('check.stopped', { done, of: job.total })), again);
    else if (job.state === 'failed') fill(status, failure(job.error ?? new Error(t('check.cut', { done })), worthwhile(job.error) && checkAgain));
    else {
      const words = t('check.done', { n: done, seconds: number(Math.round(job.tookMs / 100) / 10) });
      fill(status, h('span.muted', {}, words));
      told.textContent = words;
    }
    fill(
      files,
      job.state === 'done' &&
        exports(fileName(), (query) => ({
          path: address('/v1/check', query),
          content: content({ ...asked(state), left: [...state.left] }),
        })),
    );
  }

  /** Clauses that came since. */
  function come() {
    const test = out();
    const clauses = job.clauses.slice(judgements.length);
    for (const clause of clauses) clause.precedents.forEach(meet);
    job.summary?.documents.forEach(meet);
    const fresh = clauses.map((clause) => judged(clause, test));
    judgements.push(...fresh);
    list.add(fresh);
    if (state.at === null || judgements[state.at] === undefined) {
      if (job.state !== 'running' || state.at === null) state.at = judgements.length ? 0 : null;
    }
    const selectedCame = fresh.some(({ clause }) => clause.ordinal === state.at);
    if (selectedCame) {
      list.select(state.at);
      showPanel();
      if (pointed && scrollY === 0) list.show(state.at);
    }
    // Families of sources beyond the clauses that were fetched are known at the end.
    if (job.summary && state.without.length) recalculate();
    else refresh();
    list.filter(passes);
    showStatus();
  }

  const edit = () => go(addressOf({ ...state, edit: true }));
  const other = () => {
    take(null);
    forget();
    go('/check');
  };
  const name = job.draft.file?.name ?? t('check.draft.text');
  fill(
    root,
    h(
      'div.check',
      {},
      h(
        'div.head',
        {},
        h('h1', {}, t('check.title'), h('small.muted', {}, name)),
        h('div.row', {}, h('button.second', { type: 'button', onclick: edit }, t('check.edit')), h('button.second', { type: 'button', onclick: other }, t('check.new')), files),
      ),
      status,
      told,
      notes,
      numbers.element,
      drawers.element,
      h('div.beside', {}, h('section.left', { 'aria-label': t('check.clauses') }, h('h2.hidden', {}, t('check.clauses')), filter, nothing, list.element), panel),
    ),
  );
  last = addressOf(state);

  let due = false;
  watch((clause) => {
    if (signal.aborted) return;
    if (clause === undefined && job.state === 'running' && !job.clauses.length) return;
    if (clause && judgements.length) {
      // The first is shown as it comes, the others so many times a second.
      if (due) return;
      due = true;
      setTimeout(() => {
        due = false;
        // The end shows what came before it.
        if (!signal.aborted && job.clauses.length > judgements.length) come();
      }, PACE);
    } else come();
  }, signal);
  come();
}

/** Whether the same question may be answered later: a draft that is refused will be refused again. */
const worthwhile = (error) => !(error instanceof Problem) || !['invalid_value', 'unreadable_document', 'body_too_large'].includes(error.problem.code);

const fileName = () => {
  const name = job.draft.file?.name.replace(/\.[^.]*$/, '');
  return [t('check.export.name'), name].filter(Boolean).join('-');
};
