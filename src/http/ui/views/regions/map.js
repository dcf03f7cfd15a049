// The provinces as tiles, laid out like the country, coloured by date or by figure.

import { fill, freshId, h } from '../../dom.js';
import { choices } from '../../parts/choices.js';
import { language, t } from '../../words.js';
import { amount, areaKey, areaName, columnName, compact, dated, scales } from './areas.js';

/** Short name as the service has it, the one character of plates and papers, the letters of GB/T 2260, name in English, row, column. */
const TILES = [
  ['黑龙江', '黑', 'HL', 'Heilongjiang', 0, 6],
  ['吉林', '吉', 'JL', 'Jilin', 1, 6],
  ['新疆', '新', 'XJ', 'Xinjiang', 2, 0],
  ['甘肃', '甘', 'GS', 'Gansu', 2, 1],
  ['宁夏', '宁', 'NX', 'Ningxia', 2, 2],
  ['内蒙古', '蒙', 'NM', 'Inner Mongolia', 2, 3],
  ['北京', '京', 'BJ', 'Beijing', 2, 4],
  ['天津', '津', 'TJ', 'Tianjin', 2, 5],
  ['辽宁', '辽', 'LN', 'Liaoning', 2, 6],
  ['西藏', '藏', 'XZ', 'Tibet', 3, 0],
  ['青海', '青', 'QH', 'Qinghai', 3, 1],
  ['陕西', '陕', 'SN', 'Shaanxi', 3, 2],
  ['山西', '晋', 'SX', 'Shanxi', 3, 3],
  ['河北', '冀', 'HE', 'Hebei', 3, 4],
  ['山东', '鲁', 'SD', 'Shandong', 3, 5],
  ['四川', '川', 'SC', 'Sichuan', 4, 1],
  ['重庆', '渝', 'CQ', 'Chongqing', 4, 2],
  ['河南', '豫', 'HA', 'Henan', 4, 3],
  ['安徽', '皖', 'AH', 'Anhui', 4, 4],
  ['江苏', '苏', 'JS', 'Jiangsu', 4, 5],
  ['上海', '沪', 'SH', 'Shanghai', 4, 6],
  ['云南', '滇', 'YN', 'Yunnan', 5, 1],
  ['贵州', '黔', 'GZ', 'Guizhou', 5, 2],
  ['湖北', '鄂', 'HB', 'Hubei', 5, 3],
  ['江西', '赣', 'JX', 'Jiangxi', 5, 4],
  ['浙江', '浙', 'ZJ', 'Zhejiang', 5, 5],
  ['广西', '桂', 'GX', 'Guangxi', 6, 2],
  ['湖南', '湘', 'HN', 'Hunan', 6, 3],
  ['广东', '粤', 'GD', 'Guangdong', 6, 4],
  ['福建', '闽', 'FJ', 'Fujian', 6, 5],
  ['台湾', '台', 'TW', 'Taiwan', 6, 6],
  ['海南', '琼', 'HI', 'Hainan', 7, 3],
  ['澳门', '澳', 'MO', 'Macao', 7, 4],
  ['香港', '港', 'HK', 'Hong Kong', 7, 5],
];
const ROWS = 8;
const COLUMNS = 7;

const PROVINCES = new Set(TILES.map(([name]) => name));

/** What a province is called in the language at hand. */
export const provinceName = (name) => (language() === 'zh' ? name : (TILES.find(([short]) => short === name)?.[3] ?? name));

/**
 * `chosen` is the key of the area that is shown; `choose(key)` is called for another one. By city, a province is
 * chosen with all its cities. `colour` is `date`, `count` or the place of a column; `coloured(colour)` is called for
 * another one.
 */
export function map(answer, by, chosen, choose, colour, coloured) {
  const root = h('div.map');
  const draw = (with_) => fill(root, drawn(answer, by, chosen, choose, with_, (value) => {
    draw(value);
    root.querySelector(`[aria-pressed="true"]`)?.focus();
    coloured(value);
  }));
  draw(colour);
  return root;
}

