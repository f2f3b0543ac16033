"""Classifier benchmark: messages a second, one at a time on one core, and its memory.

Every message is different, evenly taken from the repository's own: caches of words help as on a busy day, caches of
whole messages do not.
"""

import resource
import time

from bench.lab import print_figure, scale_size

MESSAGES = 4000


def pick_distinct(count: int) -> list[str]:
    """Return different messages of all categories. Raises ValueError if there are not enough."""
    from binhyen.language.training.rows import fill_row, load_shipped_rows

    unique_texts = list(dict.fromkeys(fill_row(row).text for row in load_shipped_rows()))
    if len(unique_texts) < count:
        raise ValueError(f"only {len(unique_texts)} messages are different")
    return unique_texts[:: len(unique_texts) // count][:count]


def main() -> None:
    from binhyen.areas import queries as areas
    from binhyen.kit.process_setup import gc_frozen_startup
    from binhyen.language import preload
    from binhyen.language.reader import Reader

    started = time.perf_counter()
    with gc_frozen_startup():  # as in the worker
        reader = Reader(areas.get_gazetteer())
        preload.preload_language(reader)
    print_figure("understand.load", time.perf_counter() - started, "s", 1)
    texts = pick_distinct(scale_size(MESSAGES, 50))
    count = len(texts)
    started, cpu = time.perf_counter(), time.process_time()
    for text in texts:
        reader.understand(text)
    print_figure(
        "understand.rate",
        count / (time.perf_counter() - started),
        "msg/s",
        count,
        cpu_ms=round((time.process_time() - cpu) * 1000 / count, 3),
    )
    print_figure("understand.memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 1)
