"""The page of templates: choose one, delete an own one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.bulletins import text_template_services
from binhyen.bulletins.rules import TOPIC_LABELS, BulletinTopic, split_blocks
from binhyen.bulletins.services import BULLETINS_URL, TEMPLATES_URL
from binhyen.kit import clock
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.label_cache import translated_labels


@require_any_permission(Permission.WRITE_BULLETINS, methods=("GET", "HEAD", "POST"))
def show_templates(request: OfficerRequest) -> HttpResponse:
    """Show the templates. POST deletes one of the own unit."""
    if request.method == "POST":
        return _delete_template(request)
    topics = translated_labels(TOPIC_LABELS)
    rows = [
        {
            "id": template.key if template.is_own else "",
            "title": template.title,
            "topic": topics[BulletinTopic(template.topic)],
            "source": template.source,
            "blocks": split_blocks(template.text),
            "use_url": f"{BULLETINS_URL}/soan?mau={template.key}",
        }
        for template in text_template_services.list_templates(request.user)
    ]
    return render(request, "bulletins/templates.html", {"rows": rows, "form_url": TEMPLATES_URL})


def _delete_template(request: OfficerRequest) -> HttpResponse:
    try:
        public_id = UUID(request.POST.get("template", "")[:40])
        text_template_services.delete_template(public_id=public_id, officer=request.user, now=clock.now())
        messages.success(request, _("Đã xóa mẫu."))
    except ValueError:
        messages.error(request, _("Hãy chọn một mẫu trong danh sách."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(TEMPLATES_URL)
