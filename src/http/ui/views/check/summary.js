// What the draft comes to: several ratios, never one; where its precedents come from; what is new; what deviates.

import { fill, h } from '../../dom.js';
import { documentAddress, place } from '../../parts/clause.js';
import { number, percent, t } from '../../words.js';
import { figureWords, strengthWords } from './precedents.js';

/** Sources that are listed at first, and more at a time. */
const FEW = 10;
const MORE = 100;

/** Which of the lists are open: kept while the page is. */
const open = new Set();
let helpOpen = false;

const shareOf = (share) => percent(share, share > 0 && share < 0.1 ? 1 : 0);

const titleOf = (documents, id) => documents.get(id)?.document_title ?? id;

/** The ratios. `update(sum)` shows them anew. */
export function figures(documents) {
  const values = new Map();
  const figure = (name) => {
    const [value, of] = [h('dd.value'), h('dd.of')];
    values.set(name, { value, of });
    return h('div.figure', { title: t(`check.${name}.help`) }, h('dt', {}, t(`check.${name}`)), value, of);
  };
  const names = ['coverage', 'covered', 'verbatim', 'largest'];
  const help = h(
    'details.help',
    { open: helpOpen, ontoggle: (event) => (helpOpen = event.target.open) },
    h('summary', {}, t('check.figures.help')),
    h('dl', {}, names.map((name) => [h('dt', {}, t(`check.${name}`)), h('dd', {}, t(`check.${name}.help`))])),
  );
  const element = h('section.figures', { 'aria-label': t('check.figures') }, h('dl.numbers', {}, names.map(figure)), help);
  const put = (name, share, of) => {
    fill(values.get(name).value, shareOf(share));
    fill(values.get(name).of, of);
  };
  return {
    element,
    update(sum) {
      put('coverage', sum.coverage, t('check.coverage.of', { part: sum.precedented, whole: sum.measures }));
      put('covered', sum.covered_share, t('check.covered.of', { n: sum.characters }));
      put('verbatim', sum.verbatim_share, t('check.verbatim.of'));
      const largest = sum.documents[0]?.document_id;
      put('largest', sum.largest_source_share, largest ? h('a', { href: documentAddress(largest) }, titleOf(documents, largest)) : t('check.largest.none'));
    },
  };
}

/**
 * Three lists that open: sources, novel clauses, deviations. `tick(id, on)` is called when a source is to count or not;
 * `jump(ordinal)` goes to a clause, whose address is `addressAt(ordinal)`.
 */
export function lists({ documents, tick, jump, addressAt }) {
  const sources = sourceTable(documents, tick);
  const novel = h('div');
  const deviating = h('div');
  let last = null;
  const to = (ordinal, ...words) =>
    h(
      'a',
      {
        href: addressAt(ordinal),
        onclick: (event) => {
          event.preventDefault();
          jump(ordinal);
        },
      },
      words,
    );
  const list = (items, none) => (items.length ? h('ol.jumps', {}, items.map((item) => h('li', {}, item))) : h('p.muted', {}, none));
  const build = {
    sources: (sum) => sources.update(sum),
    novel: (sum) =>
      fill(novel, list(sum.novel_clauses.map((clause) => to(clause.ordinal, clause.label && h('span.label', {}, clause.label), clause.text)), t('check.novel.none'))),
    deviations: (sum) =>
      fill(
        deviating,
        h('p.muted', {}, t('check.deviations.help')),
        list(
          [
            ...sum.figures.map((figure) => [figure, t('check.flag.figure'), figureWords(figure)]),
            ...sum.strengths.map((strength) => [strength, t('check.flag.strength'), strengthWords(strength)]),
          ]
            .sort(([a], [b]) => a.ordinal - b.ordinal)
            .map(([of, what, words]) => to(of.ordinal, of.label && h('span.label', {}, of.label), h('b', {}, what), t('check.colon'), words)),
          t('check.deviations.none'),
        ),
      ),
  };
  const labels = {};
  const drawer = (name, content) => {
    labels[name] = h('summary');
    return h(
      'details.drawer',
      {
        open: open.has(name),
        dataset: { name },
        ontoggle: (event) => {
          open[event.target.open ? 'add' : 'delete'](name);
          if (event.target.open && last) build[name](last);
        },
      },
      labels[name],
      content,
    );
  };
  const element = h('div.drawers', {}, drawer('sources', sources.element), drawer('novel', novel), drawer('deviations', deviating));
  return {
    element,
    /** Shows counts anew; the lists themselves as well unless clauses are still to come. */
    update(sum, ended) {
      last = sum;
      const out = sum.all.length - sum.documents.length;
      fill(labels.sources, t('check.sources', { n: sum.documents.length }), out > 0 && t('check.sources.out', { n: out }));
      fill(labels.novel, t('check.novel', { n: sum.novel }));
      fill(labels.deviations, t('check.deviations', { n: sum.figures.length + sum.strengths.length }));
      if (ended) for (const name of open) build[name](sum);
    },
  };
}

