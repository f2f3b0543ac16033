"""Linear model for group posts, trained on posts that officers should see. Pure."""

from functools import lru_cache
from typing import TYPE_CHECKING

from binhyen.language.lexicon import shipped
from binhyen.language.tokenizer import DATA, words

if TYPE_CHECKING:
    from binhyen.language.classify.model import Linear

FILE = "posts.npz"
KINDS = ("abuse", "advert", "bait_link", "third_party_data")
OUTPUTS = ("none", *KINDS)


def looks_like(text: str) -> tuple[str, str] | None:
    """Return one of KINDS and the words with most weight for it; None if the post looks ordinary."""
    said = words(text)
    raw, _ = learnt().raw(said, shipped().find(said))
    best = int(raw.argmax())
    if best == 0:
        return None
    spoke = learnt().evidence(said, best)
    return OUTPUTS[best], said.quote(*spoke) if spoke else ""


@lru_cache(maxsize=1)
def learnt() -> "Linear":
    from binhyen.language.classify.model import Linear, arrays_of  # numpy: imported only when the first post is read

    return Linear(arrays_of(DATA / FILE), OUTPUTS)
