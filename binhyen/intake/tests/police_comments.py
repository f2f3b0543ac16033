"""Recall and precision of complaints about police on real comments: `python -m binhyen.intake.tests.police_comments FILES`.

`police_comments.tsv` holds the labels and the hashes of the comments, and says on which of them the rules are tuned; the
files are CSV files as for `binhyen language comments`.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from binhyen.intake.complaint_detection.detect import detect_complaint
from binhyen.language.reader import Reader
from binhyen.language.tokenizer import read_table
from binhyen.language.training.comments import read_comments

LABELS = Path(__file__).with_suffix(".tsv")
COMPLAINT = "officer_complaint"


def load_labels() -> dict[str, tuple[str, str]]:
    """Return label and part by hash of the comment. Parts: "batch 1", "batch 2 tuned", "batch 2 held back"."""
    return {row["hash"]: (row["label"], _get_part(row["hash"], row["batch"])) for row in read_table(LABELS)}


def _get_part(digest: str, batch: str) -> str:
    if batch == "1":
        return "batch 1"
    return "batch 2 held back" if int(digest, 16) % 2 else "batch 2 tuned"


def hash_comment(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def count_outcomes(texts: Iterable[str]) -> dict[str, Counter[tuple[str, bool]]]:
    """Return, for each part, the number of comments by label and whether they are escalated."""
    reader, labels = Reader(), load_labels()
    outcomes: dict[str, Counter[tuple[str, bool]]] = {part: Counter() for _, part in labels.values()}
    for text in texts:
        if label_and_part := labels.get(hash_comment(text)):
            label, part = label_and_part
            outcomes[part][label, detect_complaint(reader.understand(text), text).category == COMPLAINT] += 1
    return outcomes


def main(paths: Iterable[str]) -> None:
    texts = {
        text: None
        for comments in map(read_comments, map(Path, paths))
        for text in (*comments.trained, *comments.held_back)
    }
    for name, counts in count_outcomes(texts).items():
        hits, escalated = (
            counts["complaint", True],
            sum(count for (_, is_escalated), count in counts.items() if is_escalated),
        )
        complaints = hits + counts["complaint", False]
        print(
            f"{name}: recall {hits} of {complaints}, precision {hits} of {escalated}, {sum(counts.values())} comments"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
