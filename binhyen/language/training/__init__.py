"""Learning from labelled messages. Imported by nobody at run time: reading needs no scikit-learn."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """`binhyen language …`; the libraries of learning are loaded only when asked for."""
    from binhyen.language.training.command import main as run

    return run(argv)
