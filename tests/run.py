"""`./dev test`: start the database the tests use, say what a machine lacks, run pytest.

Changes nothing outside the checkout. Without Chromium the browser tests are reported as skipped, with the hint.
"""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    os.environ.setdefault("BINHYEN_VAR", str(ROOT / "var" / "test"))
    if (Path(os.environ["BINHYEN_VAR"]) / "prepared").exists():
        sys.exit("BINHYEN_VAR is an installation's folder; tests would lay their keys beside its own. Unset it.")
    os.environ.setdefault("BINHYEN_DEMO", "1")
    os.environ["BINHYEN_LOG"] = os.environ.get("BINHYEN_LOG", "ERROR")
    server = None
    if not os.environ.get("DATABASE_URL"):
        from binhyen.embedded import Server

        server = Server(Path(os.environ["BINHYEN_VAR"]) / "postgresql")
        server.start()
        from binhyen.fence import logins

        logins.ensure(server.dsn())
        os.environ["BINHYEN_TEST_OWN_DATABASE"] = "1"
    if not shutil.which("chromium"):
        print("Chromium is missing: browser tests are skipped. Hint: apt install chromium", file=sys.stderr)
    import pytest

    try:
        chosen = arguments or ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "-q"]
        return int(pytest.main([f"--basetemp={Path(os.environ['BINHYEN_VAR']) / 'tmp'}", *chosen]))
    finally:
        if server is not None:
            server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
