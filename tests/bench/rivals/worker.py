"""What the scripts beside this one have in common: answering the bench line by line.

The bench starts a script, reads one line that says what there is to measure, and then asks for one measurement at a
time, so that its own rounds and those of the rivals alternate. Every line, either way, is a JSON object.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


def take_over_standard_output() -> Callable[[Answer], None]:
    """Keeps standard output for answers alone: whatever libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(answer: Answer) -> None:
        answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        answers.flush()

    return say


def serve(say: Callable[[Answer], None], measure: Callable[[Answer], Answer]) -> None:
    """Answers requests until standard input ends. A failed measurement is an answer, too."""
    for line in sys.stdin:
        try:
            say(measure(json.loads(line)))
        except Exception as error:  # noqa: BLE001 - whatever a library throws is the bench's to print
            say({"error": first_line(error)})


def first_line(error: BaseException) -> str:
    """What went wrong, short enough for a table."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:160]
