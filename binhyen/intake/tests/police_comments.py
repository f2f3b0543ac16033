"""Recall and precision of complaints about police on real comments: `python -m binhyen.intake.tests.police_comments FILES`.

`police_comments.tsv` holds the labels and the hashes of the comments; the files are the CSV files of
`binhyen language comments`. The rules are tuned on the half with even hashes.
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


def load_labels() -> dict[str, str]:
    """Return label by hash of the comment."""
    return {row["hash"]: row["label"] for row in read_table(LABELS)}


def hash_comment(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def count_outcomes(texts: Iterable[str]) -> dict[str, Counter[tuple[str, bool]]]:
    """Return, for the tuned and the held-back half, the number of comments by label and whether they are escalated."""
    reader, labels = Reader(), load_labels()
    halves: dict[str, Counter[tuple[str, bool]]] = {"tuned": Counter(), "held back": Counter()}
    for text in texts:
        digest = hash_comment(text)
        if label := labels.get(digest):
            half = halves["held back" if int(digest, 16) % 2 else "tuned"]
            half[label, detect_complaint(reader.understand(text), text).category == COMPLAINT] += 1
    return halves


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
