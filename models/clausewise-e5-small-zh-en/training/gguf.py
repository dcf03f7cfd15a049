"""GGUF files of this model: reading them as f32 arrays, and writing them with matrices in 8 bits.

Layouts: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; Q4_0 holds 32 weights as an f16 scale and 16 bytes
(low halves are weights 0 to 15, value = (half - 8) * scale), Q8_0 as an f16 scale and 32 signed bytes.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

F32, Q4_0, Q8_0 = 0, 2, 8
BLOCK = 32
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}


@dataclass
class Tensor:
    shape: tuple[int, ...]
    kind: int
    data: bytes

    def values(self) -> np.ndarray:
        """f32, in the tensor's shape."""
        if self.kind == F32:
            return np.frombuffer(self.data, "<f4").reshape(self.shape).copy()
        width = 18 if self.kind == Q4_0 else 34
        blocks = np.frombuffer(self.data, np.uint8).reshape(-1, width)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        if self.kind == Q4_0:
            halves = blocks[:, 2:]
            weights = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
        else:
            weights = blocks[:, 2:].view(np.int8).astype(np.float32)
        return (weights * scale).reshape(self.shape)


def of_f32(values: np.ndarray) -> Tensor:
    return Tensor(values.shape, F32, np.ascontiguousarray(values, "<f4").tobytes())


def in_8_bits(values: np.ndarray) -> Tensor:
    """Q8_0: each block of 32 by its largest absolute value."""
    blocks = np.ascontiguousarray(values, np.float32).reshape(-1, BLOCK)
    scale = (np.abs(blocks).max(axis=1, keepdims=True) / 127).astype("<f2")
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)
    codes = np.clip(np.rint(blocks / divisor), -127, 127).astype(np.int8)
    return Tensor(values.shape, Q8_0, np.concatenate([scale.view(np.uint8), codes.view(np.uint8)], axis=1).tobytes())


def read(path: Path) -> tuple[dict, dict[str, Tensor]]:
    """(metadata, tensors by name, in the file's order)"""
    file = path.read_bytes()
    at = 0

    def take(layout: str):
        nonlocal at
        values = struct.unpack_from(layout, file, at)
        at += struct.calcsize(layout)
        return values[0] if len(values) == 1 else values

    def text() -> str:
        nonlocal at
        length = take("<Q")
        at += length
        return file[at - length:at].decode()

    magic, version, tensors, entries = take("<4sIQQ")
    if magic != b"GGUF" or version != 3:
        raise ValueError(f"{path}: expected GGUF version 3, found {magic!r} version {version}")
    metadata = {}
    for _ in range(entries):
        key = text()
        kind = take("<I")
        metadata[key] = text() if kind == 8 else take(SCALARS[kind])
    listed = []
    for _ in range(tensors):
        name = text()
        dimensions = take("<I")
        sizes = take(f"<{dimensions}Q")
        shape = tuple(reversed(sizes)) if dimensions > 1 else (sizes,)
        kind, offset = take("<IQ")
        listed.append((name, shape, kind, offset))
    alignment = metadata.get("general.alignment", 32)
    start = at + -at % alignment
    found = {}
    for name, shape, kind, offset in listed:
        count = int(np.prod(shape))
        length = {F32: 4 * count, Q4_0: count // BLOCK * 18, Q8_0: count // BLOCK * 34}[kind]
        found[name] = Tensor(shape, kind, file[start + offset:start + offset + length])
    return metadata, found


def write(path: Path, metadata: dict, tensors: dict[str, Tensor]) -> None:
    alignment = metadata.get("general.alignment", 32)

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    def entry(value) -> bytes:
        if isinstance(value, bool):
            return struct.pack("<IB", 7, value)
        if isinstance(value, int):
            return struct.pack("<II", 4, value)
        if isinstance(value, float):
            return struct.pack("<If", 6, value)
        return struct.pack("<I", 8) + text(value)

    out = bytearray(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        out += text(key) + entry(value)
    offset = 0
    for name, tensor in tensors.items():
        sizes = tuple(reversed(tensor.shape))
        out += text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, tensor.kind, offset)
        offset += len(tensor.data) + -len(tensor.data) % alignment
    out += bytes(-len(out) % alignment)
    for tensor in tensors.values():
        out += tensor.data + bytes(-len(tensor.data) % alignment)
    path.write_bytes(out)
