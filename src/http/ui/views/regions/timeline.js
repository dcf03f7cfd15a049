// Since when each region has it: a line a region, a mark on it.

import { h, s } from '../../dom.js';
import { t } from '../../words.js';
import { areaKey, areaName, dated, earliestBadge } from './areas.js';

const KINDS = ['issued', 'published', 'effective'];
const DAY = 86_400_000;

/** `chosen` is the key of the region whose clause is shown; `choose(key)` is called for another one. */
export function timeline(answer, by, chosen, choose) {
  const rows = answer.rows.filter((row) => row.since);
  const undated = answer.rows.filter((row) => !row.since);
  const { asked } = answer;
  const dates = [...rows.flatMap((row) => [row.since.date, row.date]), asked.date].filter(Boolean);
  const scale = dates.length ? scaleOf(dates) : null;
  const list = h(
    'ol.lines',
    { 'aria-label': t('regions.timeline') },
    asked.date &&
      h(
        'li',
        {},
        h(
          'div.line.own',
          {},
          h('span.name', {}, t('regions.asked')),
          h('span.when', {}, dated(asked.date, asked.date_kind), asked.earliest && [' ', earliestBadge()]),
          track(scale, [[asked.date, asked.date_kind, true]]),
        ),
      ),
    rows.map((row) => h('li', {}, line(row, by, scale, chosen, choose))),
    undated.length > 0 && h('li.undated', {}, t('regions.timeline.undated')),
    undated.map((row) => h('li', {}, line(row, by, scale, chosen, choose))),
  );
  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...list.querySelectorAll('button')];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  return h(
    'div.timeline',
    {},
    h('p.muted', {}, t('regions.timeline.help'), KINDS.map((kind) => h('span.kind', {}, drawn(kind), t(`date.${kind}`)))),
    scale && h('div.axis', { 'aria-hidden': 'true' }, axis(scale)),
    list,
    h('p.muted', {}, t('regions.timeline.open')),
  );
}

const time = (date) => Date.parse(`${date}T00:00:00Z`);

/** A scale over all dates with some ten ticks at most: years, or days where all lies within a year. */
function scaleOf(dates) {
  const times = dates.map(time);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const days = (last - first) / DAY;
  if (days > 300) {
    const years = [new Date(first).getUTCFullYear(), new Date(last).getUTCFullYear() + 1];
    const step = [1, 2, 5, 10, 20].find((n) => (years[1] - years[0]) / n <= 10) ?? 50;
    const ticked = Array.from({ length: years[1] - years[0] + 1 }, (_, i) => years[0] + i).filter((year) => year % step === 0);
    return scaled(Date.UTC(years[0], 0), Date.UTC(years[1], 0), ticked.map((year) => [String(year), Date.UTC(year, 0)]));
  }
  const step = [1, 2, 7, 14, 30].find((n) => days / n <= 8) ?? 60;
  const ticks = Array.from({ length: Math.floor(days / step) + 1 }, (_, i) => first + i * step * DAY);
  const label = (moment) => new Date(moment).toISOString().slice(5, 10);
  return scaled(first - step * DAY, last + step * DAY, ticks.map((moment) => [label(moment), moment]));
}

function scaled(from, to, ticks) {
  const share = (moment) => ((moment - from) / (to - from)) * 100;
  return { place: (date) => share(time(date)), ticks: ticks.map(([label, moment]) => [label, share(moment)]) };
}

/** Labels over the lines. Every second one gives way on a narrow screen. */
const axis = (scale) =>
  s(
    'svg.track',
    { height: 24 },
    scale.ticks.map(([label, x], i) => s('text', { x: `${x}%`, y: 16, class: i % 2 ? 'odd' : null }, label)),
  );

/** A mark whose shape tells the kind of date, around 0. */
function shape(kind, full) {
  const kinds = full ? 'mark' : 'mark hollow';
  if (kind === 'published') return s('rect', { class: kinds, x: -5, y: -5, width: 10, height: 10 });
  if (kind === 'effective') return s('polygon', { class: kinds, points: '0,-7 7,5 -7,5' });
  return s('circle', { class: kinds, r: 5.5 });
}

const drawn = (kind) => s('svg.sample', { width: 16, height: 16, viewBox: '-8 -8 16 16', 'aria-hidden': 'true' }, shape(kind, true));

/** A line with marks: `[date, kind, full]` each. Years are where they are on every line. */
function track(scale, marks) {
  const places = marks.map(([date]) => scale.place(date));
  return s(
    'svg.track',
    { height: 32, 'aria-hidden': 'true' },
    scale.ticks.map(([, x]) => s('line.grid', { x1: `${x}%`, x2: `${x}%`, y1: 0, y2: 32 })),
    marks.length > 1 && s('line.span', { x1: `${Math.min(...places)}%`, x2: `${Math.max(...places)}%`, y1: 16, y2: 16 }),
    // A drawing of its own takes a share of the width as its place, whatever the width.
    [...marks].reverse().map(([date, kind, full]) => s('svg.at', { x: `${scale.place(date)}%`, y: 16 }, shape(kind, full))),
  );
}

function line(row, by, scale, chosen, choose) {
  const key = areaKey(row.area);
  const apart = row.since && row.date && Math.abs(time(row.since.date) - time(row.date)) >= DAY;
  const marks = row.since ? [[row.since.date, row.since.date_kind, true]] : [];
  if (apart) marks.push([row.date, row.date_kind, false]);
  return h(
    'button.line',
    { type: 'button', dataset: { area: key }, 'aria-pressed': String(key === chosen), onclick: () => choose(key) },
    h('span.name', {}, areaName(row.area, by)),
    h('span.when', {}, row.since ? dated(row.since.date, row.since.date_kind) : t('date.none'), row.earliest && [' ', earliestBadge()]),
    marks.length > 0 && track(scale, marks),
  );
}
