"""Nothing is read from disk when the first message arrives."""

import subprocess
import sys

_LOOK = """
import sys
from functools import lru_cache
from binhyen.language import preload
from binhyen.language.reader import Reader
{load}
kept = type(lru_cache(len))
for name, module in sorted(sys.modules.items()):
    for told, what in vars(module).items() if name.startswith("binhyen.") else ():
        if isinstance(what, kept) and what.__module__ == name and not what.cache_info().currsize:
            print(name, told)
"""


def _list_unloaded(load: str) -> list[str]:
    """List the word lists that a fresh process has not read after `load`."""
    output = subprocess.run([sys.executable, "-c", _LOOK.format(load=load)], capture_output=True, text=True, check=True)
    return output.stdout.splitlines()


_NOT_FOR_MESSAGES = {"binhyen.kit.text to_sort_key"}  # sorts lists on pages


def test_every_list_is_in_memory_before_the_first_message() -> None:
    assert set(_list_unloaded("preload.preload_language(Reader())")) <= _NOT_FOR_MESSAGES


def test_without_loading_lists_wait_for_the_first_message() -> None:
    assert "binhyen.language.dedup.report_features _load_counts" in _list_unloaded("Reader()")
