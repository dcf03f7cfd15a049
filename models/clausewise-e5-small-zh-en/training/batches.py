"""What is trained on, put together: items and judged lists, batches of them, and the loss on a batch."""

import hashlib
import json
import math
import random
from dataclasses import dataclass, field
from pathlib import Path

import torch

from encoder import Encoded, Encoder, late_interaction

HERE = Path(__file__).parent
# One source document in so many is for validation: its items and judged lists are not trained on.
VALIDATION = 10
DISTRACTORS = 3000


def is_validation(source: str) -> bool:
    return int(hashlib.sha256(source.encode()).hexdigest(), 16) % VALIDATION == 0


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Data:
    """Items and judged lists, parted by source document; `judged` are the names of files of lists beside this one."""

    def __init__(self, encoder: Encoder, judged: list[str]):
        items = read(HERE / "items.jsonl")
        self.items = {True: [], False: []}
        for item in items:
            self.items[is_validation(item["source"])].append(item)
        self.lists = {True: [], False: []}
        by_id = {item["id"]: item for item in items}
        for entry in [entry for name in judged for entry in read(HERE / name)]:
            item = by_id.get(entry["item"])
            entry["source_clause"] = item["clause"] if item else entry["query"]
            self.lists[is_validation(entry["source"])].append(entry)
        # Real clauses, to count tokens in, and for validation to search among: those found for other queries.
        found = {c["text"] for entry in self.lists[False] for c in entry["candidates"]}
        found = sorted(found, key=lambda text: hashlib.sha256(text.encode()).digest())
        self.distractors = found[:DISTRACTORS]
        counted = found + [item["clause"] for item in items]
        frequencies = torch.zeros(encoder.words.num_embeddings)
        for text in counted:
            ids, start = encoder.pieces(text)
            frequencies[torch.tensor(sorted(set(ids[start:-1])), dtype=torch.long)] += 1
        self.idf = torch.log(1 + (len(counted) - frequencies + 0.5) / (frequencies + 0.5))


def score(encoded_queries, encoded_passages, data, centre):
    forward, reverse = late_interaction(encoded_queries, encoded_passages, data.idf, centre)
    return 0.9 * forward + 0.1 * reverse


def rows(encoded: Encoded, index: list[int]) -> Encoded:
    index = torch.tensor(index)
    mask = encoded.mask[index]
    length = int(mask.sum(1).max())
    return Encoded(encoded.sentences[index], encoded.tokens[index, :length], mask[:, :length], encoded.ids[index, :length])


def contrastive(scores, positive, ignored, temperature):
    """Softmax over all passages that are not ignored; of several positives each is told from the negatives alone."""
    scores = scores / temperature
    negatives = scores.masked_fill(positive | ignored, -math.inf).logsumexp(1, keepdim=True)
    each = -(scores - torch.logaddexp(scores, negatives))
    return (each * positive).sum(1) / positive.sum(1)


@dataclass
class Batch:
    """Texts of a batch, and who is whose positive. Rows are first the queries, then `clauses`."""

    passages: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    # Passages that are queries too: clause and equivalent look for each other.
    clauses: list[int] = field(default_factory=list)
    # [rows, passages]; ignored are a row's own passage and further copies of its positives.
    positive: torch.Tensor = None
    ignored: torch.Tensor = None
    # Rows of `queries` that are whole clauses, or have no positive.
    whole: list[int] = field(default_factory=list)
    # Of a list (row, passages of grade 3) where there are some of grade 2 too.
    best: list[tuple[int, list[int]]] = field(default_factory=list)
    # [passages]: equal numbers, equal texts.
    same: torch.Tensor = None


class Lists:
    """Judged lists without end, one of so many of them of a whole clause; each kind is gone through in turn."""

    def __init__(self, lists: list[dict], whole_every: int):
        self.lists, self.whole_every = lists, whole_every
        self.queues: dict[bool, list[dict]] = {True: [], False: []}

    def take(self, number: int) -> tuple[bool, dict]:
        clause = number % self.whole_every == 0
        if not self.queues[clause]:
            of_kind = [entry for entry in self.lists if (entry["style"] == "clause") == clause]
            self.queues[clause] = random.sample(of_kind, len(of_kind))
        return clause, self.queues[clause].pop()


def make(items: list[dict], lists: Lists, count: int, list_length: int) -> Batch:
    """A batch of items and of `count` judged lists of up to `list_length` passages each."""
    batch = Batch()
    passages = batch.passages
    # Of each query its positives among the passages.
    wanted: list[list[int]] = []
    pairs = []
    for item in items:
        own = [len(passages)]
        passages.append(item["clause"])
        # Items of laymen's questions have no equivalent.
        if "equivalent" in item:
            own.append(len(passages))
            pairs.append((len(passages) - 1, len(passages)))
            passages.append(item["equivalent"])
        passages.append(item["negative"])
        for query in random.sample(item["queries"], min(2, len(item["queries"]))):
            batch.queries.append(query)
            wanted.append(own)
    # Judged lists: real candidates of a search, the tempting wrong ones among them.
    for number in range(count):
        clause, entry = lists.take(number)
        good = [c for c in entry["candidates"] if c["grade"] >= 2]
        bad = [c for c in entry["candidates"] if c["grade"] < 2]
        bad.sort(key=lambda c: (-c["grade"], random.random()))
        good = random.sample(good, min(2, len(good)))
        bad = bad[: list_length - len(good)]
        row, first = len(wanted), len(passages)
        positive = [first + i for i in range(len(good))]
        passages += [c["text"] for c in good + bad]
        if entry["style"] != "clause":
            positive.append(len(passages))
            passages.append(entry["source_clause"])
        batch.queries.append(entry["query"])
        wanted.append(positive)
        # Of those without a positive there is nothing to learn but what the original thinks of them.
        if clause or not positive:
            batch.whole.append(row)
        # Nearly the same words come before other words for the same.
        nearest = [first + i for i, c in enumerate(good) if c["grade"] == 3]
        if nearest and len(nearest) < len(good):
            batch.best.append((row, nearest))
    both = pairs + [(second, first) for first, second in pairs]
    batch.clauses = [first for first, _ in both]
    batch.positive = torch.zeros(len(wanted) + len(both), len(passages), dtype=torch.bool)
    batch.ignored = torch.zeros_like(batch.positive)
    for row, right in enumerate(wanted):
        batch.positive[row, right] = True
    for row, (itself, other) in enumerate(both, len(wanted)):
        batch.positive[row, other] = True
        batch.ignored[row, itself] = True
    # The same text may stand in a list and among the items.
    known: dict[str, int] = {}
    batch.same = torch.tensor([known.setdefault(text, len(known)) for text in passages])
    for row in range(len(batch.positive)):
        right = batch.same[batch.positive[row]]
        batch.ignored[row] |= torch.isin(batch.same, right) & ~batch.positive[row]
    # A clause that is a query here may have been found for another.
    for row, query in enumerate(batch.queries):
        if query in known:
            batch.ignored[row] |= (batch.same == known[query]) & ~batch.positive[row]
    return batch
