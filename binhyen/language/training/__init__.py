"""Training from labelled messages. Not imported at run time: reading needs no scikit-learn."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run `binhyen language …`; the machine-learning libraries are loaded only on demand."""
    from binhyen.language.training.command import main as run

    return run(argv)
