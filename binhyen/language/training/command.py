"""`binhyen language train | evaluate | compare | together | posts | judge | fuzz`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from binhyen.language.classify import Classifier
from binhyen.language.classify.classifier import SHIPPED
from binhyen.language.reader import Reader
from binhyen.language.training import evaluate_sets, fit_dedup, posts
from binhyen.language.training.build import compare, train
from binhyen.language.training.fuzz import fuzz
from binhyen.language.training.metrics import keep, measure, table
from binhyen.language.training.rows import SPLITS, blind, of_split, shipped


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Exit status: 0, or 1 if `compare` finds that the new model is worse, or `fuzz` finds anything.
    """
    chosen = _parser().parse_args(argv)
    if chosen.command == "fuzz":
        return _fuzz(chosen.seconds, chosen.seed)
    if chosen.command == "judge":
        _say(evaluate_sets.report(chosen.set))
        return 0
    if chosen.command == "together":
        _say(str(fit_dedup.count_words()))
        reader = Reader()
        _say(" · ".join(map(str, fit_dedup.learn(reader))))
        sets = fit_dedup.read(reader)
        shares = [fit_dedup.left_out(sets, writer) for writer in sorted({each.writer for each in sets})]
        told = " ".join(f"{share:.2f}" for share in shares)
        _say(f"F1 over pairs, one writer left out: {told}, mean {sum(shares) / len(shares):.3f}")
        return 0
    if chosen.command == "posts":
        _say(str(posts.learn()))
        return 0
    if chosen.command == "train":
        written = train(chosen.out, chosen.extra)
        if chosen.out == SHIPPED:
            keep(measure(Classifier.load(), of_split(shipped(), "test")))
        _say(f"{written} · {written.stat().st_size:,} bytes")
        return 0
    rows = of_split((*shipped(), *blind()), chosen.split)
    if chosen.command == "evaluate":
        figures = measure(Classifier.load(chosen.model), rows)
        _say(json.dumps(figures.as_dict(), ensure_ascii=False) if chosen.json else table(figures))
        return 0
    result = compare(chosen.old, chosen.new, rows)
    _say(f"macro-F1 {result.old.macro_f1:.4f} → {result.new.macro_f1:.4f}")
    _say(f"urgency 3 recall {result.old.urgency3_recall:.4f} → {result.new.urgency3_recall:.4f}")
    return 0 if result.better else 1


def _fuzz(seconds: float, seed: int) -> int:
    outcome = fuzz(seconds, seed)
    took, length = outcome.slowest
    _say(f"{outcome.texts} texts · {len(outcome.findings)} findings · slowest {took:.3f} s for {length:,} code points")
    for finding in outcome.findings:
        _say(f"{finding.what} · {finding.text}")
    return 1 if outcome.findings else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="binhyen language")
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="rebuild the model file from the training rows")
    learn.add_argument("--out", type=Path, default=SHIPPED)
    learn.add_argument("--extra", type=Path, help="officers' corrections, JSON lines, personal data masked")
    commands.add_parser("together", help="retrain the deduplication of reports")
    commands.add_parser("posts", help="retrain the moderation model of group posts")
    texts = commands.add_parser("judge", help="metrics of clustering, matching and entities on one set")
    texts.add_argument("--set", choices=evaluate_sets.SETS, default="dev")
    figures = commands.add_parser("evaluate", help="metrics and confusion matrix on one split")
    figures.add_argument("--model", type=Path, default=SHIPPED)
    figures.add_argument("--json", action="store_true")
    both = commands.add_parser("compare", help="check whether the new model may go live")
    both.add_argument("old", type=Path)
    both.add_argument("new", type=Path)
    bend = commands.add_parser("fuzz", help="read mutated messages and print every finding")
    bend.add_argument("--seconds", type=float, default=60)
    bend.add_argument("--seed", type=int, default=0)
    for command in (figures, both):
        command.add_argument("--split", choices=SPLITS, default="test")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
