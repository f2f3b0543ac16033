"""URLs of the channel pages for officers."""

from django.urls import URLPattern, URLResolver, path

from binhyen.channels.views import files, flags, groups, join_requests, outbox, quarantine

urlpatterns: list[URLPattern | URLResolver] = [
    path("nhom", groups.groups, name="groups"),
    path("nhom/mo", groups.create, name="group_create"),
    path("nhom/<uuid:group>/dia-ban", join_requests.place, name="group_place"),
    path("nhom/<uuid:group>/xin-vao", join_requests.answer, name="group_answer"),
    path("nhom/<uuid:group>/nhac/<uuid:flag>/gui", flags.send, name="flag_send"),
    path("nhom/<uuid:group>/nhac/<uuid:flag>/bo-qua", flags.dismiss, name="flag_dismiss"),
    path("cho-xem/<uuid:message>/sua", quarantine.write, name="held_rewrite"),
    path("cho-xem/<uuid:message>/cho-gui", quarantine.release, name="held_release"),
    path("cho-xem/<uuid:message>/bo", quarantine.give_up, name="held_drop"),
    path("hop-thu-di", outbox.outbox, name="outbox"),
    path("hop-thu-di/doc-lai", outbox.read_again, name="outbox_read_again"),
    path("hop-thu-di/<uuid:message>/gui-lai", outbox.try_again, name="outbox_retry"),
    path("hop-thu-di/<uuid:message>/bo", outbox.give_up, name="outbox_give_up"),
    path("hop-thu-di/kenh/<uuid:channel>/gui-tiep", outbox.go_on, name="channel_go_on"),
    path("tep/<uuid:file>", files.shown, name="file"),
]
