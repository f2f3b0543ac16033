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

from binhyen.areas.queries import find_unit_by_code, list_open_units
from binhyen.kit import clock
from binhyen.kit.text import fold_text
from binhyen.people.roles import Role, role_allowed_in_unit
from binhyen.people.services import RuleViolation, create_officer
from binhyen.people.services.activation import create_activation_code

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
        unit_info = find_unit_by_code(unit)
        if unit_info is None:
            raise CommandError(f"No unit has the code {unit}.\nHint: {_suggest_units(unit, role)}")
        try:
            with transaction.atomic():
                officer = create_officer(
                    username=username,
                    name=name,
                    unit_id=unit_info.id,
                    role=role,
                    password=_read_password(),
                    actor=_ACTOR,
                    now=clock.now(),
                )
                code = create_activation_code(officer=officer, actor=_ACTOR, now=clock.now())
        except (RuleViolation, ValidationError) as problem:
            reasons = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
            raise CommandError(" ".join(reasons)) from problem
        self.stdout.write(
            f"{officer.username}  {officer.name}  {officer.role_label}  {unit_info.name}\nMã kích hoạt: {code}"
        )


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Mật khẩu (từ 12 ký tự): ")
    if getpass.getpass("Nhập lại: ") != first:
        raise CommandError("The two passwords differ.")
    return first


def _suggest_units(text: str, role: str) -> str:
    """Return codes of units whose name contains the text and that allow the role."""
    folded_text = fold_text(text)
    matches = [
        unit
        for unit in list_open_units()
        if role_allowed_in_unit(role, unit.level) and folded_text in fold_text(f"{unit.code} {unit.name}")
    ]
    return ", ".join(f"{unit.code} {unit.name}" for unit in matches[:10]) or "the codes are on /quan-tri/areas/unit/"
