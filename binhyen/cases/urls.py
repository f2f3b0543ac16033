"""URL patterns of the register for officers."""

from django.urls import URLPattern, URLResolver, path

from binhyen.cases.views import actions, case, desk, disclosure_requests, group, papers, search, unassigned_messages

urlpatterns: list[URLPattern | URLResolver] = [
    path("ban-truc", desk.show_home, name="desk"),
    path("chuong/nhan", actions.acknowledge_from_notification, name="alarm_acknowledge"),
    path("so-viec", desk.show_nav_counts, name="numbers"),
    path("ban-truc.csv", desk.export_cases, name="export"),
    path("dia-ban/nen.svg", case.serve_area_map, name="area_map"),
    path("vu-viec/<str:code>", case.show_case, name="case"),
    path("vu-viec/<str:code>/danh-tinh", disclosure_requests.handle_disclosure_request, name="ask_identity"),
    path("vu-viec/<str:code>/goi-lai", disclosure_requests.show_callback_number, name="callback"),
    path("vu-viec/<str:code>/phieu-chuyen", papers.download_transfer_slip, name="transfer_slip"),
    path("vu-viec/<str:code>/<slug:action>", actions.run_case_action, name="case_action"),
    path("tin-nhan", unassigned_messages.show_unassigned, name="loose"),
    path("tin-nhan/chon", unassigned_messages.sort_chosen, name="sort_messages"),
    path("tin-nhan/<uuid:message>/mo-vu-viec", unassigned_messages.open_case_from_message, name="promote"),
    path("tin-nhan/<uuid:message>/gan", unassigned_messages.attach_to_case, name="attach"),
    path("mau-tra-loi", desk.manage_reply_templates, name="reply_templates"),
    path("danh-gia-phuc-vu", desk.show_ratings, name="ratings"),
    path("tim", search.show_search, name="search"),
    path("nhom/<uuid:group>", group.show_group, name="group"),
    path("tro-giup/phim-tat", desk.show_keyboard_help, name="keys"),
]
