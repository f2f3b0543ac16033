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
    """Render every deadline of every kind: clock (lanes): time from opening, states that keep it besides the end."""
    from binhyen.cases.kinds import HOUSE_RULE, get_case_kinds

    lines = []
    for kind in get_case_kinds().values():
        for d in kind.deadlines:
            lanes = "" if len(d.lanes) == 4 else f" ({' '.join(f'`{lane}`' for lane in d.lanes)})"
            length = f"{d.hours / 24:g} days" if d.hours > 24 else f"{d.hours:g} h"
            length += f" ({d.urgent_hours:g} h if urgent)" if d.urgent_hours else ""
            length += " of office time" if d.is_working_time else ""
            length += f", stands still in {' '.join(f'`{s}`' for s in d.waits_in_states)}" if d.waits_in_states else ""
            states = [f"`{s}`" for s in d.paused_in_states if s not in ("CLOSED", "MERGED")]
            stops = f", kept in {' '.join(states)}" if states else ""
            source = "house rule [R]" if d.source == HOUSE_RULE else d.source
            lines.append(f"- `{kind.code}` `{d.name}` {d.label}{lanes}: {length}{stops}; {source}\n")
    return "".join(lines)


def describe_cron(cron: str) -> tuple[str, str]:
    """Return (how often, at which time in it) of a cron line; days begin in Viet Nam.

    A sixth field is seconds. An unknown shape fails, so that no job is described wrongly.
    """
    minute, hour, *_, second = [*cron.split(), ""][:6] if len(cron.split()) == 5 else cron.split()
    if hour != "*":
        return "daily", f"{(int(hour) + 7) % 24:02}:{int(minute):02}"
    if minute.isdigit():
        return "hourly", f":{int(minute):02}"
    if minute.startswith("*/"):
        return f"every {minute.removeprefix('*/')} min", ""
    assert minute == "*", cron
    if second == "*":
        return "every second", ""
    return (f"every {second.removeprefix('*/')} s", "") if second.startswith("*/") else ("every minute", "")


def format_jobs() -> str:
    """Render the periodic jobs as Procrastinate knows them, those of one rhythm and queue in one row."""
    from procrastinate.contrib.django import app

    rhythms = ("second", "s", "minute", "min", "hourly", "daily")
    rows: dict[tuple[int, int, str, str], list[str]] = {}
    for periodic in app.periodic_registry.periodic_tasks.values():
        often, at = describe_cron(periodic.cron)
        number = int("".join(c for c in often if c.isdigit()) or 0)
        key = (rhythms.index(often.split()[-1]), number, often, periodic.task.queue)
        rows.setdefault(key, []).append(f"`{periodic.task.name}`{f' {at}' if at else ''}")
    return "".join(
        f"- {often}, `{queue}`: {', '.join(sorted(jobs))}\n" for (_, _, often, queue), jobs in sorted(rows.items())
    )


def format_environment() -> str:
    """Render environment.VARIABLES, with those of the supervisor, as a list: name (default): meaning."""
    from binhyen import supervisor
    from binhyen.env import VARIABLES
    from binhyen.privacy import config

    assert supervisor.EMULATOR_PORT and config.DATA_CONTACT  # importing them registers their variables
    lines = []
    for name in dict.fromkeys(v.name for v in VARIABLES):
        variable = next(x for x in VARIABLES if x.name == name)
        default = _DEFAULTS.get(name) or (f"`{variable.default}`" if variable.default else "")
        lines.append(f"- `{name}`{f' ({default})' if default else ''}: {variable.meaning}\n")
    return "".join(lines)


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


TABLES: dict[str, Callable[[], str]] = {
    f.__name__.removeprefix("format_"): f
    for f in (
        format_states,
        format_kinds,
        format_deadlines,
        format_jobs,
        format_environment,
        format_roles,
        format_complaints,
        format_guarantees,
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
