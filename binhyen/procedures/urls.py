"""URLs of procedures: the public pages, and the officers' library."""

from django.urls import URLPattern, URLResolver, path

from binhyen.procedures import public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("thu-tuc", public_views.show_menu, name="public_procedures"),
    path("thu-tuc/<slug:key>", public_views.show_procedure, name="public_procedure"),
    path("thu-vien-thu-tuc", views.show_library, name="procedures"),
    path("thu-vien-thu-tuc/soan", views.compose_procedure, name="procedure_compose"),
    path("thu-vien-thu-tuc/cau-hoi", views.show_questions, name="procedure_questions"),
    path("thu-vien-thu-tuc/cau-hoi/<uuid:question>/xong", views.settle_question, name="procedure_question_settled"),
    path("thu-vien-thu-tuc/<uuid:procedure>", views.show_version, name="procedure"),
    path("thu-vien-thu-tuc/<uuid:procedure>/<slug:action>", views.handle_procedure_action, name="procedure_action"),
]
