"""URL patterns of the inspectorate's pages."""

from django.urls import URLPattern, URLResolver, path

from binhyen.inspection.views import book, checkpoints, traces

urlpatterns: list[URLPattern | URLResolver] = [
    path("nhat-ky", book.book, name="book"),
    path("nhat-ky.csv", book.export, name="book_export"),
    path("nhat-ky/diem-kiem-tra", checkpoints.points, name="checkpoints"),
    path("nhat-ky/diem-kiem-tra/<int:size>", checkpoints.point, name="checkpoint"),
    path("nhat-ky/diem-kiem-tra/<int:size>/da-nhan", checkpoints.received, name="checkpoint_received"),
    path("vet-cua-toi", traces.traces, name="traces"),
]
