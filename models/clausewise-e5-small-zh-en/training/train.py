#!/usr/bin/env python3
"""Adapts the encoder to official Chinese: gentle contrastive training, then averaging with the weights it began from.

    python train.py --base ../../multilingual-e5-small-zh-en --run DIR   train; a snapshot an epoch
    python train.py ... --run DIR --evaluate 0 0.4 0.7 1           judge snapshots averaged in at these shares
    python train.py ... --run DIR --epoch 1 --share 0.7 --out DIR  write model.gguf

See README.md beside the model for the data and for why it is done so.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch

from batches import Data, Lists, contrastive, make, rows, score
from encoder import Encoder

FOLLOW_TEMPERATURE = 0.05


def train(args, encoder: Encoder, data: Data):
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    trained = [p for p in encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    items, lists = data.items[False], Lists(data.lists[False], args.whole_every)
    steps = args.epochs * (len(items) // args.batch)
    rate = lambda step: min(1, (step + 1) / (0.1 * steps)) * max(0.02, 1 - step / steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    teacher = Encoder(args.base)
    with torch.no_grad():
        sample = teacher.encode(data.distractors[:400])
        first_centre = centre = sample.tokens[sample.mask].mean(0)
    step, started, sums = 0, time.time(), [0.0] * 5
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "settings.json").write_text(json.dumps({k: str(v) for k, v in vars(args).items()}, indent=1))
    for epoch in range(1, args.epochs + 1):
        order = random.sample(items, len(items))
        for at in range(0, len(order) - args.batch + 1, args.batch):
            batch = make(order[at : at + args.batch], lists, args.lists, args.list_length)
            passages, queries, clauses, positive = batch.passages, batch.queries, batch.clauses, batch.positive
            encoded = encoder.encode(passages + queries)
            p = rows(encoded, list(range(len(passages))))
            own = encoded.tokens[: len(passages)][encoded.mask[: len(passages)]].detach().mean(0)
            centre = 0.99 * centre + 0.01 * own
            q = rows(encoded, [len(passages) + i for i in range(len(queries))] + clauses)
            scores = score(q, p, data, centre)
            # Queries that are clauses, where the original is good: it is followed in the order of all passages.
            followed = torch.tensor(batch.whole + list(range(len(queries), len(positive))))
            with torch.no_grad():
                original = teacher.encode(passages + queries)
                t_rows = rows(original, [len(passages) + i for i in batch.whole] + clauses)
                t_passages = rows(original, list(range(len(passages))))
                wanted = score(t_rows, t_passages, data, first_centre) / FOLLOW_TEMPERATURE
                itself = torch.zeros_like(wanted, dtype=torch.bool)
                for row, i in enumerate(clauses, len(batch.whole)):
                    itself[row] = batch.same == batch.same[i]
                wanted = wanted.masked_fill(itself, -1e4).log_softmax(1)
            given = (scores[followed] / FOLLOW_TEMPERATURE).masked_fill(itself, -1e4).log_softmax(1)
            follow = (wanted.exp() * (wanted - given)).sum(1).mean()
            # And how alike any two texts are to its sentence vectors, so that general similarity is not forgotten.
            alike = original.sentences @ original.sentences.T
            hold = (encoded.sentences @ encoded.sentences.T - alike).square().mean()
            judged = positive.any(1)
            late = contrastive(scores[judged], positive[judged], batch.ignored[judged], args.late_temperature)
            dense = contrastive((q.sentences @ p.sentences.T)[judged], positive[judged], batch.ignored[judged], args.dense_temperature)
            weight = torch.ones(len(positive))
            weight[len(queries) :] = args.clause_weight
            weight = weight[judged]
            loss = (weight * ((1 - args.dense) * late + args.dense * dense)).sum() / weight.sum() + args.follow * follow + args.hold * hold
            if batch.best:
                first = torch.zeros(len(batch.best), len(passages), dtype=torch.bool)
                for row, (_, nearest) in enumerate(batch.best):
                    first[row, nearest] = True
                index = torch.tensor([row for row, _ in batch.best])
                loss = loss + 0.1 * contrastive(scores[index], first, batch.ignored[index], args.late_temperature).mean()
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
    parser.add_argument("--judged", nargs="+", default=["judged.jsonl"], help="files of judged lists beside this one")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=24, help="items a step")
    parser.add_argument("--lists", type=int, default=48, help="judged lists a step")
    parser.add_argument("--whole-every", type=int, default=3, help="one of so many lists is of a whole clause")
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
    data = Data(encoder, args.judged)
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
