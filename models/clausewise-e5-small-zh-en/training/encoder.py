"""The encoder in torch, as `clausewise` runs it: which tokens are the text's, what is averaged, what is compared."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import nn

import gguf

PROMPT = "query: "
HEADS = 12
EPS = 1e-12
# Longer texts are cut here in training: 0.1 % of them.
MOST_TOKENS = 256


class Layer(nn.Module):
    def __init__(self, hidden: int, inner: int):
        super().__init__()
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.attended = nn.Linear(hidden, hidden)
        self.attended_norm = nn.LayerNorm(hidden, EPS)
        self.inner = nn.Linear(hidden, inner)
        self.outer = nn.Linear(inner, hidden)
        self.outer_norm = nn.LayerNorm(hidden, EPS)

    def forward(self, x, mask):
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, hidden // HEADS).permute(2, 0, 3, 1, 4)
        # By hand: for sequences this short torch's fused attention is several times slower backwards.
        scores = (q * (hidden // HEADS) ** -0.5) @ k.transpose(-1, -2)
        attended = torch.softmax(scores.masked_fill(~mask, -1e4), dim=-1).to(v.dtype) @ v
        attended = attended.transpose(1, 2).reshape(batch, length, hidden)
        x = self.attended_norm(x + self.attended(attended))
        return self.outer_norm(x + self.outer(F.gelu(self.inner(x))))


NAMES = {
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "outer_norm": "output.LayerNorm",
}


@dataclass
class Encoded:
    """Of some texts: unit sentence vectors; unit vectors of the text's own tokens, their mask and ids, padded."""

    sentences: torch.Tensor  # [texts, hidden]
    tokens: torch.Tensor  # [texts, longest, hidden]
    mask: torch.Tensor  # [texts, longest], bool
    ids: torch.Tensor  # [texts, longest]


