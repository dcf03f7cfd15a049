#!/usr/bin/env python3
"""Adapts the encoder to official Chinese: gentle contrastive training, then averaging with the weights it began from.

    python train.py --base ../../multilingual-e5-small-zh-en --run DIR   train; a snapshot an epoch
    python train.py ... --run DIR --evaluate 0 0.4 0.7 1           judge snapshots averaged in at these shares
    python train.py ... --run DIR --epoch 1 --share 0.7 --out DIR  write model.gguf

See README.md beside the model for the data and for why it is done so.
"""

import argparse
import hashlib
import json
import math
import random
import time
from pathlib import Path

import torch

from encoder import Encoded, Encoder, late_interaction

HERE = Path(__file__).parent
# One source document in so many is for validation: its items and judged lists are not trained on.
VALIDATION = 10
DISTRACTORS = 3000
FOLLOW_TEMPERATURE = 0.05


def is_validation(source: str) -> bool:
    return int(hashlib.sha256(source.encode()).hexdigest(), 16) % VALIDATION == 0


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Data:
    def __init__(self, encoder: Encoder):
        items = read(HERE / "items.jsonl")
        self.items = {True: [], False: []}
        for item in items:
            self.items[is_validation(item["source"])].append(item)
        self.lists = {True: [], False: []}
        by_id = {item["id"]: item for item in items}
        for entry in read(HERE / "judged.jsonl"):
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


