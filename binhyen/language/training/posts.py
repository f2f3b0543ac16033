"""Train the moderation model of group posts (`binhyen language posts`) from data/dev/moderate.jsonl.

Ordinary messages of the training rows are the negative class: there are many more of them.
"""

import random
from pathlib import Path

import numpy as np

from binhyen.language.classify.model import save_arrays
from binhyen.language.moderation import OUTPUTS, POST_MODEL_FILE
from binhyen.language.tokenizer import DATA
from binhyen.language.training.evaluate_sets import Rows, read_rows_of_set
from binhyen.language.training.fit import MARGIN_SCALE, SVM_C, Vocabulary, build_feature_matrix, encode_text, pack_model
from binhyen.language.training.rows import fill_slots, filter_split, load_shipped_rows

TRAINING_HALVES = ("looked", "learnt")  # the other half of the author's own posts is used for measuring
ORDINARY_COUNT = 2500
_LIKE_POSTS = frozenset({"other", "scam", "officer_complaint"})  # categories that include adverts, baits and insults


def train_post_model(folder: Path = DATA) -> Path:
    """Train the model and write its file; the same rows give the same file."""
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    posts: Rows = [row for row in read_rows_of_set("dev", "moderate") if row["half"] in TRAINING_HALVES]
    ordinary = [row for row in filter_split(load_shipped_rows(), "train") if row.category not in _LIKE_POSTS]
    # nosemgrep: dice-for-secrets  a choice of training rows, repeatable
    chosen = random.Random(0).sample(ordinary, ORDINARY_COUNT)  # noqa: S311 - variety, not secrecy
    vocabulary = Vocabulary()
    texts = [
        fill_slots(row["text"], row["id"])
        for row in (*posts, *({"text": training_row.text, "id": training_row.id} for training_row in chosen))
    ]
    labels = np.array([OUTPUTS.index(row["flag"] or OUTPUTS[0]) for row in posts] + [0] * len(chosen))
    matrix = build_feature_matrix([encode_text(text, vocabulary) for text in texts], vocabulary)
    model = LinearSVC(C=SVM_C, tol=0.05, max_iter=4000, random_state=0)
    with threadpool_limits(limits=1):
        model.fit(matrix.matrix, labels)
    path = folder / POST_MODEL_FILE
    header = {"outputs": OUTPUTS, "rows": len(labels)}
    save_arrays(path, pack_model(matrix, model.coef_.T * MARGIN_SCALE, model.intercept_ * MARGIN_SCALE, header))
    return path
