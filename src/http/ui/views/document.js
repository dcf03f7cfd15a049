// A whole document: what is known about it, its outline, and its text with every clause in its place.

import { address, get } from '../api.js';
import { appended, fill, h } from '../dom.js';
import { go } from '../main.js';
import { copyButton, documentAddress, ordinalOf, path } from '../parts/clause.js';
import { FIELDS, fieldValue, origin } from '../parts/metadata.js';
import { correct } from '../parts/correct.js';
import { documentPicker } from '../parts/pick.js';
import { empty, eventually, notice } from '../parts/states.js';
import { returns } from '../place.js';
import { define, known, t } from '../words.js';
import { styles } from '../styles.js';
import { layout, ranks } from './document/layout.js';
import { outline } from './document/outline.js';
import { warningWords } from './document/warnings.js';

styles('document');

define({
  zh: {
    'document.title': '文档',
    'document.none': '没有指明文档',
    'document.none.text': '请从检索结果或文档库打开文档。',
    'document.library': '去文档库',
    'document.gone': '没有这篇文档',
    'document.gone.text': '它可能已被移除，或以新的编号重新收录。',
    'document.about': '文档信息',
    'document.correct': '更正信息',
    'document.duplicates': '查看重复条款',
    'document.counts': '{sections} 个章节，{articles} 条，{clauses} 条款',
    'document.versions': '其他版本',
    'document.newest': '最新',
    'document.older': '有更新的版本：',
    'document.compare': '与本篇比对',
    'document.compare.with': '与另一篇比对',
    'document.warnings': { one: '{n} 处可能有误', other: '{n} 处可能有误' },
    'document.jump': '看原文',
    'document.outline': '目录',
    'document.text': '正文',
    'document.hint': '点一条可以引用它、找相似条款；灰色文字不参与检索，指向它可以看到原因。',
    'document.clause': '条款 {n}',
    'document.chosen': '选定的条款',
    'document.link': '复制链接',
    'document.missing': '没有第 {n} 号条款',
    'document.whole': '显示全部文字',
    'document.said': '原文：{value}',
    'skipped.space': '空白',
    'skipped.front': '正文之前的文字，不参与检索',
    'skipped.heading': '标题和编号，不单独检索',
    'skipped.contents': '目录，不参与检索',
    'skipped.salutation': '称呼，不参与检索',
    'skipped.signature': '落款，不参与检索',
    'skipped.responsible': '责任单位，不参与检索',
    'skipped.furniture': '页眉、页脚、分发等文字，不参与检索',
    'skipped.symbols': '符号，不参与检索',
  },
  en: {
    'document.title': 'Document',
    'document.none': 'No document is named',
    'document.none.text': 'Open one from a search or from the library.',
    'document.library': 'To the library',
    'document.gone': 'There is no such document',
    'document.gone.text': 'It may have been removed, or taken in again under another id.',
    'document.about': 'About this document',
    'document.correct': 'Correct',
    'document.duplicates': 'Duplicate clauses',
    'document.counts': '{sections} sections, {articles} articles, {clauses} clauses',
    'document.versions': 'Other versions',
    'document.newest': 'newest',
    'document.older': 'There is a newer version: ',
    'document.compare': 'Compare with this one',
    'document.compare.with': 'Compare with another',
    'document.warnings': { one: '1 thing looks odd', other: '{n} things look odd' },
    'document.jump': 'See the place',
    'document.outline': 'Outline',
    'document.text': 'Text',
    'document.hint': 'Choose a clause to cite it or to find similar ones. Grey text is not searched; point at it to see why.',
    'document.clause': 'Clause {n}',
    'document.chosen': 'The chosen clause',
    'document.link': 'Copy link',
    'document.missing': 'There is no clause {n}',
    'document.whole': 'Show all of it',
    'document.said': 'text: {value}',
    'skipped.space': 'space',
    'skipped.front': 'before the text itself: not searched',
    'skipped.heading': 'headings and numbers: not searched by themselves',
    'skipped.contents': 'table of contents: not searched',
    'skipped.salutation': 'salutation: not searched',
    'skipped.signature': 'signature: not searched',
    'skipped.responsible': 'responsible bodies: not searched',
    'skipped.furniture': 'running heads, page numbers, distribution: not searched',
    'skipped.symbols': 'symbols: not searched',
  },
});

