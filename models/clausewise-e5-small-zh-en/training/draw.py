#!/usr/bin/env python3
"""Draws the clauses that training items are written over, by a rule that leaves no choice.

    python draw.py CORPORA --round x --judged FILE --held-out FILE... --items items.jsonl left_out.jsonl > drawn.jsonl

CORPORA holds `local-regulations`, `national-laws` and `work-reports-2025`, texts of one document a file. FILE is a
judged set: nothing is drawn from the regulations in it, and of the work reports in it nothing that holds, or is part
of, a query or a judged quote. Of the documents in held-out sets nothing is drawn at all. What earlier rounds drew
(`items.jsonl`, and what became no item of training, `left_out.jsonl`) is not drawn again.

A candidate is a line of a document, its article or item number cut off, or, of a line longer than 200 characters, a
sentence of it; of 28 to 200 characters, two thirds of them Chinese at least, and not the lead-in of a list.
Candidates are put in the order of the SHA-256 of "document id, line feed, text"; the first are taken up to the quota
of their group, with a limit a document. Groups are folders of CORPORA; in round y, where laymen's questions are written
over statutes that people meet, folders of `national-laws`.
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

CORPUS = ("local-regulations", "national-laws", "work-reports-2025")
# Of each round the quota and the limit a document, by group. The first 800 items (t) were there before.
ROUNDS = {
    "w": {"local-regulations": (950, 2), "national-laws": (400, 2), "work-reports-2025": (270, 11)},
    "x": {"local-regulations": (800, 2), "national-laws": (620, 2), "work-reports-2025": (180, 9)},
    "y": {
        "民法典": (260, 60),
        "刑法": (60, 60),
        "民法商法": (110, 12),
        "社会法": (120, 10),
        "诉讼与非诉讼程序法": (60, 10),
        "司法解释": (90, 3),
        "行政法": (60, 3),
        "经济法": (40, 3),
    },
    "z": {"local-regulations": (1000, 3), "national-laws": (420, 3), "work-reports-2025": (180, 9)},
}
ORDER = "twxyz"
# Not rules that a layman would ask about.
FORMAL = re.compile("起施行|次会议通过")
NEVER = re.compile("养犬|生活垃圾|GWR2025-(河北|吉林|山西|浙江|辽宁)")
NUMBER = re.compile(
    r"^\s*(第[零〇一二三四五六七八九十百千]+条(之[一二三四五六七八九十]+)?|[（(]?[一二三四五六七八九十]+[)）、.．]|[（(]?\d+[)）、.．])[\s　]*"
)
CHINESE = re.compile("[\u4e00-\u9fff]")
# What was asked of a writer for each query in round w, in turn over the drawn clauses. Later rounds: README.md.
STYLES = [
    ["keywords", "plain", "english question"],
    ["question", "plain", "plain question"],
    ["question", "plain", "english keywords"],
    ["keywords", "plain", "plain question"],
]


def pieces(line: str):
    """A line without its number; its sentences when it is long."""
    text = NUMBER.sub("", line.strip()).strip()
    if len(text) <= 200:
        yield text
    else:
        yield from (sentence.strip() for sentence in re.findall("[^。]+。", text))


def is_clause(text: str) -> bool:
    chinese = len(CHINESE.findall(text))
    return 28 <= len(text) <= 200 and chinese * 3 >= len(text) * 2 and text[-1] not in "：:"


def judged_texts(path: Path) -> dict[str, list[str]]:
    """Queries and judged quotes by document."""
    texts: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        if query["query_doc"]:
            texts.setdefault(query["query_doc"], []).append(query["query"])
        for match in query["matches"]:
            texts.setdefault(match["doc"], []).append(match.get("text") or match["quote"])
    return texts


def candidates(corpora: Path, name: str, judged: dict[str, list[str]], held_out: set[str]):
    for folder in CORPUS if name != "y" else ["national-laws"]:
        root = corpora / folder
        for path in sorted(root.rglob("*.txt")):
            report = folder == "work-reports-2025"
            if NEVER.search(path.stem) or path.stem in held_out or (path.stem in judged and not report):
                continue
            group = folder if name != "y" else path.relative_to(root).parts[0]
            for line in path.read_text(encoding="utf-8-sig").splitlines():
                for text in filter(is_clause, pieces(line)):
                    if any(text in other or other in text for other in judged.get(path.stem, [])):
                        continue
                    if name == "y" and FORMAL.search(text):
                        continue
                    key = hashlib.sha256(f"{path.stem}\n{text}".encode()).hexdigest()
                    yield key, group, path.stem, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--round", choices=ROUNDS, required=True)
    parser.add_argument("--judged", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, nargs="*", default=[])
    parser.add_argument("--items", type=Path, nargs="*", default=[])
    args = parser.parse_args()
    judged = judged_texts(args.judged)
    held_out = {document for path in args.held_out for document in judged_texts(path)}
    earlier = ORDER[: ORDER.index(args.round)]
    items = [json.loads(line) for path in args.items for line in path.read_text(encoding="utf-8").splitlines()]
    texts = {item["clause"] for item in items if item["id"][0] in earlier}
    quotas = ROUNDS[args.round]
    taken, per_document = dict.fromkeys(quotas, 0), {}
    number = 0
    for key, group, document, text in sorted(candidates(args.corpora, args.round, judged, held_out)):
        quota, most = quotas.get(group, (0, 0))
        if taken.get(group, 0) == quota or text in texts or per_document.get(document, 0) == most:
            continue
        taken[group] += 1
        texts.add(text)
        per_document[document] = per_document.get(document, 0) + 1
        item = {"id": f"{args.round}{number:04}", "source": document, "clause": text}
        if args.round == "w":
            item["styles"] = STYLES[number % len(STYLES)]
        print(json.dumps(item, ensure_ascii=False))
        number += 1


if __name__ == "__main__":
    main()
