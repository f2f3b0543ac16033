"""Command line `binhyen COMMAND`: language commands run without Django; the rest are run, demo, doctor … and Django's
own.
"""

import os
import sys
from collections.abc import Callable

_LANGUAGE_COMMANDS = {"understand", "match", "cluster"}
_RUN_COMMANDS = {"run", "demo", "prepare", "work", "database", "play"}


def main(argv: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    try:
        return _run_command(argv)
    except KeyboardInterrupt:
        print("\nĐã dừng.", file=sys.stderr)  # noqa: T201
        return 130


def _run_command(argv: list[str] | None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    command = arguments[0] if arguments else "help"
    if command in _LANGUAGE_COMMANDS:
        from binhyen.language import commands

        return _run_printing(commands.main, arguments)
    if command == "station":
        from binhyen.vault.offline import commands as station

        return station.main(arguments[1:])
    if command == "language" and "--corrections" in arguments:  # officers' corrections are in the database
        arguments = [
            "language_train",
            *(argument for argument in arguments[1:] if argument not in {"train", "--corrections"}),
        ]
    elif command == "language":
        from binhyen.language.training import command as training

        return _run_printing(training.main, arguments[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
    if command == "work":
        os.environ.setdefault("BINHYEN_KEYS", "sender" if "--sender" in arguments else "worker")
    if command == "run" and "--only" in arguments[:-1]:
        os.environ.setdefault("BINHYEN_KEYS", arguments[arguments.index("--only") + 1])
    if command == "doctor":
        from binhyen.doctor import print_report

        return print_report()
    if command == "keys_lost":
        from binhyen.backup import lost_keys

        return lost_keys.main()
    if command in _RUN_COMMANDS:
        from binhyen import run

        return run.main(arguments)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["binhyen", *arguments])
    return 0


def _run_printing(command: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Run a printing command and return its exit status; a closed pipe (`… | head`) counts as success."""
    try:
        status = command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # discard the unflushed rest
        return 0
    return status


if __name__ == "__main__":
    sys.exit(main())
