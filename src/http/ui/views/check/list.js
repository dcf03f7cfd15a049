// The clauses of a draft in reading order: a list of which one is selected. Selecting changes two elements, whatever the
// length of the list.

import { freshId, h, marked } from '../../dom.js';
import { t } from '../../words.js';

/** Clauses that are put into the page at once. */
const AT_ONCE = 15;

/** What a clause is shown as: its verdict, unless it counts in no ratio. */
export const standing = ({ clause, verdict }, left) =>
  left.has(clause.ordinal) || clause.excluded ? 'left' : clause.formula ? 'formula' : verdict;

/** A verdict by colour, shape and word. */
export const verdictTag = (name) => h(`span.verdict.${name}`, { title: t(`check.verdict.${name}.help`) }, t(`check.verdict.${name}`));

/** Whether all precedents have a figure or a strength otherwise. */
export const differs = ({ figures, strength }) => figures.length > 0 || strength !== null;

/**
 * An empty list. `left()` gives the ordinals of clauses that are left out; `selected(ordinal)` is called when the reader
 * selects one.
 */
export function clauseList(left, selected) {
  const element = h('div.clauses', { role: 'listbox', 'aria-label': t('check.clauses'), 'aria-orientation': 'vertical' });
  /** Of every clause that is in the page: its element, what is shown of it, and that as one text. */
  const shown = new Map();
  let queue = [];
  let current = null;
  let passes = () => true;
  let lastPath = null;
  let group = element;

  const hide = ({ element: item, judgement }) => {
    const hidden = !passes(judgement);
    if (item.hidden !== hidden) item.hidden = hidden;
  };

  const draw = (judgement) => {
    const entry = shown.get(judgement.clause.ordinal);
    const { clause, copied, sources, figures, strength } = judgement;
    const name = standing(judgement, left());
    const state = JSON.stringify([name, copied, sources.length, figures.length, strength !== null]);
    entry.judgement = judgement;
    hide(entry);
    if (entry.state === state) return;
    entry.state = state;
    entry.element.className = `clause ${name}`;
    const flags = name === 'left' ? [] : [figures.length > 0 && 'figure', strength && 'strength'].filter(Boolean);
    entry.element.replaceChildren(
      h(
        'div.line',
        {},
        verdictTag(name),
        clause.label && h('span.label', {}, clause.label),
        flags.map((flag) => h('span.flag', {}, t(`check.flag.${flag}`))),
        name !== 'left' && sources.length > 0 && h('span.many', {}, t('check.documents', { n: sources.length })),
      ),
      h('div.words', {}, marked(clause.text, copied.map((span) => ({ ...span, make: (part) => h('mark.copied', {}, part) })))),
    );
  };

  const place = (judgement) => {
    const { clause } = judgement;
    const path = clause.path.join(' › ');
    if (path !== lastPath) {
      lastPath = path;
      group = element;
      if (path) {
        const id = freshId('part');
        group = h('div.part', { role: 'group', 'aria-labelledby': id }, h('div.heading', { id }, path));
        element.append(group);
      }
    }
    const item = h('div', { role: 'option', id: freshId('clause'), tabindex: -1, 'aria-selected': 'false', dataset: { ordinal: clause.ordinal } });
    shown.set(clause.ordinal, { element: item, state: null, judgement });
    draw(judgement);
    group.append(item);
  };

  const flush = () => {
    queue.splice(0, AT_ONCE).forEach(place);
    if (queue.length) requestAnimationFrame(() => setTimeout(flush));
  };

  const point = (ordinal) => {
    const [before, now] = [shown.get(current), shown.get(ordinal)];
    if (before) {
      before.element.setAttribute('aria-selected', 'false');
      before.element.tabIndex = -1;
    }
    current = ordinal;
    if (!now) return null;
    now.element.setAttribute('aria-selected', 'true');
    now.element.tabIndex = 0;
    return now.element;
  };

  const choose = (item) => {
    const ordinal = Number(item.dataset.ordinal);
    point(ordinal);
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: 'nearest' });
    selected(ordinal);
  };

  element.addEventListener('click', (event) => {
    const item = event.target.closest('[role=option]');
    // Marking text with the mouse is no selection of a clause.
    if (item && getSelection().isCollapsed) choose(item);
  });
  element.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const items = [...element.querySelectorAll('[role=option]:not([hidden])')];
    if (!items.length) return;
    event.preventDefault();
    const at = items.indexOf(event.target.closest('[role=option]'));
    choose(items[Math.min(Math.max(at + step, 0), items.length - 1)]);
  });

  return {
    element,
    /** Puts clauses at the end of the list, in parts. */
    add(judgements) {
      const idle = !queue.length;
      queue.push(...judgements);
      if (idle) flush();
    },
    /** Shows these, which are in the list or on their way, anew where that changes anything. */
    update(judgements) {
      const anew = new Map(judgements.map((judgement) => [judgement.clause.ordinal, judgement]));
      queue = queue.map((waiting) => anew.get(waiting.clause.ordinal) ?? waiting);
      for (const judgement of judgements) if (shown.has(judgement.clause.ordinal)) draw(judgement);
    },
    /** Shows the clauses that pass alone. */
    filter(test) {
      passes = test;
      for (const entry of shown.values()) hide(entry);
      for (const part of element.querySelectorAll('.part')) part.hidden = !part.querySelector('[role=option]:not([hidden])');
    },
    /** Brings a clause to where it can be seen. */
    show: (ordinal) => shown.get(ordinal)?.element.scrollIntoView({ block: 'nearest' }),
    /** Selects a clause; with `jump`, goes there. */
    select(ordinal, jump = false) {
      while (queue.length && !shown.has(ordinal)) queue.splice(0, AT_ONCE).forEach(place);
      const item = point(ordinal);
      if (!item || !jump) return;
      item.scrollIntoView({ block: 'center' });
      item.focus({ preventScroll: true });
    },
  };
}
