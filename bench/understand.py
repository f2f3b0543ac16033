"""Classifier benchmark: messages a second, one at a time on one core, and its memory.

Every message is different, evenly taken from the repository's own: caches of words help as on a busy day, caches of
whole messages do not.
"""

import resource
import time

from bench.lab import say, size

MESSAGES = 4000


def distinct(count: int) -> list[str]:
    """Return different messages of all categories. Raises ValueError if there are not enough."""
    from binhyen.language.training.rows import fill, shipped

    known = list(dict.fromkeys(fill(row).text for row in shipped()))
    if len(known) < count:
        raise ValueError(f"only {len(known)} messages are different")
    return known[:: len(known) // count][:count]


def main() -> None:
    from binhyen.areas import queries as areas
    from binhyen.kit.process_setup import starting
    from binhyen.language import preload
    from binhyen.language.reader import Reader

    started = time.perf_counter()
    with starting():  # as in the worker
        reader = Reader(areas.gazetteer())
        preload.load(reader)
    say("understand.load", time.perf_counter() - started, "s", 1)
    texts = distinct(size(MESSAGES, 50))
    count = len(texts)
    started, cpu = time.perf_counter(), time.process_time()
    for text in texts:
        reader.understand(text)
    say("understand.rate", count / (time.perf_counter() - started), "msg/s", count,
        cpu_ms=round((time.process_time() - cpu) * 1000 / count, 3))  # fmt: skip
    say("understand.memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 1)
