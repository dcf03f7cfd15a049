// What an area is called, and what there is to say of the regions of an answer.

import { h } from '../../dom.js';
import { number, t } from '../../words.js';

/** What tells an area from all others, in an address too. */
export const areaKey = (area) =>
  area.kind === 'national' || area.kind === 'unknown' ? area.kind : [area.province, area.city].filter(Boolean).join(' ');

/** What an area is called. By city, a province stands for its own documents alone. */
export function areaName(area, by) {
  if (area.kind === 'national') return t('region.national');
  if (area.kind === 'unknown') return t('region.none');
  const name = [area.province, area.city === area.province ? null : area.city].filter(Boolean).join(' ');
  return by === 'city' && area.kind === 'province' ? t('regions.own', { name }) : name;
}

/** `2016-08-25 成文`. */
export const dated = (date, kind) => (date ? `${date} ${t(`date.${kind}`)}` : t('date.none'));

/** Since when a region has it, as far as the library tells, and whether none has it earlier. */
export const since = (row) => (row.since ? { date: row.since.date, kind: row.since.date_kind } : { date: null, kind: null });

export const earliestBadge = () => h('span.badge', { title: t('regions.earliest.help') }, t('regions.earliest'));

/** The number of a figure or of a time, for scales; `null` where it is none. A range counts by its lower end. */
export function amount(value) {
  const figure = value?.meaning?.figure;
  if (figure) return figure.lower ?? figure.upper ?? null;
  return value?.meaning?.deadline?.within?.amount ?? null;
}

/** What a column of figures or deadlines is about: `温度（摄氏度）`. */
export function columnName(column) {
  const about = column.about || t(`measure.${column.kind}`);
  return column.unit ? t('regions.column', { about, unit: column.unit }) : about;
}

/** The columns that regions can be coloured by: those with at least two numbers of one unit. */
export function scales(columns) {
  const unit = (value) => value.meaning?.deadline?.within?.unit ?? '';
  return columns.flatMap((column, place) => {
    const values = column.values.filter((value) => amount(value) !== null);
    const units = new Set(values.map(unit));
    if (values.length < 2 || units.size > 1) return [];
    return [{ place, column, unit: column.unit || [...units][0] }];
  });
}

/** A number in the room of a tile: 5500亿, 60万. */
export const compact = (n, language) =>
  n.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { notation: 'compact', maximumFractionDigits: 1 });

/** How many of how many documents have it. */
export const documentsWith = (row) => t('regions.with', { n: row.documents_with, of: number(row.documents) });
