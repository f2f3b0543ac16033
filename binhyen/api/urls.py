"""/api/v1 and, for whatever is not there, a JSON 404."""

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from binhyen.api.app import api


@csrf_exempt  # nosemgrep: csrf-switched-off  no cookie speaks here, and it says «not found» only
def nowhere(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"error": "not_found", "message": "Không có địa chỉ này."}, status=404)


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", nowhere),
    path("api/v1/", api.urls),
    re_path(r"^api/", nowhere),
]