/** Sources with a tick box each. Rows stay where they are while their figures change, so that one can go on ticking. */
function sourceTable(documents, tick) {
  const rows = new Map();
  const body = h('tbody');
  const more = h('button.second', { type: 'button' });
  const none = h('p.muted', { hidden: true }, t('check.sources.none'));
  const head = (key, numeric) => h('th', { scope: 'col', class: numeric ? 'number' : null }, t(`check.sources.${key}`));
  const table = h(
    'table.sources',
    {},
    h('caption', {}, t('check.sources.help')),
    h('thead', {}, h('tr', {}, head('count'), head('document'), head('clauses', true), head('share', true), head('verbatim', true))),
    body,
  );
  let waiting = [];
  const row = (source) => {
    const known = documents.get(source.document_id) ?? {};
    const title = titleOf(documents, source.document_id);
    const box = h('input', { type: 'checkbox', 'aria-label': t('check.sources.tick', { title }), onchange: () => tick(source.document_id, box.checked) });
    const same = h('span.warn', { hidden: true }, t('check.sources.same'));
    const details = [place(known), known.document_number, known.date].filter(Boolean);
    const cells = ['clauses', 'share', 'verbatim'].map(() => h('td.number'));
    const element = h(
      'tr',
      {},
      h('td', {}, box),
      h('th', { scope: 'row' }, h('a', { href: documentAddress(source.document_id) }, title), h('small', {}, details.join(' · '), ' ', same)),
      cells,
    );
    rows.set(source.document_id, { element, box, same, cells });
    return element;
  };
  const put = (source) => {
    const { element, box, same, cells } = rows.get(source.document_id);
    element.classList.toggle('out', source.out);
    box.checked = !source.out;
    same.hidden = !source.same;
    fill(cells[0], number(source.clauses));
    fill(cells[1], shareOf(source.share));
    fill(cells[2], shareOf(source.verbatim_share));
  };
  const append = (n) => {
    const next = waiting.splice(0, n);
    body.append(...next.map(row));
    next.forEach(put);
    more.hidden = !waiting.length;
    fill(more, t('list.more', { n: Math.min(MORE, waiting.length) }));
  };
  more.addEventListener('click', () => append(MORE));
  return {
    element: h('div', {}, none, h('div.wide', {}, table), more),
    update(sum) {
      const all = new Map(sum.all.map((source) => [source.document_id, source]));
      // What has gone with its clauses counts nothing.
      for (const id of rows.keys()) {
        const of = all.get(id) ?? { document_id: id, clauses: 0, share: 0, verbatim_share: 0, same: false, out: !rows.get(id).box.checked };
        put(of);
      }
      waiting = sum.all.filter((source) => !rows.has(source.document_id));
      append(Math.max(0, FEW - rows.size));
      none.hidden = rows.size > 0;
      table.hidden = !rows.size;
    },
  };
}
