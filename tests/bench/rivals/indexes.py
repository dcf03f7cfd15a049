#!/usr/bin/env python3
"""Other HNSW indexes over the same vectors and queries: hnswlib, faiss, usearch.

    python indexes.py --folder DIR --dimensions N --links N --ef-construction N --threads N

Started by `cargo bench --bench rivals -- indexes`, which writes the f32 matrices `vectors.f32` and, for every set of
queries, `SET.queries.f32` and `SET.edges.f32` (the cosine of each query's 10th neighbour) into the folder. All graphs
have the same number of links and candidates, are built on all the threads given and searched on one.
"""

import argparse
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import numpy as np

from worker import Answer, first_line, serve, take_over_standard_output

Array = np.ndarray
K = 10


class Index(ABC):
    """A graph over all vectors."""

    @abstractmethod
    def search(self, queries: Array, ef: int) -> Array:
        """Positions of the `K` nearest vectors of each query, on one thread."""


class Hnswlib(Index):
    """hnswlib, f32."""

    def __init__(self, vectors: Array, links: int, ef: int, threads: int) -> None:
        import hnswlib

        self.index = hnswlib.Index("ip", vectors.shape[1])
        self.index.init_index(len(vectors), ef_construction=ef, M=links)
        self.index.add_items(vectors, num_threads=threads)

    def search(self, queries: Array, ef: int) -> Array:
        self.index.set_ef(ef)
        return self.index.knn_query(queries, K, num_threads=1)[0]


class Faiss(Index):
    """faiss, f32 or 8-bit scalars."""

    def __init__(self, vectors: Array, links: int, ef: int, threads: int, bits8: bool) -> None:
        import faiss

        self.faiss = faiss
        faiss.omp_set_num_threads(threads)
        dimensions, product = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
        if bits8:
            self.index = faiss.IndexHNSWSQ(dimensions, faiss.ScalarQuantizer.QT_8bit, links, product)
        else:
            self.index = faiss.IndexHNSWFlat(dimensions, links, product)
        self.index.hnsw.efConstruction = ef
        self.index.train(vectors)
        self.index.add(vectors)

    def search(self, queries: Array, ef: int) -> Array:
        self.faiss.omp_set_num_threads(1)
        self.index.hnsw.efSearch = ef
        return self.index.search(queries, K)[1]


class Usearch(Index):
    """usearch, f32, bf16 or i8."""

    def __init__(self, vectors: Array, links: int, ef: int, threads: int, kind: str) -> None:
        from usearch.index import Index as Graph

        self.index = Graph(ndim=vectors.shape[1], metric="cos", dtype=kind, connectivity=links, expansion_add=ef)
        self.index.add(np.arange(len(vectors)), vectors, threads=threads)

    def search(self, queries: Array, ef: int) -> Array:
        self.index.expansion_search = ef
        return np.asarray(self.index.search(queries, K, threads=1).keys)


Make = Callable[[Array, int, int, int], Index]
MAKERS: dict[str, Make] = {
    "hnswlib f32": Hnswlib,
    "faiss f32": lambda *a: Faiss(*a, bits8=False),
    "faiss SQ8": lambda *a: Faiss(*a, bits8=True),
    "usearch f32": lambda *a: Usearch(*a, kind="f32"),
    "usearch bf16": lambda *a: Usearch(*a, kind="bf16"),
    "usearch i8": lambda *a: Usearch(*a, kind="i8"),
}


def main() -> None:
    """Says what there is, then builds and searches one at a time as asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="where the matrices are")
    parser.add_argument("--dimensions", type=int, required=True, help="components of a vector")
    parser.add_argument("--links", type=int, required=True, help="links of a vector (M)")
    parser.add_argument("--ef-construction", type=int, required=True, help="candidates while building")
    parser.add_argument("--threads", type=int, required=True, help="threads while building")
    options = parser.parse_args()

    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    say = take_over_standard_output()

    def matrix(name: str) -> Array:
        return np.fromfile(options.folder / name, np.float32).reshape(-1, options.dimensions)

    vectors = matrix("vectors.f32")
    sets = {path.name.split(".")[0]: (matrix(path.name), np.fromfile(str(path).replace("queries", "edges"), np.float32))
            for path in options.folder.glob("*.queries.f32")}
    built: dict[str, Index] = {}
    say({"contestants": list(MAKERS)})

    def recall(found: Array, queries: Array, edges: Array) -> float:
        # By cosine, not by position: equal texts have equal vectors.
        cosines = np.einsum("qkd,qd->qk", vectors[np.clip(found.astype(np.int64), 0, len(vectors) - 1)], queries)
        right = (cosines >= edges[:, None] - 1e-6) & (found.astype(np.int64) >= 0)
        return float(right.mean())

    def measure(request: Answer) -> Answer:
        name = request["name"]
        if request["do"] == "build":
            start = time.perf_counter()
            try:
                made = MAKERS[name](vectors, options.links, options.ef_construction, options.threads)
            except ImportError as error:
                return {"error": first_line(error)}
            built[name] = made
            return {"seconds": time.perf_counter() - start}
        queries, edges = sets[request["set"]]
        start = time.perf_counter()
        found = built[name].search(queries, request["ef"])
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "recall": recall(found, queries, edges)}

    serve(say, measure)


if __name__ == "__main__":
    main()