def train(args, encoder: Encoder, data: Data):
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    trained = [p for p in encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    items, lists = data.items[False], data.lists[False]
    steps = args.epochs * (len(items) // args.batch)
    rate = lambda step: min(1, (step + 1) / (0.1 * steps)) * max(0.02, 1 - step / steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    teacher = Encoder(args.base)
    with torch.no_grad():
        sample = teacher.encode(data.distractors[:400])
        first_centre = centre = sample.tokens[sample.mask].mean(0)
    queues: dict[bool, list[dict]] = {True: [], False: []}
    step, started, sums = 0, time.time(), [0.0] * 5
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "settings.json").write_text(json.dumps({k: str(v) for k, v in vars(args).items()}, indent=1))
    for epoch in range(1, args.epochs + 1):
        order = random.sample(items, len(items))
        for at in range(0, len(order) - args.batch + 1, args.batch):
            batch = order[at : at + args.batch]
            # (query, its positives among the passages)
            queries: list[tuple[str, list[int]]] = []
            passages, pairs = [], []
            for item in batch:
                own = [len(passages)]
                passages.append(item["clause"])
                # Items of laymen's questions have no equivalent.
                if "equivalent" in item:
                    own.append(len(passages))
                    pairs.append((len(passages) - 1, len(passages)))
                    passages.append(item["equivalent"])
                passages.append(item["negative"])
                for query in random.sample(item["queries"], min(2, len(item["queries"]))):
                    queries.append((query, own))
            # Judged lists: real candidates of a search, the tempting wrong ones among them.
            # Half of them whole clauses.
            best, whole = [], []
            for number in range(args.lists):
                clause = number % 2 == 0
                if not queues[clause]:
                    of_kind = [entry for entry in lists if (entry["style"] == "clause") == clause]
                    queues[clause] = random.sample(of_kind, len(of_kind))
                entry = queues[clause].pop()
                good = [c for c in entry["candidates"] if c["grade"] >= 2]
                bad = [c for c in entry["candidates"] if c["grade"] < 2]
                bad.sort(key=lambda c: (-c["grade"], random.random()))
                good = random.sample(good, min(2, len(good)))
                bad = bad[: args.list_length - len(good)]
                positive = [len(passages) + i for i in range(len(good))]
                passages += [c["text"] for c in good + bad]
                if entry["style"] != "clause":
                    positive.append(len(passages))
                    passages.append(entry["source_clause"])
                if not positive:
                    # Nothing to learn from but what the original thinks of them.
                    whole.append(len(queries))
                    queries.append((entry["query"], []))
                    continue
                if clause:
                    whole.append(len(queries))
                # Nearly the same words come before other words for the same.
                nearest = [len(passages) - len(good + bad) - (not clause) + i for i, c in enumerate(good) if c["grade"] == 3]
                if nearest and len(nearest) < len(good):
                    best.append((len(queries), nearest))
                queries.append((entry["query"], positive))
            encoded = encoder.encode(passages + [query for query, _ in queries])
            p = rows(encoded, list(range(len(passages))))
            own = encoded.tokens[: len(passages)][encoded.mask[: len(passages)]].detach().mean(0)
            centre = 0.99 * centre + 0.01 * own
            # Clause and equivalent look for each other.
            both = pairs + [(second, first) for first, second in pairs]
            clauses = [first for first, _ in both]
            q = rows(encoded, [len(passages) + i for i in range(len(queries))] + clauses)
            positive = torch.zeros(len(queries) + len(clauses), len(passages), dtype=torch.bool)
            ignored = torch.zeros_like(positive)
            for row, (_, right) in enumerate(queries):
                positive[row, right] = True
            for row, (i, other) in enumerate(both, len(queries)):
                positive[row, other] = True
                ignored[row, i] = True
            # The same text may stand in a list and among the items.
            known = {}
            same = torch.tensor([known.setdefault(text, len(known)) for text in passages])
            for row in range(len(positive)):
                right = same[positive[row]]
                ignored[row] |= torch.isin(same, right) & ~positive[row]
            scores = score(q, p, data, centre)
            # Queries that are clauses, where the original is good: it is followed in the order of all passages.
            followed = torch.tensor(whole + list(range(len(queries), len(positive))))
            with torch.no_grad():
                original = teacher.encode(passages + [query for query, _ in queries])
                t_rows = rows(original, [len(passages) + i for i in whole] + clauses)
                t_passages = rows(original, list(range(len(passages))))
                wanted = score(t_rows, t_passages, data, first_centre) / FOLLOW_TEMPERATURE
                itself = torch.zeros_like(wanted, dtype=torch.bool)
                for row, i in enumerate(clauses, len(whole)):
                    itself[row] = same == same[i]
                wanted = wanted.masked_fill(itself, -1e4).log_softmax(1)
            given = (scores[followed] / FOLLOW_TEMPERATURE).masked_fill(itself, -1e4).log_softmax(1)
            follow = (wanted.exp() * (wanted - given)).sum(1).mean()
            # And how alike any two texts are to its sentence vectors, so that general similarity is not forgotten.
            alike = original.sentences @ original.sentences.T
            hold = (encoded.sentences @ encoded.sentences.T - alike).square().mean()
            judged = positive.any(1)
            late = contrastive(scores[judged], positive[judged], ignored[judged], args.late_temperature)
            dense = contrastive((q.sentences @ p.sentences.T)[judged], positive[judged], ignored[judged], args.dense_temperature)
            weight = torch.ones(len(positive))
            weight[len(queries) :] = args.clause_weight
            weight = weight[judged]
            loss = (weight * ((1 - args.dense) * late + args.dense * dense)).sum() / weight.sum() + args.follow * follow + args.hold * hold
            if best:
                first = torch.zeros(len(best), len(passages), dtype=torch.bool)
                for row, (_, nearest) in enumerate(best):
                    first[row, nearest] = True
                index = torch.tensor([row for row, _ in best])
                loss = loss + 0.1 * contrastive(scores[index], first, ignored[index], args.late_temperature).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            for i, figure in enumerate((late[: -len(clauses)].mean(), late[-len(clauses) :].mean(), dense.mean(), follow, hold)):
                sums[i] += figure.item()
            if step % 10 == 0:
                typed, clause, vectors, followed, held = (value / 10 for value in sums)
                sums = [0.0] * 5
                took = (time.time() - started) / step
                print(f"{epoch} {step}/{steps} late {typed:.3f} {clause:.3f} dense {vectors:.3f} follow {followed:.4f} hold {held:.5f} {took:.1f} s/step", flush=True)
        torch.save(encoder.weights(), args.run / f"epoch{epoch}.pt")


def ndcg(grades: list[int], ideal: list[int], depth: int = 10) -> float:
    gain = lambda values: sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(values[:depth]))
    return gain(grades) / gain(sorted(ideal, reverse=True))


@torch.no_grad()
def judge(encoder: Encoder, data: Data) -> dict[str, float]:
    """nDCG@10 of late interaction, and of the sentence vectors, on the held-out sources."""
    items, lists = data.items[True], data.lists[True]
    passages = []
    queries = []  # (kind, text, {passage: grade}, left out)
    for item in items:
        clause = len(passages)
        passages += [item[part] for part in ("clause", "equivalent", "negative") if part in item]
        right = {clause: 3}
        if "equivalent" in item:
            right[clause + 1] = 2
            queries.append(("clause", item["clause"], {clause + 1: 3}, clause))
            queries.append(("clause", item["equivalent"], {clause: 3}, clause + 1))
        queries += [(style, query, right, None) for query, style in zip(item["queries"], item["styles"])]
    pool = encoder.encode(passages + data.distractors)
    centre = pool.tokens[pool.mask].mean(0)
    encoded = encoder.encode([text for _, text, _, _ in queries])
    late = score(encoded, pool, data, centre)
    dense = encoded.sentences @ pool.sentences.T
    figures: dict[str, list[float]] = {}
    for row, (kind, _, right, left_out) in enumerate(queries):
        for name, scores in (("late", late), ("dense", dense)):
            order = [i for i in scores[row].topk(12).indices.tolist() if i != left_out][:10]
            value = ndcg([right.get(i, 0) for i in order], list(right.values()))
            group = kind if kind == "clause" else "typed"
            figures.setdefault(f"{name} {group}", []).append(value)
            if name == "late" and group == "typed":
                figures.setdefault(kind, []).append(value)
    for entry in lists:
        grades = [c["grade"] if c["grade"] >= 2 else 0 for c in entry["candidates"]]
        if not any(grades) or all(grades):
            continue
        both = encoder.encode([entry["query"], *(c["text"] for c in entry["candidates"])])
        q, p = rows(both, [0]), rows(both, list(range(1, len(grades) + 1)))
        order = score(q, p, data, centre)[0].argsort(descending=True).tolist()
        name = "lists clause" if entry["style"] == "clause" else "lists typed"
        figures.setdefault(name, []).append(ndcg([grades[i] for i in order], grades))
    return {name: sum(values) / len(values) for name, values in figures.items()}


def average(encoder: Encoder, began: dict, snapshot: dict, share: float):
    named = dict(encoder.named_parameters())
    for name, first in began.items():
        named[name].data = first + share * (snapshot.get(name, first) - first)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--evaluate", type=float, nargs="+", metavar="SHARE")
    parser.add_argument("--epoch", type=int, nargs="+")
    parser.add_argument("--share", type=float)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=20, help="items a step")
    parser.add_argument("--lists", type=int, default=12, help="judged lists a step")
    parser.add_argument("--list-length", type=int, default=6)
    parser.add_argument("--rate", type=float, default=4e-5)
    parser.add_argument("--dense", type=float, default=0.1, help="share of the loss on sentence vectors")
    parser.add_argument("--clause-weight", type=float, default=0.5, help="of written clauses as queries")
    parser.add_argument("--follow", type=float, default=1.0, help="pull towards the original on queries that are clauses")
    parser.add_argument("--hold", type=float, default=100.0, help="pull towards the original's cosines of all texts")
    parser.add_argument("--late-temperature", type=float, default=0.04)
    parser.add_argument("--dense-temperature", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(2)
    encoder = Encoder(args.base)
    data = Data(encoder)
    print({name: (len(part[False]), len(part[True])) for name, part in (("items", data.items), ("lists", data.lists))}, flush=True)
    if args.evaluate is None and args.out is None:
        return train(args, encoder, data)
    began = encoder.weights()
    if args.out:
        snapshots = [torch.load(args.run / f"epoch{epoch}.pt") for epoch in args.epoch]
        average(encoder, began, snapshots[0], args.share)
        args.out.mkdir(parents=True, exist_ok=True)
        return encoder.save(args.out / "model.gguf", args.out.name)
    epochs = args.epoch or sorted(int(p.stem[5:]) for p in args.run.glob("epoch*.pt"))
    for epoch in epochs:
        snapshot = torch.load(args.run / f"epoch{epoch}.pt")
        for share in args.evaluate:
            average(encoder, began, snapshot, share)
            figures = judge(encoder, data)
            print(epoch, share, {name: round(value, 4) for name, value in figures.items()}, flush=True)


if __name__ == "__main__":
    main()
