"""Every bench still runs, at a five-hundredth of its size: its values are not measurements, but the output lines are
complete.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import NAMES
from binhyen import settings
from tests.ports import free_port

pytestmark = pytest.mark.timeout(370)
# Required figures of each bench, by name.
FIGURES = {
    "start": {"start.first_page", "start.idle_memory", "start.whole"},
    "intake": {
        "intake.500.p99",
        "intake.2000.p99",
        "intake.most",
        "intake.fsyncs",
        "intake.fsyncs.worker",
        "intake.500.slow_disk.p99",
    },
    "journey": {"journey.rate", "journey.to_desk.p95"},
    "pages": {
        "form.rate",
        "update.rate",
        "desk.filter.p95",
        "desk.rate",
        "desk.p95",
        "desk.deep.p95",
        "search.p95",
        "ledger.p95",
    },
    "heard": {"update.to_desks.p95", "ledger.fresh.p95"},
    "live": {"live.open", "live.memory", "live.to_last", "live.resume"},
    "understand": {"understand.load", "understand.rate", "understand.memory"},
    "search": {"search.messages.p95", "search.all.p95", "search.page.p95"},
    "sealing": {"sealing.web_report", "sealing.tip"},
    "receipts": {"receipts.check", "receipts.at_once"},
    "numbers": {
        "simulate",
        "dashboard.p95",
        "dashboard.year.p95",
        "ledger.year.p95",
        "ledger.year.data",
        "report.numbers",
        "report.files",
    },
    "procedures": {
        "procedures.index",
        "procedures.top1",
        "procedures.answered",
        "procedures.wrong",
        "procedures.rate",
        "procedures.p95",
    },
    "registers": {
        "registers.card.png.p95",
        "registers.card.pdf.p95",
        "registers.paper.docx.p95",
        "registers.paper.pdf.p95",
        "registers.deadlines.equal",
        "registers.match.p95",
        "registers.pairs.recall1",
        "registers.pairs.recall5",
        "registers.names.recall3",
        "registers.board.first.p95",
        "registers.board.search.p95",
    },
    "scam_check": {"scam_check.p50", "scam_check.p95", "scam_check.cluster.p50", "scam_check.cluster.p95"},
    "push": {"push.last", "push.first", "push.rate", "push.memory"},
    "bulletins": {
        "bulletins.audience.p50",
        "bulletins.release",
        "bulletins.fix_audience",
        "bulletins.queue",
        "bulletins.review",
        "bulletins.withdraw",
    },
}


def run_benches(folder: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    clean = {n: v for n, v in os.environ.items() if not n.startswith(("BINHYEN_", "DATABASE_URL", "BENCH_"))}
    environment = clean | {"BENCH_VAR": str(folder), "BENCH_SHARE": "0.002", "BINHYEN_PORT": str(free_port())}
    return subprocess.run(
        [sys.executable, "-m", "bench", *names],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=360,
        check=False,
    )


@pytest.fixture(scope="module")  # takes a minute
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    done = run_benches(tmp_path_factory.mktemp("bench"))
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_bench_is_expected_something_of() -> None:
    assert set(FIGURES) == set(NAMES)


@pytest.mark.parametrize("bench", NAMES)
def test_its_figures_are_whole_lines(printed: list[dict[str, Any]], bench: str) -> None:
    bench_lines = [line for line in printed if line["bench"] in FIGURES[bench]]
    assert {line["bench"] for line in bench_lines} == FIGURES[bench]
    for line in bench_lines:
        assert isinstance(line["value"], float | int) and line["unit"] and line["n"] >= 1, line
        assert line["share"] == 0.002, "a trial run is never taken for a measurement"


def test_nothing_of_it_was_refused(printed: list[dict[str, Any]]) -> None:
    """Refused requests would make any rate look good."""
    assert [line for line in printed if line.get("bad")] == []
    (back,) = [line for line in printed if line["bench"] == "live.resume"]
    assert back["missed_nothing"] == back["n"]


def test_an_unknown_name_is_said(tmp_path: Path) -> None:
    done = run_benches(tmp_path, "nonsense")
    assert done.returncode == 2 and "nonsense" in done.stderr and "intake" in done.stderr
