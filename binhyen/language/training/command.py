"""`binhyen language train | evaluate | compare | comments | together | posts | judge | fuzz`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from binhyen.language.classify.classifier import SHIPPED, Classifier
from binhyen.language.reader import Reader
from binhyen.language.training import comments, evaluate_sets, fit_dedup, posts
from binhyen.language.training.build import compare_models, train_model
from binhyen.language.training.fuzz import run_fuzz
from binhyen.language.training.metrics import format_metrics, measure_model, save_shipped_metrics
from binhyen.language.training.rows import SPLITS, filter_split, load_blind_rows, load_shipped_rows


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Exit status: 0, or 1 if `compare` finds that the new model is worse, or `fuzz` finds anything.
    """
    arguments = _build_parser().parse_args(argv)
    if arguments.command == "fuzz":
        return _run_fuzz(arguments.seconds, arguments.seed)
    if arguments.command == "judge":
        _print_line(evaluate_sets.format_report(arguments.set))
        return 0
    if arguments.command == "together":
        _print_line(str(fit_dedup.write_word_counts()))
        sets = fit_dedup.read_sets(Reader())
        _print_line(" · ".join(map(str, fit_dedup.train_dedup(sets))))
        shares = [
            fit_dedup.evaluate_left_out(sets, writer) for writer in sorted({report_set.writer for report_set in sets})
        ]
        formatted = " ".join(f"{share:.2f}" for share in shares)
        _print_line(f"F1 over pairs, one writer left out: {formatted}, mean {sum(shares) / len(shares):.3f}")
        return 0
    if arguments.command == "posts":
        _print_line(str(posts.train_post_model()))
        return 0
    if arguments.command == "train":
        written = train_model(arguments.out, arguments.extra)
        if arguments.out == SHIPPED:
            save_shipped_metrics(measure_model(Classifier.load(), filter_split(load_shipped_rows(), "test")))
        _print_line(f"{written} · {written.stat().st_size:,} bytes")
        return 0
    if arguments.command == "comments":
        _print_line(str(comments.write_comment_features(arguments.files)))
        return 0
    if arguments.command == "evaluate" and arguments.real:
        reader = Reader(model=Classifier.load(arguments.model))
        for path in arguments.real:
            _print_line(f"{path.name}: {comments.measure_alarms(comments.read_comments(path).held_back, reader)}")
        return 0
    rows = filter_split((*load_shipped_rows(), *load_blind_rows()), arguments.split)
    if arguments.command == "evaluate":
        figures = measure_model(Classifier.load(arguments.model), rows)
        _print_line(json.dumps(figures.as_dict(), ensure_ascii=False) if arguments.json else format_metrics(figures))
        return 0
    result = compare_models(arguments.old, arguments.new, rows)
    _print_line(f"macro-F1 {result.old.macro_f1:.4f} → {result.new.macro_f1:.4f}")
    _print_line(f"urgency 3 recall {result.old.urgency3_recall:.4f} → {result.new.urgency3_recall:.4f}")
    return 0 if result.better else 1


def _run_fuzz(seconds: float, seed: int) -> int:
    outcome = run_fuzz(seconds, seed)
    took, length = outcome.slowest
    _print_line(
        f"{outcome.texts} texts · {len(outcome.findings)} findings · slowest {took:.3f} s for {length:,} code points"
    )
    for finding in outcome.findings:
        _print_line(f"{finding.what} · {finding.text}")
    return 1 if outcome.findings else 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="binhyen language")
    commands = parser.add_subparsers(dest="command", required=True)
    train_command = commands.add_parser("train", help="rebuild the model file from the training rows")
    train_command.add_argument("--out", type=Path, default=SHIPPED)
    train_command.add_argument("--extra", type=Path, help="officers' corrections, JSON lines, personal data masked")
    commands.add_parser("together", help="retrain the deduplication of reports")
    commands.add_parser("posts", help="retrain the moderation model of group posts")
    texts = commands.add_parser("judge", help="metrics of clustering, matching and entities on one set")
    texts.add_argument("--set", choices=evaluate_sets.SETS, default="dev")
    figures = commands.add_parser("evaluate", help="metrics and confusion matrix on one split")
    figures.add_argument("--model", type=Path, default=SHIPPED)
    figures.add_argument("--json", action="store_true")
    figures.add_argument("--real", type=Path, nargs="+", help="alarms on the held-back part of real comments (CSV)")
    counter_examples = commands.add_parser("comments", help="rebuild the hashed features of real comments")
    counter_examples.add_argument("files", type=Path, nargs="+")
    compare_command = commands.add_parser("compare", help="check whether the new model may go live")
    compare_command.add_argument("old", type=Path)
    compare_command.add_argument("new", type=Path)
    fuzz_command = commands.add_parser("fuzz", help="read mutated messages and print every finding")
    fuzz_command.add_argument("--seconds", type=float, default=60)
    fuzz_command.add_argument("--seed", type=int, default=0)
    for command in (figures, compare_command):
        command.add_argument("--split", choices=SPLITS, default="test")
    return parser


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
