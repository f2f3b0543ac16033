"""Writes of templates of a unit."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import queries, services
from binhyen.bulletins.models import TextTemplate
from binhyen.bulletins.text_templates import BUILT_IN_TEMPLATES
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

# Reads of templates: those of the program, of the province and of the officer's unit.

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


@transaction.atomic
def save_as_template(*, code: str, officer: Officer, now: dt.datetime) -> TextTemplate:
    """Save title and text of a visible bulletin as a template of the own unit; one without personal data only."""
    row = queries.get_visible_bulletin(officer, code)
    if not queries.is_own_bulletin(officer, row) or row.erased_at is not None:
        raise RuleViolation(_("Bản tin của đơn vị khác, bạn chỉ xem được."))
    if services.find_findings(row):
        raise RuleViolation(_("Lời này có tên, số hoặc điều riêng. Hãy bỏ đi, thay bằng chữ trong ngoặc nhọn."))
    saved = list_saved_templates(officer).filter(unit=officer.unit_id)
    if saved.count() >= MAX_TEMPLATES:
        raise RuleViolation(_("Đơn vị đã có {n} mẫu. Hãy xóa bớt.").format(n=MAX_TEMPLATES))
    fields = {"unit_id": officer.unit_id, "topic": row.topic, "title": row.title, "text": row.text}
    existing = saved.filter(title=row.title).first()
    template = existing or TextTemplate()
    for name, value in (*fields.items(), ("officer", officer), ("changed_at", now)):
        setattr(template, name, value)
    template.save()
    _record("template.saved", template, officer, now=now)
    return template


@transaction.atomic
def delete_template(*, public_id: UUID, officer: Officer, now: dt.datetime) -> None:
    """Delete a template of the own unit. Raises RuleViolation."""
    row = list_saved_templates(officer).filter(public_id=public_id, unit=officer.unit_id).first()
    if row is None:
        raise RuleViolation(_("Mẫu này không còn, hoặc của đơn vị khác."))
    _record("template.deleted", row, officer, now=now)
    row.delete()


def _record(verb: str, row: TextTemplate, officer: Officer, *, now: dt.datetime) -> None:
    entry = AuditAction(get_audit_actor(officer), verb, f"template:{row.public_id}", row.unit_id)
    record_actions([entry], now=now)
