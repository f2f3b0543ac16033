"""Tables of the documents that are generated from the code: `python -m tests.architecture.tables` rewrites them.

A document marks a place with `<!-- table: NAME -->` … `<!-- /table -->`; test_docs.py keeps it equal to the code.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"(?<=<!-- table: )(?P<name>[a-z_]+) -->\n(?P<body>.*?)<!-- /table -->", re.DOTALL)
# Descriptions of defaults that depend on where and how the program runs.
_DEFAULTS = {
    "BINHYEN_VAR": "`var` in the checkout",
    "BINHYEN_PORT": "`8000`",
    "BINHYEN_URL": "`http://127.0.0.1:` and the port",
    "BINHYEN_PROXY": "`1` where BINHYEN_URL is https",
    "BINHYEN_EMULATOR_PORT": "BINHYEN_PORT + 100",
}


def format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def format_states() -> str:
    """Render cases.rules.TRANSITIONS."""
    from binhyen.cases.choices import STATE_LABELS
    from binhyen.cases.rules import TRANSITIONS

    rows = (
        (f"`{state}`", STATE_LABELS[state], " ".join(f"`{s}`" for s in following) or "–")
        for state, following in TRANSITIONS.items()
    )
    return format_table(("from", "on screen", "to"), rows)


def format_kinds() -> str:
    """Render the kind of each category and the lane in which it starts."""
    from binhyen.cases.kinds import get_case_kinds

    rows = []
    for kind in get_case_kinds().values():
        for lane in dict.fromkeys(kind.get_lane(c) for c in kind.categories):
            categories = (c for c in kind.categories if kind.get_lane(c) == lane)
            rows.append((f"`{kind.code}` {kind.label}", f"`{lane}`", ", ".join(categories)))
    return format_table(("kind", "lane", "categories"), rows)


def format_deadlines() -> str:
    """Render every deadline of every kind."""
    from binhyen.cases.kinds import get_case_kinds

    rows = []
    for kind in get_case_kinds().values():
        for d in kind.deadlines:
            lanes = "all" if len(d.lanes) == 4 else " ".join(f"`{lane}`" for lane in d.lanes)
            length = f"{d.hours / 24:g} days" if d.hours > 24 else f"{d.hours:g} h"
            stops = " ".join(f"`{s}`" for s in d.stops_at)
            rows.append((f"`{kind.code}`", f"`{d.name}` {d.label}", lanes, length, stops, d.source))
    return format_table(("kind", "clock", "lanes", "from opening", "kept in", "source"), rows)


def format_jobs() -> str:
    """Render the periodic jobs as Procrastinate knows them."""
    from procrastinate.contrib.django import app

    periodic_jobs = [(t.task.name, t.task.queue, t.cron) for t in app.periodic_registry.periodic_tasks.values()]
    return format_table(
        ("job", "queue", "when (cron; a sixth field is seconds)"),
        sorted((f"`{n}`", q, f"`{c}`") for n, q, c in periodic_jobs),
    )


def format_environment() -> str:
    """Render environment.VARIABLES, with those of the supervisor."""
    from binhyen import supervisor
    from binhyen.env import VARIABLES
    from binhyen.privacy import config

    assert supervisor.EMULATOR_PORT and config.DATA_CONTACT  # importing them registers their variables
    rows = []
    for v in dict.fromkeys(v.name for v in VARIABLES):
        variable = next(x for x in VARIABLES if x.name == v)
        default = _DEFAULTS.get(v) or (f"`{variable.default}`" if variable.default else "–")
        rows.append((f"`{v}`", default, variable.meaning))
    return format_table(("variable", "default", "meaning"), rows)


def format_roles() -> str:
    """Render people.rules: the scope and permissions of each role."""
    from binhyen.people.roles import ABILITIES, LABELS, Role, get_role_visibility

    rows = []
    for role in Role:
        sight = get_role_visibility(role, unit_id=1, officer_id=1)
        far = (
            "the province"
            if sight.province
            else "the own unit"
            if sight.unit_id
            else "own tasks"
            if sight.assignee_id
            else "no case"
        )
        rows.append((f"`{role}` {LABELS[role]}", far, " ".join(f"`{a}`" for a in sorted(ABILITIES[role]))))
    return format_table(("role", "sees", "may"), rows)


def format_register() -> str:
    """Render privacy.rules.register: the register of processing."""
    from binhyen.privacy.rules.processing_register import describe_period, list_uses

    rows = (
        (
            use.purpose,
            use.people,
            use.ground,
            use.readers,
            describe_period(use),
            "<br>".join(f"`{line}`" for line in fields),
        )
        for code, use, fields in list_uses()
        if code != "none"
    )
    return format_table(("mục đích", "của ai", "căn cứ", "ai đọc được", "giữ", "ở đâu"), rows)


def format_retention() -> str:
    """Render privacy.rules.times: the retention time of each class."""
    from binhyen.privacy.rules.retention import DATA_CLASSES

    rows = []
    for c in DATA_CLASSES:
        times = "; ".join(f"{t.days} days (`{t.name}`{'' if t.sure else ', [R]'}) {t.counted}" for t in c.times)
        rows.append(
            (f"`{c.code}` {c.label}", times or "archive rules [R]", c.then, f"`{c.by}`" if "." in c.by else c.by)
        )
    return format_table(("class", "how long, from", "then", "by"), rows)


def format_complaints() -> str:
    """Render conduct.rules.TABLE: the recipients of a complaint about police."""
    from binhyen.conduct.routing import EXCLUDED_TEXT, LOWEST_DESK, RANK_LABELS
    from binhyen.people.conflicts import DESK_LABELS

    rows = (
        (f"`{r}` {RANK_LABELS[r]}", f"`{desk}` {DESK_LABELS[desk]}", EXCLUDED_TEXT[r])
        for r, desk in LOWEST_DESK.items()
    )
    return format_table(("about", "the lowest desk", "kept from"), rows)


def format_guarantees() -> str:
    """Render intake.channel_guarantees: the guarantees that each reporting channel may give citizens."""
    from binhyen.privacy.channel_guarantees import GUARANTEES

    return format_table(("way", "may say", "and says too"), ((p.way, p.holds, p.but) for p in GUARANTEES.values()))


def format_breach_notices() -> str:
    """Render intake.channel_guarantees.FALLS: the notice to citizens after a security breach."""
    from binhyen.privacy.channel_guarantees import BREACH_SCENARIOS

    return format_table(("who", "reads", "and not"), ((f.who, f.reads, f.protected) for f in BREACH_SCENARIOS))


TABLES: dict[str, Callable[[], str]] = {
    f.__name__.removeprefix("format_"): f
    for f in (
        format_states,
        format_kinds,
        format_deadlines,
        format_jobs,
        format_environment,
        format_roles,
        format_register,
        format_retention,
        format_complaints,
        format_guarantees,
        format_breach_notices,
    )
}


def refresh_tables(text: str) -> str:
    """Return the document with each marked table generated from the code."""
    return BLOCK.sub(lambda m: f"{m['name']} -->\n{TABLES[m['name']]()}<!-- /table -->", text)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
    import django

    django.setup()
    for path in sorted(DOCS.rglob("*.md")):
        before = path.read_text()
        after = refresh_tables(before)
        if after != before:
            path.write_text(after)
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
