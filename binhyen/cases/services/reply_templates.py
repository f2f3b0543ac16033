"""Ready replies that a unit writes for itself, beside the built-in ones."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import ReplyTemplate
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.unit_of_work import require_permission
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor

MAX_TEMPLATES = 20  # of one unit: more would not be read
MAX_LABEL_CHARS, MAX_TEXT_CHARS = 30, 600


def list_reply_templates(officer: Officer) -> Sequence[ReplyTemplate]:
    """List the templates of the officer's own unit, oldest first."""
    return list(ReplyTemplate.objects.filter(unit=officer.unit_id).order_by("id")[:MAX_TEMPLATES])


@transaction.atomic
def add_template(*, officer: Officer, label: str, text: str, now: dt.datetime) -> ReplyTemplate:
    """Add a template for the own unit. Raises NotAllowed."""
    require_permission(officer, Permission.WORK_CASES)
    label, text = collapse_spaces(to_nfc(label)), to_nfc(text).strip()
    if not label or not text:
        raise NotAllowed(_("Viết tên ngắn và nội dung của mẫu."))
    if len(label) > MAX_LABEL_CHARS or len(text) > MAX_TEXT_CHARS:
        problem = _("Tên mẫu tối đa {label} ký tự, nội dung tối đa {text} ký tự.")
        raise NotAllowed(problem.format(label=MAX_LABEL_CHARS, text=MAX_TEXT_CHARS))
    if ReplyTemplate.objects.filter(unit=officer.unit_id).count() >= MAX_TEMPLATES:
        raise NotAllowed(_("Đơn vị đã có {n} mẫu. Xóa bớt mẫu không dùng.").format(n=MAX_TEMPLATES))
    try:
        with transaction.atomic():
            template = ReplyTemplate.objects.create(
                unit_id=officer.unit_id, label=label, text=text, officer=officer, created_at=now
            )
    except IntegrityError:
        raise NotAllowed(_("Đơn vị đã có mẫu tên này.")) from None
    _record_action("reply_template.added", template, officer, now)
    return template


@transaction.atomic
def remove_template(*, officer: Officer, public_id: str, now: dt.datetime) -> None:
    """Remove a template of the own unit; nothing where it is gone already."""
    require_permission(officer, Permission.WORK_CASES)
    template = ReplyTemplate.objects.filter(unit=officer.unit_id, public_id=public_id).first()
    if template is not None:
        template.delete()
        _record_action("reply_template.removed", template, officer, now)


def _record_action(verb: str, template: ReplyTemplate, officer: Officer, now: dt.datetime) -> None:
    action = AuditAction(get_audit_actor(officer), verb, f"reply_template:{template.public_id}", officer.unit_id)
    record_actions([action], now=now)