/** A title that is longer is folded. */
const LONG_TITLE = 200;
/** Parts that are put into the page between two drawings. */
const AT_ONCE = 60;

export const heading = (url) => url.searchParams.get('id')?.slice(0, 60) || t('document.title');

export async function show(root, url, signal) {
  const id = url.searchParams.get('id');
  if (!id) {
    const library = h('a.button', { href: '/library' }, t('document.library'));
    fill(root, h('h1.hidden', {}, t('document.title')), empty(t('document.none'), h('p', {}, t('document.none.text')), library));
    return;
  }
  let shown;
  const made = async () => {
    let detail;
    try {
      detail = await get(`/v1/documents/${encodeURIComponent(id)}`, {}, signal);
    } catch (error) {
      if (error.problem?.code !== 'not_found') throw error;
      const library = h('a.button', { href: '/library' }, t('document.library'));
      return [h('h1.hidden', {}, t('document.title')), empty(t('document.gone'), h('p', {}, t('document.gone.text')), library)];
    }
    document.title = `${titleOf(detail).slice(0, 60)} - Clausewise`;
    shown = page(detail, () => show(root, url, signal));
    return h('div.document', {}, shown.nodes);
  };
  await eventually(root, signal, made, undefined, () => shown?.begin(url.searchParams.get('clause'), signal));
}

const titleOf = (detail) => detail.metadata.title ?? detail.document_id;

function page(detail, again) {
  const parts = layout(detail);
  const ranked = ranks(parts);
  const text = new Text(detail, parts, ranked);
  const contents = outline(parts, ranked, (place) => text.goTo(text.sections[place]));
  const nodes = [
    head(detail, again, (start) => text.goTo(text.lineAt(start), true)),
    h('div.reading', {}, contents.node, h('article.paper', { 'aria-label': t('document.text') }, h('p.muted', {}, t('document.hint')), text.node)),
  ];
  const begin = async (clause, signal) => {
    await text.fill(signal);
    if (signal.aborted) return;
    contents.follow(text.sections, signal);
    if (clause === null) return;
    const place = detail.clauses.findIndex(({ clause_id }) => ordinalOf(clause_id) === clause);
    if (place < 0) notice(t('document.missing', { n: clause }));
    else text.choose(place, { scroll: !returns(), quiet: true });
  };
  return { nodes, begin };
}

function head(detail, again, jump) {
  const { metadata, given, extracted, sources, counts } = detail;
  const item = (field) => {
    const value = fieldValue(metadata, field);
    if (field === 'title' || (value === null && field === 'family')) return null;
    const said = given?.[field] !== null && fieldValue(extracted, field);
    return h(
      'div',
      {},
      h('dt', { title: known(`field.${field}.help`) ? t(`field.${field}.help`) : null }, t(`field.${field}`)),
      h(
        'dd',
        {},
        value === null ? h('span.absent', {}, t('field.none')) : h('bdi', {}, value),
        value !== null && h('small', {}, origin(sources[field])),
        said && said !== value && h('small', {}, t('document.said', { value: said })),
      ),
    );
  };
  const newest = !detail.newest && detail.versions.find((version) => version.newest);
  return h(
    'header.about',
    {},
    title(titleOf(detail)),
    newest && h('p.warn', {}, t('document.older'), h('a', { href: documentAddress(newest.document_id) }, newest.document_id)),
    h('dl.fields', { 'aria-label': t('document.about') }, FIELDS.map(item)),
    h('p.muted', {}, t('document.counts', counts)),
    h(
      'div.actions',
      {},
      h('button.plain', { type: 'button', onclick: () => correct(detail, again) }, t('document.correct')),
      h('a', { href: address('/duplicates', { document: detail.document_id, within: true }) }, t('document.duplicates')),
      comparePicker(detail),
    ),
    versions(detail),
    warnings(detail, jump),
  );
}

