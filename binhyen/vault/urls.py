"""Addresses of the custody process; the main URL map (binhyen/urls.py) has none of them."""

from django.urls import path

from binhyen.vault.views import disclosures, my_key, offline_transfer, sealed_conversations

# The same error pages as everywhere: none repeats the requested address, and a server failure says «later».
handler400 = "binhyen.ui.errors.handle_bad_request"
handler403 = "binhyen.ui.errors.handle_forbidden"
handler404 = "binhyen.ui.errors.handle_not_found"
handler500 = "binhyen.ui.errors.handle_server_error"
urlpatterns = [
    path("giu-kin", my_key.show_my_key, name="custody"),
    path("giu-kin/khoa", my_key.create_key, name="custody_make"),
    path("giu-kin/doi-cum", my_key.change_key_passphrase, name="custody_change"),
    path("giu-kin/mo", my_key.unlock_key, name="custody_unlock"),
    path("giu-kin/dong", my_key.lock_key, name="custody_lock"),
    path("giu-kin/chuyen-khoa", my_key.rewrap_old_keys, name="custody_rewrap"),
    path("giu-kin/trao-khoa", my_key.grant_keys, name="custody_grant"),
    path("giu-kin/khoa-ngoai", offline_transfer.upload_public_key, name="custody_take_key"),
    path("giu-kin/doi-khoa", my_key.rotate_key, name="custody_renew"),
    path("giu-kin/tra-loi-ngoai", offline_transfer.upload_answer, name="custody_take_answer"),
    path("giu-kin/xin", disclosures.list_requests, name="custody_openings"),
    path("giu-kin/xin/<uuid:public_id>", disclosures.show_request, name="custody_opening"),
    path("giu-kin/xin/<uuid:public_id>/dong-y", disclosures.approve_request_view, name="custody_approve"),
    path("giu-kin/xin/<uuid:public_id>/tu-choi", disclosures.refuse_request_view, name="custody_refuse"),
    path("giu-kin/xin/<uuid:public_id>/goi", offline_transfer.download_request, name="custody_carry"),
    path("giu-kin/xin/<uuid:public_id>/xem", disclosures.show_identity, name="custody_read"),
    path("giu-kin/xin/<uuid:public_id>/ban-goc", disclosures.download_disclosed_original, name="custody_take_original"),
    path("giu-kin/tin", sealed_conversations.list_conversations, name="custody_talks"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>", sealed_conversations.show_conversation, name="custody_talk"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/goi", offline_transfer.download_conversation, name="custody_carry_talk"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/anh/<uuid:file>", sealed_conversations.show_photo, name="custody_photo"),
    path(
        "giu-kin/tin/<slug:desk>/<uuid:ref>/goc/<uuid:file>",
        sealed_conversations.download_original,
        name="custody_original",
    ),
    path(
        "giu-kin/tin/<slug:desk>/<uuid:ref>/xin-goc", sealed_conversations.request_original, name="custody_ask_original"
    ),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/tra-loi", sealed_conversations.send_reply, name="custody_reply"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/viec/<slug:deed>", sealed_conversations.run_action, name="custody_deed"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/chuyen", sealed_conversations.create_case, name="custody_hand_on"),
]
