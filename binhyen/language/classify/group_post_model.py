"""Linear model for group posts, trained on posts that officers should see. Pure."""

from functools import lru_cache
from typing import TYPE_CHECKING

from binhyen.language.lexicon import shipped_lexicon
from binhyen.language.tokenizer import DATA, tokenize

if TYPE_CHECKING:
    from binhyen.language.classify.model import LinearModel

POST_MODEL_FILE = "posts.npz"
KINDS = ("abuse", "advert", "bait_link", "third_party_data")
OUTPUTS = ("none", *KINDS)


def classify_post(text: str) -> tuple[str, str] | None:
    """Return one of KINDS and the words with most weight for it; None if the post looks ordinary."""
    tokenized = tokenize(text)
    raw, _ = load_post_model().raw(tokenized, shipped_lexicon().find(tokenized))
    best = int(raw.argmax())
    if best == 0:
        return None
    evidence = load_post_model().evidence(tokenized, best)
    return OUTPUTS[best], tokenized.quote(*evidence) if evidence else ""


@lru_cache(maxsize=1)
def load_post_model() -> "LinearModel":
    from binhyen.language.classify.model import (  # numpy: imported only when the first post is read
        LinearModel,
        load_arrays,
    )

    return LinearModel(load_arrays(DATA / POST_MODEL_FILE), OUTPUTS)
