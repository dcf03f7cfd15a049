// What the clauses of a draft come to when sources or clauses are left out, by the rules of the service (src/check:
// verdict, copied, deviations, summary). Nothing left out, it is the service's summary.

/** Least probability of a hit that may be cited, and of one that comes near. */
const PRECEDENTED = 0.5;
const RELATED = 0.45;

/** Share of the draft that a document has word for word, to be taken for the draft itself; and of how many clauses. */
const SAME_DOCUMENT = 0.8;
const LEAST_SAME_CLAUSES = 5;

const LETTER = /[\p{Alphabetic}\p{N}]/u;

/** Whether a hit may be cited as a precedent. */
const isPrecedent = (hit) =>
  hit.relation === 'verbatim' || hit.relation === 'edited' || (!hit.boilerplate && hit.probability >= PRECEDENTED);

const isNear = (hit) => !hit.boilerplate && hit.probability >= RELATED;

/** The document of a clause's id. */
export const documentOf = (clauseId) => clauseId.slice(0, clauseId.lastIndexOf(':'));

/**
 * Whether a document is left out: it is one of `ids`, or another version of one. `families` has the family of every
 * document that has one.
 */
export function leavesOut(ids, families) {
  const out = new Set(ids);
  const familiesOut = new Set(ids.map((id) => families.get(id)).filter(Boolean));
  return (id) => out.has(id) || familiesOut.has(families.get(id));
}

const lettersOf = new WeakMap();

/** For every character of a clause how many letters and digits it stands for: ㎡ is two, a mark none. */
function letters(clause) {
  let known = lettersOf.get(clause);
  if (!known) {
    const { text } = clause;
    known = Uint8Array.from(Array.from(text), (c) => Array.from(c.normalize('NFKC')).filter((p) => LETTER.test(p)).length);
    lettersOf.set(clause, known);
  }
  return known;
}

function counted(clause, spans) {
  const of = letters(clause);
  let sum = 0;
  for (const { start, end } of spans) for (let i = start; i < end; i += 1) sum += of[i];
  return sum;
}

/** Spans of several lists as one list in order, without overlaps. */
function united(lists) {
  const all = lists.flat().sort((a, b) => a.start - b.start);
  const spans = [];
  for (const { start, end } of all) {
    const last = spans.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  return spans;
}

/** The bounds of a value of a draft as the service reads them, in its own unit. */
function bounds({ meaning }) {
  const { figure, deadline } = meaning;
  if (figure) return { lower: figure.lower ?? figure.upper, upper: figure.upper ?? figure.lower };
  const amount = deadline?.within?.amount;
  return { lower: amount, upper: amount };
}

function figureWithout(figure, out) {
  const precedents = figure.precedents.filter((p) => !out(documentOf(p.clause_id)));
  if (precedents.length === figure.precedents.length) return figure;
  if (!precedents.length) return null;
  const lowest = Math.min(...precedents.map((p) => p.lower));
  const highest = Math.max(...precedents.map((p) => p.upper));
  const draft = bounds(figure.draft);
  return { ...figure, precedents, lowest, highest, outside: draft.upper < lowest || draft.lower > highest };
}

/**
 * A clause without what is left out: its verdict, precedents, sources, what is copied, and how it deviates.
 *
 * Documents beyond those whose clauses were fetched are known as sources only; `unsure` says that all that was fetched
 * is left out, so that what comes next would have to be asked for.
 */
export function judged(clause, out) {
  const precedents = clause.precedents.filter((hit) => !out(hit.document_id));
  const sources = clause.sources.filter((source) => !out(source.document_id));
  const fewer = precedents.length < clause.precedents.length;
  let verdict = 'novel';
  if (precedents.some(isPrecedent) || (fewer && sources.length)) verdict = 'precedented';
  else if (precedents.some(isNear)) verdict = 'related';
  const whole = sources.length === clause.sources.length;
  const strengths = clause.strength?.precedents.filter((p) => !out(documentOf(p.clause_id))) ?? [];
  return {
    clause,
    verdict,
    precedents,
    sources,
    copied: whole ? clause.copied : united(sources.map((source) => source.copied)),
    figures: clause.figures.map((figure) => figureWithout(figure, out)).filter(Boolean),
    strength: strengths.length ? { ...clause.strength, precedents: strengths } : null,
    unsure: fewer && verdict !== 'precedented',
  };
}

/** A share with four decimal digits, as the service gives it. */
const rounded = (part, whole) => Math.round((part / Math.max(whole, 1)) * 1e4) / 1e4;

/** Whether a clause counts in ratios: it is no formula and was not left out, neither here (`left`) nor by the service. */
export const counts = (clause, left) => !clause.formula && !clause.excluded && !left.has(clause.ordinal);

/**
 * What judged clauses come to. `left` has the ordinals of clauses that are left out. `documents` are the sources that
 * count, in the order of the service; `all` has every source, those that are left out (`out`) as they would count.
 */
export function summed(all, left, out) {
  const sum = { clauses: all.length, formulas: 0, excluded: 0, precedented: 0, related: 0, novel: 0, characters: 0, unsure: 0 };
  const sources = new Map();
  const deviating = { novel_clauses: [], figures: [], strengths: [] };
  let [covered, copied] = [0, 0];
  for (const judgement of all) {
    const { clause, verdict } = judgement;
    if (clause.excluded || left.has(clause.ordinal)) sum.excluded += 1;
    else if (clause.formula) sum.formulas += 1;
    if (!counts(clause, left)) continue;
    sum.characters += clause.characters;
    sum[verdict] += 1;
    sum.unsure += judgement.unsure ? 1 : 0;
    if (verdict === 'precedented') covered += clause.characters;
    if (verdict === 'novel') deviating.novel_clauses.push(clause);
    copied += counted(clause, judgement.copied);
    for (const source of clause.sources) {
      const of = sources.get(source.document_id) ?? { document_id: source.document_id, clauses: 0, characters: 0, copied: 0 };
      of.clauses += 1;
      of.characters += clause.characters;
      of.copied += counted(clause, source.copied);
      sources.set(source.document_id, of);
    }
    for (const figure of judgement.figures) deviating.figures.push({ ordinal: clause.ordinal, label: clause.label, ...figure });
    if (judgement.strength) deviating.strengths.push({ ordinal: clause.ordinal, label: clause.label, ...judgement.strength });
  }
  const measures = sum.precedented + sum.related + sum.novel;
  const every = [...sources.values()].map((of) => ({
    document_id: of.document_id,
    clauses: of.clauses,
    characters: of.characters,
    share: rounded(of.characters, sum.characters),
    verbatim_characters: of.copied,
    verbatim_share: rounded(of.copied, sum.characters),
    same: measures >= LEAST_SAME_CLAUSES && of.copied >= SAME_DOCUMENT * sum.characters,
    out: out(of.document_id),
  }));
  every.sort(
    (a, b) => b.characters - a.characters || b.verbatim_characters - a.verbatim_characters || (a.document_id < b.document_id ? -1 : 1),
  );
  const documents = every.filter((of) => !of.out);
  return {
    ...sum,
    measures,
    coverage: rounded(sum.precedented, measures),
    covered_share: rounded(covered, sum.characters),
    verbatim_share: rounded(copied, sum.characters),
    largest_source_share: documents[0]?.share ?? 0,
    documents,
    all: every,
    same_documents: documents.filter((of) => of.same).map((of) => of.document_id),
    ...deviating,
  };
}
