"""Questions about procedures: how many the library answers, how many wrongly, and how fast."""

import time
from pathlib import Path

from bench.lab import compute_percentile, print_figure
from binhyen.language.tokenizer import read_table
from binhyen.procedures.rules.matching import QuestionIndex, load_other_topics
from binhyen.procedures.rules.states import load_library, split_lines

QUESTIONS = Path(__file__).parents[1] / "binhyen/procedures/tests/questions.tsv"
ROUNDS = 5
NO_PROCEDURE = "-"  # label of a question that no procedure answers


def main() -> None:
    _, library = load_library()
    examples = {key: (*split_lines(content.questions), content.title) for key, content in library.items()}
    started = time.perf_counter()
    index = QuestionIndex(examples, load_other_topics())
    print_figure("procedures.index", (time.perf_counter() - started) * 1000, "ms", len(examples))
    rows = [(row["key"], row["question"]) for row in read_table(QUESTIONS)]
    matches = [(key, index.match(question)) for key, question in rows]
    inside = [(key, match) for key, match in matches if key != NO_PROCEDURE]
    top = sum(match.ranked[:1] == (key,) for key, match in inside)
    answered = sum(bool(match.key) for _, match in inside)
    wrong = sum(bool(match.key) and match.key != key for key, match in matches)
    print_figure("procedures.top1", 100 * top / len(inside), "%", len(inside))
    print_figure("procedures.answered", 100 * answered / len(inside), "%", len(inside))
    print_figure("procedures.wrong", 100 * wrong / len(matches), "%", len(matches))
    durations = []
    for question in [question for _, question in rows] * ROUNDS:
        started = time.perf_counter()
        index.match(question)
        durations.append(time.perf_counter() - started)
    print_figure("procedures.rate", len(durations) / sum(durations), "questions/s", len(durations))
    print_figure("procedures.p95", compute_percentile(durations, 0.95) * 1000, "ms", len(durations))