class Encoder(nn.Module):
    def __init__(self, folder: Path):
        super().__init__()
        self.metadata, tensors = gguf.read(folder / "model.gguf")
        self.tensors = tensors
        value = lambda name: torch.from_numpy(tensors[name].values())
        # Frozen: a vocabulary of 65,519 sees too few of its pieces in a training set of this size.
        self.words = nn.Embedding.from_pretrained(value("embeddings.word_embeddings.weight"))
        constant = value("embeddings.position_embeddings.weight") + value("embeddings.token_type_embeddings.weight")[0]
        self.register_buffer("positions", constant)
        self.norm = nn.LayerNorm(self.words.embedding_dim, EPS)
        self.norm.weight.data, self.norm.bias.data = value("embeddings.LayerNorm.weight"), value("embeddings.LayerNorm.bias")
        self.norm.requires_grad_(False)
        count = self.metadata["bert.block_count"]
        inner = tensors["encoder.layer.0.intermediate.dense.weight"].shape[0]
        self.layers = nn.ModuleList(Layer(self.words.embedding_dim, inner) for _ in range(count))
        for number, layer in enumerate(self.layers):
            for part, name in NAMES.items():
                for kind in ("weight", "bias"):
                    getattr(layer, part)._parameters[kind].data = value(f"encoder.layer.{number}.{name}.{kind}")
            for kind in ("weight", "bias"):
                parts = [value(f"encoder.layer.{number}.attention.self.{part}.{kind}") for part in ("query", "key", "value")]
                layer.qkv._parameters[kind].data = torch.cat(parts)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.cache: dict[str, tuple[list[int], int]] = {}

    def pieces(self, text: str) -> tuple[list[int], int]:
        """Ids with prompt and special tokens, and where the text's own begin."""
        if text not in self.cache:
            encoding = self.tokenizer.encode(PROMPT + text, add_special_tokens=False)
            ids = encoding.ids
            first = sum(1 for _, end in encoding.offsets if end <= len(PROMPT.rstrip()))
            self.cache[text] = ([0, *ids[: MOST_TOKENS - 2], 2], first + 1)
        return self.cache[text]

    def hidden(self, ids, mask):
        x = self.norm(self.words(ids) + self.positions[: ids.shape[1]])
        wide = mask[:, None, None, :]
        for layer in self.layers:
            x = layer(x, wide)
        return x

    def encode(self, texts: list[str], budget: int = 4096) -> Encoded:
        """Encodes in batches of like lengths, `budget` tokens each with their padding."""
        pieces = [self.pieces(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda i: len(pieces[i][0]))
        longest = max(len(ids) - start - 1 for ids, start in pieces)
        sentences, flat, place, rows, used = [], [], [], [], 0
        batch: list[int] = []

        def run():
            nonlocal used
            width = max(len(pieces[i][0]) for i in batch)
            ids = torch.ones(len(batch), width, dtype=torch.long)
            mask = torch.zeros(len(batch), width, dtype=torch.bool)
            for row, i in enumerate(batch):
                ids[row, : len(pieces[i][0])] = torch.tensor(pieces[i][0])
                mask[row, : len(pieces[i][0])] = True
            with torch.autocast("cpu", torch.bfloat16):
                hidden = self.hidden(ids, mask)
            hidden = hidden.float()
            sentences.append(F.normalize((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=-1))
            flat.append(F.normalize(hidden, dim=-1).view(-1, hidden.shape[-1]))
            for row, i in enumerate(batch):
                rows.append(i)
                place.append(used + row * width + pieces[i][1])
            used += len(batch) * width

        for i in order:
            if batch and (len(batch) + 1) * len(pieces[i][0]) > budget:
                run()
                batch = []
            batch.append(i)
        run()
        ids = torch.zeros(len(texts), longest, dtype=torch.long)
        mask = torch.zeros(len(texts), longest, dtype=torch.bool)
        for row, (of_text, start) in enumerate(pieces):
            own = of_text[start:-1]
            ids[row, : len(own)] = torch.tensor(own)
            mask[row, : len(own)] = True
        back = torch.tensor(rows).argsort()
        index = (torch.tensor(place)[back][:, None] + torch.arange(longest)).clamp(max=used - 1)
        tokens = torch.cat(flat).index_select(0, index.view(-1)).view(len(texts), longest, -1)
        return Encoded(torch.cat(sentences)[back], tokens * mask[..., None], mask, ids)

    def weights(self) -> dict[str, torch.Tensor]:
        """What is trained, by name."""
        return {name: p.detach().clone() for name, p in self.named_parameters() if p.requires_grad}

    def save(self, path: Path, name: str) -> None:
        """Writes model.gguf: trained matrices in 8 bits, the word embedding as it came."""
        tensors = dict(self.tensors)

        def put(key: str, values: torch.Tensor):
            values = values.detach().numpy()
            tensors[key] = gguf.in_8_bits(values) if values.ndim == 2 else gguf.of_f32(values)

        for number, layer in enumerate(self.layers):
            for part, long in NAMES.items():
                for kind in ("weight", "bias"):
                    put(f"encoder.layer.{number}.{long}.{kind}", getattr(layer, part)._parameters[kind])
            for kind in ("weight", "bias"):
                for part, values in zip(("query", "key", "value"), layer.qkv._parameters[kind].detach().chunk(3)):
                    put(f"encoder.layer.{number}.attention.self.{part}.{kind}", values)
        metadata = dict(self.metadata) | {"general.name": name, "general.file_type": 7}  # mostly Q8_0
        gguf.write(path, metadata, tensors)


def late_interaction(queries: Encoded, passages: Encoded, idf: torch.Tensor, centre: torch.Tensor, cells: int = 2**22):
    """Forward and reverse figures of every query with every passage, [queries, passages] each: means, weighted by
    inverse document frequency, of each token's best cosine on the other side, the centre taken off
    (src/search/late.rs). Cosines are in bfloat16; `cells` of them are held at a time."""

    def parts(encoded: Encoded, most: int):
        """Texts of like lengths together, as (index, centred tokens, mask, weights)."""
        lengths = encoded.mask.sum(1)
        order = lengths.argsort()
        centred = F.normalize(encoded.tokens - centre, dim=-1)
        centred = centred.bfloat16()
        weights = idf[encoded.ids] * encoded.mask
        weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-9)
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * int(lengths[order[end]]) <= most:
                end += 1
            index, width = order[start:end], int(lengths[order[end - 1]])
            yield index, centred[index, :width], encoded.mask[index, :width], weights[index, :width]
            start = end

    query_parts = list(parts(queries, 768))
    passage_parts = list(parts(passages, cells // 768))
    forward, reverse = [], []
    for _, q, q_mask, q_weight in query_parts:
        row_forward, row_reverse = [], []
        for _, p, p_mask, p_weight in passage_parts:
            cosines = q.reshape(-1, q.shape[-1]) @ p.reshape(-1, p.shape[-1]).T
            cosines = cosines.view(*q.shape[:2], *p.shape[:2])
            best = cosines.masked_fill(~p_mask, -1).amax(3).float()
            row_forward.append(torch.einsum("qtp,qt->qp", best, q_weight))
            best = cosines.masked_fill(~q_mask[:, :, None, None], -1).amax(1).float()
            row_reverse.append(torch.einsum("qpt,pt->qp", best, p_weight))
        forward.append(torch.cat(row_forward, 1))
        reverse.append(torch.cat(row_reverse, 1))
    rows = torch.cat([index for index, *_ in query_parts]).argsort()
    columns = torch.cat([index for index, *_ in passage_parts]).argsort()
    return torch.cat(forward)[rows][:, columns], torch.cat(reverse)[rows][:, columns]
