"""The reader: messages a second, one at a time on one core, and its memory.

Every message is another one, evenly taken from the repository's own: what the reader remembers of words helps it as it
does on a busy day, what it remembers of whole messages does not.
"""

import resource
import time

from bench.lab import say, size

MESSAGES = 4000


def distinct(count: int) -> list[str]:
    """So many different messages of all categories. Raises ValueError where there are not so many."""
    from binhyen.language.training.rows import fill, shipped

    known = list(dict.fromkeys(fill(row).text for row in shipped()))
    if len(known) < count:
        raise ValueError(f"only {len(known)} messages are different")
    return known[:: len(known) // count][:count]


def main() -> None:
    from binhyen.areas import queries as areas
    from binhyen.kit.starting import starting
    from binhyen.language import ready
    from binhyen.language.reader import Reader

    started = time.perf_counter()
    with starting():  # as the worker does
        reader = Reader(areas.gazetteer())
        ready.load(reader)
    say("understand.load", time.perf_counter() - started, "s", 1)
    texts = distinct(size(MESSAGES, 50))
    count = len(texts)
    started, cpu = time.perf_counter(), time.process_time()
    for text in texts:
        reader.understand(text)
    say("understand.rate", count / (time.perf_counter() - started), "msg/s", count,
        cpu_ms=round((time.process_time() - cpu) * 1000 / count, 3))  # fmt: skip
    say("understand.memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 1)
