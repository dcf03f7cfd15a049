#!/usr/bin/env python3
"""Spearman x 100 of sentence cosines against human grades, for models in folders.

    python sts.py PAIRS.jsonl… --model FOLDER…      lines: {"sentence1", "sentence2", "label"}
"""

import argparse
import json
from pathlib import Path

import torch

from encoder import Encoder


def ranks(values: torch.Tensor) -> torch.Tensor:
    """Mean ranks, ties shared."""
    _, inverse, counts = values.unique(return_inverse=True, return_counts=True)
    ends = counts.cumsum(0).double()
    return (ends - (counts.double() - 1) / 2)[inverse]


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, nargs="+", required=True)
    args = parser.parse_args()
    for folder in args.model:
        encoder = Encoder(folder)
        for file in args.files:
            pairs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
            left, right = (encoder.encode([p[f"sentence{n}"] for p in pairs]).sentences for n in (1, 2))
            cosines = (left * right).sum(1).double()
            grades = torch.tensor([float(p["label"]) for p in pairs])
            figure = torch.corrcoef(torch.stack([ranks(cosines), ranks(grades)]))[0, 1].item() * 100
            print(f"{folder.name} {file.name} {figure:.2f}", flush=True)


main()
