#!/usr/bin/env python3
"""Writes tests/fixtures/adapted.json: sentence embeddings of the model beside this folder, by torch in f32, for the
texts of tests/fixtures/parity.json that go through the model at once.

    python reference.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

from encoder import MOST_TOKENS, Encoder

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parents[2] / "tests" / "fixtures"


@torch.no_grad()
def main():
    encoder = Encoder(HERE.parent)
    entries = []
    for entry in json.loads((FIXTURES / "parity.json").read_text(encoding="utf-8")):
        ids = entry["input_ids"]
        if ids is None:
            continue
        ids = torch.tensor([ids])
        hidden = encoder.hidden(ids, torch.ones_like(ids, dtype=torch.bool))
        embedding = F.normalize(hidden[0].mean(0), dim=0)
        own, _ = encoder.pieces(entry["text"])
        assert len(own) == MOST_TOKENS or own == entry["input_ids"], entry["name"]
        entries.append({"name": entry["name"], "text": entry["text"],
                        "embedding": [round(value, 7) for value in embedding.tolist()]})
    (FIXTURES / "adapted.json").write_text(json.dumps(entries, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


main()
