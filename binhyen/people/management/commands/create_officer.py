"""Command `create_officer USERNAME --name NAME --role ROLE --unit CODE`, e.g. the first operator; prompts for a
password.
"""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from binhyen.areas.queries import open_units, unit_by_code
from binhyen.kit import clock
from binhyen.kit.text import fold
from binhyen.people.roles import Role, fits
from binhyen.people.services import Refusal, create_officer
from binhyen.people.services.activation import give_code

_ACTOR = "system:create_officer"


class Command(BaseCommand):
    help = (
        "Create an officer. The password comes from a prompt or the first line of standard input; it is never shown. "
        "Prints a one-time code (24 h). Hand it over in person: it enrols a second factor and a password."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="family and given names")
        parser.add_argument("--role", required=True, choices=[r.value for r in Role])
        parser.add_argument("--unit", required=True, help="code, e.g. CAT-42 or CAX-18568; part of a name lists codes")

    def handle(self, *args: Any, username: str, name: str, role: str, unit: str, **options: Any) -> None:
        found = unit_by_code(unit)
        if found is None:
            raise CommandError(f"No unit has the code {unit}.\nHint: {_alike(unit, role)}")
        try:
            with transaction.atomic():
                made = create_officer(
                    username=username, name=name, unit_id=found.id, role=role, password=_password(), actor=_ACTOR,
                    now=clock.now(),
                )  # fmt: skip
                code = give_code(officer=made, actor=_ACTOR, now=clock.now())
        except (Refusal, ValidationError) as problem:
            reasons = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
            raise CommandError(" ".join(reasons)) from problem
        self.stdout.write(f"{made.username}  {made.name}  {made.role_label}  {found.name}\nMã kích hoạt: {code}")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Mật khẩu (từ 12 ký tự): ")
    if getpass.getpass("Nhập lại: ") != first:
        raise CommandError("The two passwords differ.")
    return first


def _alike(text: str, role: str) -> str:
    """Return codes of units whose name contains the text and that allow the role."""
    wanted = fold(text)
    found = [u for u in open_units() if fits(role, u.level) and wanted in fold(f"{u.code} {u.name}")]
    return ", ".join(f"{u.code} {u.name}" for u in found[:10]) or "the codes are on /quan-tri/areas/unit/"
