"""URL patterns of the inspectorate's pages."""

from django.urls import URLPattern, URLResolver, path

from binhyen.inspection.views import audit_log, checkpoints, my_activity

urlpatterns: list[URLPattern | URLResolver] = [
    path("nhat-ky", audit_log.book, name="book"),
    path("nhat-ky.csv", audit_log.export, name="book_export"),
    path("nhat-ky/diem-kiem-tra", checkpoints.points, name="checkpoints"),
    path("nhat-ky/diem-kiem-tra/<int:size>", checkpoints.point, name="checkpoint"),
    path("nhat-ky/diem-kiem-tra/<int:size>/da-nhan", checkpoints.received, name="checkpoint_received"),
    path("vet-cua-toi", my_activity.traces, name="traces"),
]
