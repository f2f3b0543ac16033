"""Reads of templates: those of the program, of the province and of the officer's unit."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.bulletins.models import TextTemplate
from binhyen.bulletins.text_templates import BUILT_IN_TEMPLATES
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

MAX_TEMPLATES = 100


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """A template on the screen. `key`: in addresses; `source`: its owner; `is_own`: the officer may delete it."""

    key: str
    topic: str
    title: str
    text: str
    source: str
    is_own: bool = False


def list_saved_templates(officer: Any) -> QuerySet[TextTemplate]:
    """List the templates of the officer's unit and of the province."""
    if not access.officer_may(officer, Permission.WRITE_BULLETINS):
        return TextTemplate.objects.none()
    return TextTemplate.objects.filter(Q(unit=officer.unit_id) | Q(unit__level=Unit.Level.PROVINCE))


def list_templates(officer: Officer) -> list[TemplateChoice]:
    """List all templates: saved ones first, the newest on top."""
    rows = list_saved_templates(officer).select_related("unit").order_by("-changed_at", "-pk")[:MAX_TEMPLATES]
    saved = [
        TemplateChoice(
            str(row.public_id), row.topic, row.title, row.text, row.unit.name, row.unit_id == officer.unit_id
        )
        for row in rows
    ]
    source = _("Mẫu chung")
    return saved + [TemplateChoice(row.key, row.topic, row.title, row.text, source) for row in BUILT_IN_TEMPLATES]


def find_template(officer: Officer, key: str) -> TemplateChoice | None:
    if not key:
        return None
    return next((template for template in list_templates(officer) if template.key == key), None)
