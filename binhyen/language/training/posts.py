"""Train the moderation model of group posts (`binhyen language posts`) from data/dev/moderate.jsonl.

Ordinary messages of the training rows are the negative class: there are many more of them.
"""

import random
from pathlib import Path

import numpy as np

from binhyen.language.classify.group_post_model import FILE, OUTPUTS
from binhyen.language.classify.model import save
from binhyen.language.tokenizer import DATA
from binhyen.language.training.evaluate_sets import Rows, rows_of
from binhyen.language.training.fit import SHARP, STRENGTH, Vocabulary, packed, see, table
from binhyen.language.training.rows import filled, of_split, shipped

LEARNT = ("looked", "learnt")  # the other half of the author's own posts is used for measuring
ORDINARY = 2500
_LIKE_POSTS = frozenset({"other", "scam", "officer_complaint"})  # categories that include adverts, baits and insults


def learn(folder: Path = DATA) -> Path:
    """Train the model and write its file; the same rows give the same file."""
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    posts: Rows = [row for row in rows_of("dev", "moderate") if row["half"] in LEARNT]
    ordinary = [row for row in of_split(shipped(), "train") if row.category not in _LIKE_POSTS]
    # nosemgrep: dice-for-secrets  a choice of training rows, repeatable
    chosen = random.Random(0).sample(ordinary, ORDINARY)  # noqa: S311 - variety, not secrecy
    vocabulary = Vocabulary()
    texts = [filled(row["text"], row["id"]) for row in (*posts, *({"text": r.text, "id": r.id} for r in chosen))]
    labels = np.array([OUTPUTS.index(row["flag"] or OUTPUTS[0]) for row in posts] + [0] * len(chosen))
    seen = table([see(text, vocabulary) for text in texts], vocabulary)
    machine = LinearSVC(C=STRENGTH, tol=0.05, max_iter=4000, random_state=0)
    with threadpool_limits(limits=1):
        machine.fit(seen.matrix, labels)
    path = folder / FILE
    header = {"outputs": OUTPUTS, "rows": len(labels)}
    save(path, packed(seen, machine.coef_.T * SHARP, machine.intercept_ * SHARP, header))
    return path
