// Both documents in columns that scroll together, with lines between the clauses that answer each other.

import { appended, fill, h, s } from '../../dom.js';
import { t } from '../../words.js';
import { clauses, OTHER } from './clause.js';

const SIDES = ['left', 'right'];
const GUTTER = 72;

/**
 * `shown` are the places of the rows to show; `chosen(place)` is called when one is pointed out. Gives the element,
 * `reach(place)`, which brings a row into view on both sides, and `filled`.
 */
export function sides(answer, shown, chosen, signal) {
  const lines = s('svg.lines', { width: GUTTER, 'aria-hidden': 'true' });
  const columns = Object.fromEntries(SIDES.map((side) => [side, column(answer, shown, side)]));
  const { left, right } = columns;
  const element = h('div.sides', {}, left.element, h('div.gutter', {}, lines), right.element);

  const links = linksOf(answer, shown, left, right);
  let current = null;
  let due = false;
  const redraw = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw(lines, links, left, right, current);
    });
  };

  // Which column moves the other: the one that is scrolled by hand. What it did to the other comes back as a scroll of
  // that one, and is told by its place.
  const expected = { left: null, right: null };
  for (const side of SIDES) {
    const [from, to] = [columns[side], columns[OTHER[side]]];
    from.element.addEventListener('scroll', () => {
      redraw();
      const own = expected[side];
      expected[side] = null;
      if (own !== null && Math.abs(own - from.element.scrollTop) < 2) return;
      const top = followed(from, to, links, side);
      if (Math.abs(top - to.element.scrollTop) < 1) return;
      expected[OTHER[side]] = top;
      to.element.scrollTop = top;
    }, { passive: true });
  }

  const show = (place) => {
    current = place;
    for (const side of SIDES) {
      const { items, element: pane } = columns[side];
      for (const [of, elements] of items) for (const item of elements) item.classList.toggle('current', of === place);
      const first = items.get(place)?.[0];
      if (!first) continue;
      const top = first.offsetTop - pane.clientHeight / 3;
      expected[side] = Math.max(0, Math.min(top, pane.scrollHeight - pane.clientHeight));
      if (Math.abs(expected[side] - pane.scrollTop) < 1) expected[side] = null;
      pane.scrollTop = top;
    }
    // A side without the row goes where its neighbours are.
    for (const side of SIDES) {
      if (columns[side].items.has(place)) continue;
      const top = followed(columns[OTHER[side]], columns[side], links, OTHER[side]);
      expected[side] = Math.abs(top - columns[side].element.scrollTop) < 1 ? null : top;
      columns[side].element.scrollTop = top;
    }
    redraw();
  };
  const point = (place) => {
    show(place);
    chosen(place);
  };

  const filled = Promise.all(SIDES.map((side) => columns[side].filled(point, signal))).then(() => {
    const measure = () => {
      for (const side of SIDES) columns[side].measure();
      redraw();
    };
    const watcher = new ResizeObserver(measure);
    for (const side of SIDES) watcher.observe(columns[side].list);
    watcher.observe(element);
    signal.addEventListener('abort', () => watcher.disconnect());
    measure();
  });
  return {
    element,
    filled,
    reach: async (place) => {
      await filled;
      show(place);
    },
  };
}