function title(text) {
  if (text.length <= LONG_TITLE) return h('h1', { dir: 'auto' }, text);
  return h('div', {}, h('h1', { dir: 'auto' }, `${text.slice(0, LONG_TITLE)}…`), h('details', {}, h('summary', {}, t('document.whole')), h('p', { dir: 'auto' }, text)));
}

const comparePicker = (detail) =>
  h(
    'details.comparing',
    {},
    h('summary', {}, t('document.compare.with')),
    documentPicker({ 'aria-label': t('document.compare.with') }, (other) =>
      go(address('/compare', { left: detail.document_id, right: other.document_id })),
    ),
  );

function versions(detail) {
  if (!detail.versions.length) return null;
  const version = (other) =>
    h(
      'li.row',
      {},
      h('a', { href: documentAddress(other.document_id) }, other.document_id),
      other.newest && h('span.tag', {}, t('document.newest')),
      ['date', 'published', 'effective', 'validity'].map(
        (field) => other[field] && h('span.muted', {}, field === 'validity' ? fieldValue(other, field) : `${t(`field.${field}`)} ${other[field]}`),
      ),
      h('a', { href: address('/compare', { left: other.document_id, right: detail.document_id }) }, t('document.compare')),
    );
  return h('section.versions', {}, h('h2', {}, t('document.versions')), h('ul', {}, detail.versions.map(version)));
}

function warnings(detail, jump) {
  const n = detail.warnings.length;
  if (!n) return null;
  const whole = Array.from(detail.text).length;
  const warning = ({ span, message }) => {
    const somewhere = span.end > span.start && span.end - span.start < whole;
    return h(
      'li.row',
      {},
      h('span', {}, warningWords(message)),
      somewhere && h('button.plain', { type: 'button', onclick: () => jump(span.start) }, t('document.jump')),
    );
  };
  return h('details.warnings', {}, h('summary.warn', {}, t('document.warnings', { n })), h('ul', {}, detail.warnings.map(warning)));
}

/** The text, its clauses to be chosen one at a time. */
class Text {
  constructor(detail, parts, ranked) {
    this.detail = detail;
    this.parts = parts;
    this.ranked = ranked;
    this.node = h('div.body', { onkeydown: (event) => this.key(event), onclick: (event) => this.click(event) });
    this.sections = [];
    this.lines = [];
    /** The links of clauses by their places; a clause of several lines has the one of its first. */
    this.links = [];
    this.chosen = null;
    this.tools = null;
  }

  async fill(signal) {
    await appended(this.node, this.parts, (part, place) => this.section(part, place), signal, AT_ONCE);
    if (this.links[0]) this.links[0].tabIndex = 0;
  }

  section(part, place) {
    // What the browser takes for its height until it has been near: 40 characters a row.
    const rows = part.lines.reduce((sum, { start, end }) => sum + Math.ceil((end - start) / 40), 0);
    const height = `auto ${rows * 31 + part.lines.length * 8}px`;
    const lines = part.lines.map((line) => this.line(line, this.ranked[place]));
    const section = h('div.part', { tabindex: '-1', style: { 'contain-intrinsic-block-size': height } }, lines);
    this.sections.push(section);
    return section;
  }

  line(line, rank) {
    const pieces = line.pieces.map((piece) => this.piece(piece));
    const node = line.heading
      ? h(`h${Math.min(rank + 1, 6)}.line`, { tabindex: '-1', dir: 'auto' }, pieces)
      : h('p.line', { tabindex: '-1', dir: 'auto' }, pieces);
    this.lines.push({ start: line.start, node });
    return node;
  }