function drawn(answer, by, chosen, choose, colour, coloured) {
  const numeric = by === 'city' ? [] : scales(answer.columns);
  const options = [
    ['date', t('regions.map.date')],
    ...(by === 'city' ? [['count', t('regions.map.count')]] : []),
    ...numeric.map(({ place, column }) => [String(place), columnName(column)]),
  ];
  const at = options.some(([value]) => value === colour) ? colour : 'date';
  const scale = scaleOf(answer, by, at, numeric);
  const heading = freshId('map');
  return [
    h('h2.hidden', { id: heading }, t('regions.map')),
    options.length > 1 && choices(t('regions.map.colour'), options, at, coloured),
    grid(answer, by, chosen, choose, scale, heading),
    legend(scale, at === 'date' ? null : options.find(([value]) => value === at)[1]),
    h('p.muted', {}, t('regions.map.help')),
    outside(answer, by, choose),
  ];
}

/** Where provinces are on the scale: `of(province)` gives `{ share, short, long }`, `null` where it has no value. */
function scaleOf(answer, by, colour, numeric) {
  const entries = new Map();
  answer.rows.forEach((row, place) => {
    const { province } = row.area;
    if (!PROVINCES.has(province)) return;
    const entry = entries.get(province) ?? { n: 0, date: null, kind: null };
    entry.n += 1;
    if (row.since && (!entry.date || row.since.date < entry.date)) Object.assign(entry, { date: row.since.date, kind: row.since.date_kind });
    const column = numeric.find((scale) => String(scale.place) === colour);
    if (column) Object.assign(entry, { value: column.column.values[place], unit: column.unit });
    entries.set(province, entry);
  });
  const numbers = { date: (e) => (e.date ? Date.parse(e.date) : null), count: (e) => e.n };
  const size = numbers[colour] ?? ((e) => amount(e.value));
  // Within one year the days tell more.
  const dates = new Set([...entries.values()].map((e) => e.date).filter(Boolean));
  const oneYear = dates.size > 1 && new Set([...dates].map((date) => date.slice(0, 4))).size === 1;
  const words = {
    date: (e) => [oneYear ? e.date.slice(5) : e.date.slice(0, 4), dated(e.date, e.kind)],
    count: (e) => [t('regions.map.cities', { n: e.n }), t('regions.map.cities.found', { n: e.n })],
  };
  const say = words[colour] ?? ((e) => [compact(amount(e.value), language()), e.value.text]);
  const missing = { date: t('regions.map.undated') };
  const sizes = [...entries.values()].map(size).filter((n) => n !== null);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const ends = [low, high].map((n) => [...entries.values()].find((e) => size(e) === n)).map((e) => (e ? say(e)[1] : null));
  return {
    ends,
    of(province) {
      const entry = entries.get(province);
      if (!entry) return null;
      const n = size(entry);
      if (n === null) return { share: null, short: missing[colour] ?? t('regions.map.novalue'), long: missing[colour] ?? t('regions.map.novalue') };
      const [short, long] = say(entry);
      return { share: high > low ? (n - low) / (high - low) : 0, short, long };
    },
  };
}

