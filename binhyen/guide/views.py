"""Pages of the user guide. Public: instructions only, the same for everybody."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from binhyen.guide.content import GUIDE_URL, Guide, get_guide_of_role, load_guides
from binhyen.guide.documents import render_guide_pdf
from binhyen.people.models import Officer
from binhyen.people.view_auth import OfficerRequest, require_sign_in


@require_safe
def show_guides(request: HttpRequest) -> HttpResponse:
    """List the guides; the reader's own first."""
    first_guide = get_guide_of_role(request.user.role if isinstance(request.user, Officer) else "")
    guides = sorted(load_guides().values(), key=lambda guide: guide is not first_guide)
    return render(request, "guide/list.html", {"guides": guides})


@require_safe
def show_guide(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "guide/guide.html", {"guide": _find_guide(slug), "list_url": GUIDE_URL})


@require_safe
def download_guide(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the guide as PDF."""
    guide = _find_guide(slug)
    return HttpResponse(render_guide_pdf(guide.slug), content_type="application/pdf")


@require_sign_in()
def show_first_steps(request: OfficerRequest) -> HttpResponse:
    """Show the first three steps of the officer's role, at their first sign-in."""
    guide = get_guide_of_role(request.user.role)
    if guide is None:
        return HttpResponseRedirect(GUIDE_URL)
    return render(request, "guide/first_steps.html", {"guide": guide, "name": request.user.name})


def _find_guide(slug: str) -> Guide:
    guide = load_guides().get(slug)
    if guide is None:
        raise Http404
    return guide
