"""Runner of the benchmarks named on the command line, or of all."""

import importlib
import sys
from contextlib import redirect_stdout

from bench import lab

NAMES = (
    "start",
    "push",
    "intake",
    "journey",
    "pages",
    "heard",
    "live",
    "understand",
    "search",
    "sealing",
    "receipts",
    "scam_check",
    "registers",
    "procedures",
    "numbers",
    "bulletins",
)


def main() -> int:
    chosen = sys.argv[1:] or list(NAMES)
    unknown = [name for name in chosen if name.partition(".")[0] not in NAMES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    with redirect_stdout(sys.stderr):  # stdout is for figures only
        lab.set_up()
    try:
        for name in chosen:
            module, _, function_name = name.partition(".")
            getattr(importlib.import_module(f"bench.{module}"), function_name or "main")()
    finally:
        lab.tear_down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