function grid(answer, by, chosen, choose, scale, heading) {
  const documents = new Map();
  for (const { area, documents: n } of [...answer.not_found, ...answer.rows]) {
    if (area.province) documents.set(area.province, (documents.get(area.province) ?? 0) + n);
  }
  const selected = TILES.some(([name]) => name === chosen.split(' ')[0]) ? chosen.split(' ')[0] : null;
  const tiles = TILES.map(([name, short, letters, , row, column]) => {
    const found = scale.of(name);
    const n = documents.get(name) ?? 0;
    const called = provinceName(name);
    const label = found
      ? t('regions.tile.found', { name: called, what: found.long })
      : n > 0
        ? t('regions.tile.none', { name: called, n })
        : t('regions.tile.absent', { name: called });
    const kind = found ? (found.share === null ? 'found.undated' : 'found') : n > 0 ? 'searched' : 'empty';
    return h(
      `div.tile.${kind}`,
      {
        role: 'gridcell',
        title: label,
        'aria-colindex': column + 1,
        'aria-selected': String(name === selected),
        tabindex: '-1',
        dataset: { province: name, row, column },
        style: { 'grid-row': String(row + 1), 'grid-column': String(column + 1), ...(found?.share != null && { '--share': `${Math.round(found.share * 100)}%` }) },
        onclick: (event) => pick(event.currentTarget),
      },
      h('span.hidden', {}, label),
      h('span.short', { 'aria-hidden': 'true' }, short, language() === 'en' && h('small', {}, letters)),
      h('span.value', { 'aria-hidden': 'true' }, found ? found.short : n > 0 ? '–' : ''),
    );
  });
  const focusable = tiles.find((tile) => tile.dataset.province === selected) ?? tiles.find((tile) => tile.classList.contains('found')) ?? tiles[0];
  focusable.tabIndex = 0;
  const pick = (tile) => {
    for (const other of tiles) other.setAttribute('aria-selected', String(other === tile));
    reach(tile);
    choose(tile.dataset.province);
  };
  const reach = (tile) => {
    for (const other of tiles) other.tabIndex = other === tile ? 0 : -1;
    tile.focus();
  };
  const element = h(
    'div.tiles',
    { role: 'grid', 'aria-labelledby': heading, 'aria-rowcount': ROWS, 'aria-colcount': COLUMNS },
    Array.from({ length: ROWS }, (_, row) =>
      h('div.tile-row', { role: 'row', 'aria-rowindex': row + 1 }, tiles.filter((tile) => Number(tile.dataset.row) === row)),
    ),
  );
  element.addEventListener('keydown', (event) => {
    const tile = event.target.closest('.tile');
    if (!tile) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      pick(tile);
      return;
    }
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const next = step ? neighbour(tiles, tile, step) : { Home: tiles[0], End: tiles.at(-1) }[event.key];
    if (!next) return;
    event.preventDefault();
    reach(next);
  });
  return element;
}

/** The nearest tile in a direction; those straight ahead count as nearer than those aside. */
function neighbour(tiles, from, [down, right]) {
  const place = (tile) => [Number(tile.dataset.row), Number(tile.dataset.column)];
  const [row, column] = place(from);
  let best = null;
  for (const tile of tiles) {
    const [r, c] = place(tile);
    const ahead = (r - row) * down + (c - column) * right;
    const aside = Math.abs((r - row) * right) + Math.abs((c - column) * down);
    if (ahead <= 0 || (down === 0 && r !== row)) continue;
    const far = ahead + aside * 3;
    if (!best || far < best.far) best = { far, tile };
  }
  return best?.tile;
}

function legend(scale, about) {
  const [low, high] = scale.ends;
  const sample = (kind, words) => h('span', {}, h(`span.swatch.tile.${kind}`, { 'aria-hidden': 'true' }), words);
  return h(
    'div.legend',
    { role: 'group', 'aria-label': t('regions.map.legend') },
    low !== null &&
      h('span', {}, about ?? t('regions.map.found'), ' ', low, ' ', low !== high && [h('span.ramp', { 'aria-hidden': 'true' }), ' ', high]),
    low === null && sample('found.undated', t('regions.map.found')),
    sample('searched', t('regions.map.none')),
    sample('empty', t('regions.map.absent')),
  );
}

/** Areas that are no province: the country, places whose province is not known, documents that name none. */
function outside(answer, by, choose) {
  const rows = answer.rows.filter((row) => !PROVINCES.has(row.area.province));
  if (!rows.length) return null;
  return h(
    'p.row',
    {},
    h('span.muted', {}, t('regions.map.outside')),
    rows.map((row) =>
      h('button.plain', { type: 'button', onclick: () => choose(areaKey(row.area)) }, areaName(row.area, by), ' ', row.since ? row.since.date : t('date.none')),
    ),
  );
}
