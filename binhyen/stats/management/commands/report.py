"""Command `report --area A --from D --to D --format F`: write the report of a period to a file or the terminal.

Run on the server by its operator: it reads every unit's sums and no case.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binhyen.areas.models import Unit
from binhyen.areas.queries import AreasNotLoadedError, get_directory
from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.stats import periods
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter, find_area_by_key, search_areas
from binhyen.stats.periods import InvalidPeriod
from binhyen.stats.reports.build import build_content
from binhyen.stats.reports.documents import FORMATS


class Command(BaseCommand):
    help = "Write the report of a period: --area CODE or name (default: the province), days as 2026-01-31."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--area", default="", help="code or name of a commune or village; default: the province")
        parser.add_argument("--from", dest="first", required=True, metavar="DAY", help="first day")
        parser.add_argument("--to", dest="last", required=True, metavar="DAY", help="last day")
        parser.add_argument("--format", choices=sorted(FORMATS), default="json", help="file format")
        parser.add_argument("--output", type=Path, default=None, metavar="FILE", help="file; default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asked = periods.parse_period(options["first"], options["last"])
            period = periods.label_period(asked.first, asked.last)
            content = build_content(build_reader(), period, ground=_find_area(options["area"]), now=clock.now())
        except (InvalidPeriod, AreasNotLoadedError) as refused:
            raise CommandError(str(refused)) from refused
        file = FORMATS[options["format"]].render(content)
        if options["output"] is None:
            sys.stdout.buffer.write(file)
            return
        try:
            options["output"].write_bytes(file)
        except OSError as error:
            raise CommandError(f"Cannot write {options['output']}: {error.strerror}") from error
        self.stdout.write(f"{options['output']}: {len(file)} bytes")


def build_reader() -> Officer:
    """Return a reader of every unit's sums; it is no account and is never stored."""
    unit = Unit.objects.get(pk=get_directory().province_unit_id)
    return Officer(username="report", name="report", unit=unit, role=Role.PROVINCE_STAFF)


def _find_area(text: str) -> AreaFilter:
    """Return the area by code, id or name. Raises CommandError for none, or several of that name."""
    if not text.strip():
        return ALL_AREAS
    area = find_area_by_key(text.strip())
    matches = [area] if area is not None else search_areas(text)
    if not matches:
        raise CommandError(f"No area of the province has the code or name «{text}».")
    if len(matches) > 1:
        names = "; ".join(f"{match.key} {match.name}" for match in matches)
        raise CommandError(f"Several areas are called «{text}». Give the code: {names}")
    return matches[0]