/** One document: its clauses in its own order, with the headings above them. */
function column(answer, shown, side) {
  const list = h('ol');
  const element = h('section.column', { tabindex: '0', 'aria-label': t(`compare.side.${side}`) }, list);
  const items = new Map();
  const places = shown
    .filter((place) => answer.rows[place][side].length)
    .flatMap((place) => answer.rows[place][side].map((clause, i) => ({ place, i, clause })))
    .sort((a, b) => a.clause.ordinal - b.clause.ordinal);
  const spots = new Map();
  return {
    element,
    list,
    items,
    spots,
    /** Puts the clauses in; `point(place)` is called for a row that was pointed out. */
    filled: (point, signal) => {
      let path = '';
      return appended(
        list,
        places,
        ({ place, i, clause }) => {
          const row = answer.rows[place];
          const here = clause.path.join(' › ');
          const heading = here && here !== path ? h('h3', {}, here) : null;
          path = here;
          const item = h('li', { onclick: (event) => !event.target.closest('a, button') && !String(getSelection()) && point(place) }, heading);
          // Made anew for each clause of a row, which are few.
          item.append(clauses(row, side, answer[side].document_id, () => point(place))[i]);
          const elements = items.get(place) ?? [];
          elements[i] = item;
          items.set(place, elements);
          return item;
        },
        signal,
      );
    },
    /** Notes where every clause stands, so that scrolling asks nothing of the layout. */
    measure: () => {
      for (const [place, elements] of items) {
        spots.set(place, elements.map((item) => {
          const clause = item.lastElementChild;
          return { top: clause.offsetTop, middle: clause.offsetTop + Math.min(clause.offsetHeight / 2, 22), bottom: clause.offsetTop + clause.offsetHeight };
        }));
      }
    },
  };
}

/** Rows of both sides, in the order of the left; `steady` are those that keep the order, by which the columns follow. */
function linksOf(answer, shown, left, right) {
  const all = shown.filter((place) => answer.rows[place].kind === 'aligned');
  return {
    all: all.map((place) => ({ place, relation: answer.rows[place].relation, moved: answer.rows[place].moved })),
    steady: () => {
      const anchors = [[0, 0]];
      for (const place of all) {
        const [l, r] = [left.spots.get(place)?.[0], right.spots.get(place)?.[0]];
        const last = anchors.at(-1);
        if (l && r && !answer.rows[place].moved && l.top > last[0] && r.top > last[1]) anchors.push([l.top, r.top]);
      }
      return anchors;
    },
  };
}

/**
 * How far `to` is to be scrolled so that it shows what `from` shows. Either scroll range is stretched to the whole
 * height, so that tops and ends meet; between two anchors the columns go along in proportion.
 */
function followed(from, to, links, side) {
  const [a, b] = [from.element, to.element];
  const [most, other] = [a.scrollHeight - a.clientHeight, b.scrollHeight - b.clientHeight];
  if (most <= 0 || other <= 0) return 0;
  const [x, y] = side === 'left' ? [0, 1] : [1, 0];
  const at = (a.scrollTop * a.scrollHeight) / most;
  const anchors = [...links.steady(), side === 'left' ? [a.scrollHeight, b.scrollHeight] : [b.scrollHeight, a.scrollHeight]];
  let k = anchors.findIndex((anchor) => anchor[x] > at);
  if (k < 1) k = anchors.length - 1;
  const [before, after] = [anchors[k - 1], anchors[k]];
  const share = after[x] > before[x] ? (at - before[x]) / (after[x] - before[x]) : 0;
  const goal = before[y] + share * (after[y] - before[y]);
  return Math.round((goal * other) / b.scrollHeight);
}

/** Draws the lines of which an end is in view. */
function draw(svg, links, left, right, current) {
  const height = left.element.clientHeight;
  svg.setAttribute('height', height);
  const [topLeft, topRight] = [left.element.scrollTop, right.element.scrollTop];
  const inView = (spot, top) => spot.bottom > top && spot.top < top + height;
  const paths = [];
  for (const { place, relation, moved } of links.all) {
    for (const l of left.spots.get(place) ?? []) {
      for (const r of right.spots.get(place) ?? []) {
        if (!inView(l, topLeft) && !inView(r, topRight)) continue;
        const [y1, y2] = [l.middle - topLeft, r.middle - topRight];
        const classes = `line ${relation}${moved ? ' moved' : ''}${place === current ? ' current' : ''}`;
        paths.push(s('path', { class: classes, d: `M0 ${y1} C${GUTTER / 2} ${y1} ${GUTTER / 2} ${y2} ${GUTTER} ${y2}` }));
      }
    }
  }
  fill(svg, paths);
}
