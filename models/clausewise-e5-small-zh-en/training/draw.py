#!/usr/bin/env python3
"""Draws the clauses that training items are written over, by a rule that leaves no choice.

    python draw.py CORPORA --judged FILE > drawn.jsonl

CORPORA holds `local-regulations`, `national-laws` and `work-reports-2025`, texts of one document a file. FILE is a
judged set: nothing is drawn from the regulations in it, and of the work reports in it nothing that holds, or is part
of, a query or a judged quote.

A candidate is a line of a document, its article or item number cut off, or, of a line longer than 200 characters, a
sentence of it; of 28 to 200 characters, two thirds of them Chinese at least, and not the lead-in of a list.
Candidates are put in the order of the SHA-256 of "document id, line feed, text"; the first are taken up to the quota
of their folder, at most two from a document (eleven from a work report).
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

QUOTA = {"local-regulations": 950, "national-laws": 400, "work-reports-2025": 270}
PER_DOCUMENT = {"local-regulations": 2, "national-laws": 2, "work-reports-2025": 11}
NEVER = re.compile("养犬|生活垃圾|GWR2025-(河北|吉林|山西|浙江|辽宁)")
NUMBER = re.compile(
    r"^\s*(第[零〇一二三四五六七八九十百千]+条(之[一二三四五六七八九十]+)?|[（(]?[一二三四五六七八九十]+[)）、.．]|[（(]?\d+[)）、.．])[\s　]*"
)
CHINESE = re.compile("[\u4e00-\u9fff]")
# What is asked of a writer for each query, in turn over the drawn clauses.
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
            texts.setdefault(match["doc"], []).append(match["quote"])
    return texts


def candidates(corpora: Path, judged: dict[str, list[str]]):
    for folder in QUOTA:
        for path in sorted((corpora / folder).rglob("*.txt")):
            report = folder == "work-reports-2025"
            if NEVER.search(path.stem) or (path.stem in judged and not report):
                continue
            for line in path.read_text(encoding="utf-8-sig").splitlines():
                for text in filter(is_clause, pieces(line)):
                    if any(text in other or other in text for other in judged.get(path.stem, [])):
                        continue
                    key = hashlib.sha256(f"{path.stem}\n{text}".encode()).hexdigest()
                    yield key, folder, path.stem, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--judged", type=Path, required=True)
    args = parser.parse_args()
    taken, per_document, texts = {folder: 0 for folder in QUOTA}, {}, set()
    number = 0
    for key, folder, document, text in sorted(candidates(args.corpora, judged_texts(args.judged))):
        if taken[folder] == QUOTA[folder] or text in texts:
            continue
        if per_document.get(document, 0) == PER_DOCUMENT[folder]:
            continue
        taken[folder] += 1
        texts.add(text)
        per_document[document] = per_document.get(document, 0) + 1
        item = {"id": f"w{number:04}", "source": document, "clause": text, "styles": STYLES[number % len(STYLES)]}
        print(json.dumps(item, ensure_ascii=False))
        number += 1


if __name__ == "__main__":
    main()
