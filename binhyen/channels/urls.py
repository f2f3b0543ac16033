"""URLs of the channel pages for officers."""

from django.urls import URLPattern, URLResolver, path

from binhyen.channels.views import alarm_bell, groups, outbox

urlpatterns: list[URLPattern | URLResolver] = [
    path("nhom", groups.show_groups, name="groups"),
    path("nhom/mo", groups.handle_group_creation, name="group_create"),
    path("nhom/<uuid:group>/dia-ban", groups.handle_group_placement, name="group_place"),
    path("nhom/<uuid:group>/xin-vao", groups.handle_join_decision, name="group_answer"),
    path("nhom/<uuid:group>/nhac/<uuid:flag>/gui", groups.handle_flag_reply, name="flag_send"),
    path("nhom/<uuid:group>/nhac/<uuid:flag>/bo-qua", groups.handle_flag_dismissal, name="flag_dismiss"),
    path("cho-xem/<uuid:message>/sua", outbox.handle_rewrite, name="held_rewrite"),
    path("cho-xem/<uuid:message>/cho-gui", outbox.handle_release, name="held_release"),
    path("cho-xem/<uuid:message>/bo", outbox.handle_drop, name="held_drop"),
    path("hop-thu-di", outbox.show_outbox, name="outbox"),
    path("hop-thu-di/doc-lai", outbox.handle_inbound_retry, name="outbox_read_again"),
    path("hop-thu-di/<uuid:message>/gui-lai", outbox.handle_retry, name="outbox_retry"),
    path("hop-thu-di/<uuid:message>/bo", outbox.handle_give_up, name="outbox_give_up"),
    path("hop-thu-di/kenh/<uuid:channel>/gui-tiep", outbox.handle_channel_resume, name="channel_go_on"),
    path("hop-thu-di/kenh/<uuid:channel>/ten-mien", outbox.handle_site_code, name="channel_site_code"),
    path("chuong", alarm_bell.show_bell, name="bell"),
    path("chuong/bat", alarm_bell.subscribe_browser, name="bell_on"),
    path("chuong/tat", alarm_bell.end_device, name="bell_off"),
    path("chuong/thu", alarm_bell.send_test_notice, name="bell_test"),
    path("chuong/so", alarm_bell.save_duty_phone, name="bell_phone"),
    path("chuong/doi", alarm_bell.renew_browser, name="bell_renew"),
    path("chuong/ung-dung.js", alarm_bell.serve_push_worker, name="push_worker"),
    path("chuong/ung-dung.webmanifest", alarm_bell.serve_officer_manifest, name="officer_manifest"),
    path("tep/<uuid:file>", groups.serve_attachment, name="file"),
]
