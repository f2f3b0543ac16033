"""URL patterns of the inspectorate's pages."""

from django.urls import URLPattern, URLResolver, path

from binhyen.inspection import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("van-hanh", views.show_system_status, name="system_status"),
    path("nhat-ky", views.show_audit_log, name="book"),
    path("nhat-ky.csv", views.export_audit_log, name="book_export"),
    path("nhat-ky/diem-kiem-tra", views.list_checkpoints, name="checkpoints"),
    path("nhat-ky/diem-kiem-tra/<int:size>", views.show_checkpoint, name="checkpoint"),
    path("nhat-ky/diem-kiem-tra/<int:size>/da-nhan", views.confirm_received, name="checkpoint_received"),
    path("vet-cua-toi", views.show_my_activity, name="traces"),
]
