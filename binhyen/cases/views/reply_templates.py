"""The unit's own ready replies: list, add, remove."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.cases.message_texts import QUICK_REPLIES
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import reply_templates
from binhyen.cases.views.decorators import require_case_officer
from binhyen.kit import clock
from binhyen.people.view_auth import OfficerRequest, redirect_after_post


@require_case_officer("GET", "HEAD", "POST")
def manage_reply_templates(request: OfficerRequest) -> HttpResponse:
    """Show the templates of the own unit; POST adds or removes one. 422 keeps the typed text."""
    if request.method != "POST":
        return _render_page(request)
    if "remove" in request.POST:
        try:
            public_id = str(UUID(request.POST["remove"]))
        except ValueError:
            return _render_page(request, error=_("Không tìm thấy mẫu này."), status=422)
        reply_templates.remove_template(officer=request.user, public_id=public_id, now=clock.now())
        messages.success(request, _("Đã xóa mẫu."))
        return redirect_after_post(reverse("reply_templates"))
    try:
        reply_templates.add_template(
            officer=request.user,
            label=request.POST.get("label", ""),
            text=request.POST.get("text", ""),
            now=clock.now(),
        )
    except NotAllowed as refused:
        return _render_page(request, error=_(str(refused)), status=422)
    messages.success(request, _("Đã thêm mẫu. Mẫu hiện ở ô trả lời của mọi vụ."))
    return redirect_after_post(reverse("reply_templates"))


def _render_page(request: OfficerRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "unit": request.user.unit.name,
        "action_url": reverse("reply_templates"),
        "rows": [
            {"id": str(row.public_id), "label": row.label, "text": row.text}
            for row in reply_templates.list_reply_templates(request.user)
        ],
        "built_in": [{"label": _(label), "text": text} for label, text in QUICK_REPLIES],
        "longest": reply_templates.MAX_TEXT_CHARS,
        "longest_label": reply_templates.MAX_LABEL_CHARS,
        "draft": {"label": request.POST.get("label", ""), "text": request.POST.get("text", "")} if error else {},
        "error": error,
    }
    return render(request, "desk/reply_templates.html", context, status=status)