  piece({ text, clause, reason }) {
    if (clause === undefined) {
      if (reason === 'space') return text;
      const known = t(`skipped.${reason}`);
      return h(reason === 'heading' ? 'span.numbering' : 'span.skipped', { title: known }, text);
    }
    if (this.links[clause]) return h('span.clause', { dataset: { clause } }, text);
    const link = h(
      'a.place',
      {
        href: documentAddress(this.detail.document_id, this.ordinal(clause)),
        tabindex: '-1',
        'aria-label': t('document.clause', { n: clause + 1 }),
      },
      '#',
    );
    this.links[clause] = link;
    return h('span.clause', { dataset: { clause } }, link, text);
  }

  ordinal(place) {
    return ordinalOf(this.detail.clauses[place].clause_id);
  }

  click(event) {
    const clause = event.target.closest('.clause');
    if (!clause || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest('a.place');
    // Who selects text does not choose a clause.
    if (!link && !getSelection().isCollapsed) return;
    event.preventDefault();
    this.choose(Number(clause.dataset.clause), { focus: Boolean(link) });
  }

  key(event) {
    const link = event.target.closest('a.place');
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!link || !step) return;
    event.preventDefault();
    const next = this.links[this.links.indexOf(link) + step];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: 'nearest' });
  }

  choose(place, { scroll = false, quiet = false, focus = false } = {}) {
    const mark = (at, on) => {
      for (const piece of this.node.querySelectorAll(`.clause[data-clause="${at}"]`)) piece.classList.toggle('chosen', on);
      this.links[at].tabIndex = on ? 0 : -1;
      if (on) this.links[at].setAttribute('aria-current', 'true');
      else this.links[at].removeAttribute('aria-current');
    };
    if (this.chosen !== null) mark(this.chosen, false);
    else this.links[0].tabIndex = -1;
    this.tools?.remove();
    this.chosen = place;
    mark(place, true);
    this.tools = this.toolsOf(place);
    const pieces = this.node.querySelectorAll(`.clause[data-clause="${place}"]`);
    [...pieces].at(-1).closest('.line').after(this.tools);
    if (!quiet) go(documentAddress(this.detail.document_id, this.ordinal(place)), { replace: true, quiet: true });
    if (focus) this.links[place].focus({ preventScroll: true });
    if (scroll) this.goTo(this.links[place].closest('.clause'));
  }

  toolsOf(place) {
    const { detail } = this;
    const clause = detail.clauses[place];
    const article = detail.articles[clause.article];
    const of = {
      ...detail.metadata,
      document_id: detail.document_id,
      document_title: detail.metadata.title,
      clause_id: clause.clause_id,
      path: article?.path,
      label: `${article?.label ?? ''}${clause.label}`,
      text: clause.text,
    };
    const link = async () => {
      try {
        await navigator.clipboard.writeText(new URL(documentAddress(detail.document_id, this.ordinal(place)), location.href).href);
        notice(t('citation.copied'));
      } catch {
        notice(t('citation.copy.failed'));
      }
    };
    return h(
      'div.tools',
      { role: 'group', 'aria-label': t('document.chosen') },
      path(of),
      h(
        'div.actions',
        {},
        h('a', { href: address('/', { clause: clause.clause_id }) }, t('hit.similar')),
        h('a', { href: address('/regions', { clause: clause.clause_id }) }, t('hit.regions')),
        copyButton(of),
        h('button.plain', { type: 'button', onclick: link }, t('document.link')),
      ),
    );
  }

  /** The line in which a character stands. */
  lineAt(start) {
    const after = this.lines.findIndex((line) => line.start > start);
    return (this.lines.at(after < 0 ? -1 : Math.max(after - 1, 0)) ?? {}).node;
  }

  /** Brings an element into view; `flash` marks it for a moment. */
  goTo(element, flash = false) {
    if (!element) return;
    const block = element.classList.contains('part') ? 'start' : 'center';
    element.scrollIntoView({ block });
    // Parts above that come near are laid out now, and are seldom as high as was thought.
    requestAnimationFrame(() => requestAnimationFrame(() => element.scrollIntoView({ block })));
    if (element.hasAttribute('tabindex')) element.focus({ preventScroll: true });
    if (!flash) return;
    element.classList.add('flash');
    setTimeout(() => element.classList.remove('flash'), 2500);
  }
}
