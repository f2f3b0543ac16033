"""URL patterns of the inspectorate's pages."""

from django.urls import URLPattern, URLResolver, path

from binhyen.inspection.views import audit_log, checkpoints, my_activity

urlpatterns: list[URLPattern | URLResolver] = [
    path("nhat-ky", audit_log.show_audit_log, name="book"),
    path("nhat-ky.csv", audit_log.export_audit_log, name="book_export"),
    path("nhat-ky/diem-kiem-tra", checkpoints.list_checkpoints, name="checkpoints"),
    path("nhat-ky/diem-kiem-tra/<int:size>", checkpoints.show_checkpoint, name="checkpoint"),
    path("nhat-ky/diem-kiem-tra/<int:size>/da-nhan", checkpoints.confirm_received, name="checkpoint_received"),
    path("vet-cua-toi", my_activity.show_my_activity, name="traces"),
]
