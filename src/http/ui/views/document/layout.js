// A document's text in reading order: parts of lines of pieces. Nothing of the text is left out but blank lines.

import { Characters } from '../../dom.js';

/** Lines of a part at most: the browser lays out whole parts, and only those that are near. */
const PART_LINES = 24;

/**
 * `[{ lines: [{ start, end, heading, pieces: [{ text, start, clause, reason }] }], entry }]`. `heading` is a heading of
 * the document, `clause` the place of one among its clauses, `reason` why a piece is in none, and `entry` what the
 * outline says of the part.
 */
export function layout(detail) {
  const text = new Characters(detail.text);
  const headings = new Map(detail.headings.map((heading) => [heading.span.start, heading]));
  const articles = new Map(detail.articles.map((article) => [article.span.start, article]));
  const breaks = new Set([...headings.keys(), ...articles.keys(), ...detail.headings.map((heading) => heading.span.end)]);
  const pieces = [
    ...detail.clauses.map(({ span }, clause) => ({ ...span, clause })),
    ...detail.skipped.map(({ span, reason }) => ({ ...span, reason })),
  ].sort((a, b) => a.start - b.start);

  const parts = [];
  let line = [];
  const flush = () => {
    if (line.some((piece) => piece.text.trim())) add(line);
    line = [];
  };
  const add = (pieces) => {
    const first = pieces.find((piece) => piece.text.trim());
    const heading = headings.get(first.start) ?? null;
    const article = pieces.map((piece) => articles.get(piece.start)).find(Boolean);
    const entry = heading ? headingEntry(heading) : article && article.kind !== 'body' ? articleEntry(article) : null;
    let part = parts.at(-1);
    if (!part || entry || part.lines.length >= PART_LINES) {
      part = { lines: [], entry };
      parts.push(part);
    }
    part.lines.push({ start: pieces[0].start, end: pieces.at(-1).end, heading, pieces });
  };
  for (const { start, end, clause, reason } of pieces) {
    if (breaks.has(start)) flush();
    let at = start;
    text
      .slice(start, end)
      .split('\n')
      .forEach((part, i) => {
        if (i > 0) {
          flush();
          at += 1;
        }
        const length = new Characters(part).length;
        if (length) line.push({ text: part, start: at, end: at + length, clause, reason });
        at += length;
      });
  }
  flush();
  return parts;
}

const headingEntry = ({ label, title, depth }) => ({ label, title, depth, heading: true });

const articleEntry = ({ label, title }) => ({ label, title, heading: false });

/** Ranks of headings for an outline without gaps: one below the heading before is at most one deeper. */
export function ranks(parts) {
  const open = [];
  return parts.map(({ entry }) => {
    if (!entry?.heading) return open.length;
    while (open.length && open.at(-1) >= entry.depth) open.pop();
    open.push(entry.depth);
    return open.length;
  });
}
