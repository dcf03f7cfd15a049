// Narrowing down by region, level, kind and year, with counts.

import { h } from '../dom.js';
import { named, number, t } from '../words.js';

/** The facets of an answer, in the order in which they are shown, and the parameter of each in an address. */
export const FACETS = ['regions', 'levels', 'kinds', 'years'];

const GROUPS = { levels: 'level', kinds: 'kind' };

/** What the values of a facet are called. */
const facetName = (facet, value) => (GROUPS[facet] ? named(GROUPS[facet], value) : value);

/** `values` of a filter out of an address: `{ regions: […], levels: […], kinds: […], years: […] }`. */
export function chosenFacets(url) {
  const chosen = {};
  for (const facet of FACETS) chosen[facet] = (url.searchParams.get(facet) ?? '').split(',').filter(Boolean);
  return chosen;
}

/** The same as the service's filter. Years are a range, from the first to the last that was chosen. */
export function filterOf(chosen) {
  const years = [...chosen.years].sort();
  const filter = { regions: chosen.regions, levels: chosen.levels, kinds: chosen.kinds };
  if (years.length) Object.assign(filter, { date_from: `${years[0]}-01-01`, date_to: `${years.at(-1)}-12-31` });
  return filter;
}

/** The years of a range, among those listed; the service knows years as a range. */
function range(years, listed) {
  const sorted = [...years].sort();
  return listed.filter((year) => sorted.length && year >= sorted[0] && year <= sorted.at(-1));
}

/** A range without one of its years: what is left of it, or the longer part where that year was inside. */
function without(years, year) {
  const [before, after] = [years.filter((other) => other < year), years.filter((other) => other > year)];
  const rest = (before.length > after.length ? before : after).sort();
  return rest.length > 1 ? [rest[0], rest.at(-1)] : rest;
}

/**
 * Lists of what there is, with counts, most first; `changed(facet, values)` is called when something is ticked or
 * unticked. What was chosen stays listed though nothing of it is there.
 */
export function facetLists(facets, chosen, changed) {
  return h(
    'div.facets',
    {},
    FACETS.map((facet) => {
      const counts = new Map((facets[facet] ?? []).map(({ value, count }) => [value, count]));
      for (const value of chosen[facet]) if (!counts.has(value)) counts.set(value, 0);
      if (!counts.size) return null;
      const ranged = facet === 'years';
      const picked = ranged ? range(chosen.years, [...counts.keys()]) : chosen[facet];
      const dropped = (value) => (ranged ? without(picked, value) : picked.filter((other) => other !== value));
      const toggle = (value, on) => changed(facet, on ? [...chosen[facet], value] : dropped(value));
      const box = ([value, count]) =>
        h(
          'label',
          {},
          h('input', { type: 'checkbox', checked: picked.includes(value), onchange: (e) => toggle(value, e.target.checked) }),
          h('span', {}, facetName(facet, value)),
          h('span.count', {}, number(count)),
        );
      const all = [...counts];
      const few = all.slice(0, 8);
      const more = all.slice(8);
      return h(
        'fieldset',
        {},
        h('legend', {}, t(`facet.${facet}`)),
        few.map(box),
        more.length > 0 &&
          h('details', { open: more.some(([value]) => picked.includes(value)) }, h('summary', {}, t('facet.more', { n: more.length })), more.map(box)),
      );
    }),
  );
}
