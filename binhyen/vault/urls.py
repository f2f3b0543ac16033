"""Addresses of the custody process; the main URL map (binhyen/urls.py) has none of them."""

from django.urls import path

from binhyen.vault.views import disclosures, my_key, offline_transfer, sealed_conversations

# The same error pages as everywhere: none repeats the requested address, and a server failure says «later».
handler400 = "binhyen.ui.errors.odd"
handler403 = "binhyen.ui.errors.forbidden"
handler404 = "binhyen.ui.errors.missing"
handler500 = "binhyen.ui.errors.failed"
urlpatterns = [
    path("giu-kin", my_key.home, name="custody"),
    path("giu-kin/khoa", my_key.make, name="custody_make"),
    path("giu-kin/doi-cum", my_key.change, name="custody_change"),
    path("giu-kin/mo", my_key.unlock, name="custody_unlock"),
    path("giu-kin/dong", my_key.lock, name="custody_lock"),
    path("giu-kin/chuyen-khoa", my_key.rewrap, name="custody_rewrap"),
    path("giu-kin/trao-khoa", my_key.grant, name="custody_grant"),
    path("giu-kin/khoa-ngoai", offline_transfer.take_key, name="custody_take_key"),
    path("giu-kin/doi-khoa", my_key.renew, name="custody_renew"),
    path("giu-kin/tra-loi-ngoai", offline_transfer.take_answer, name="custody_take_answer"),
    path("giu-kin/xin", disclosures.listed, name="custody_openings"),
    path("giu-kin/xin/<uuid:public_id>", disclosures.one, name="custody_opening"),
    path("giu-kin/xin/<uuid:public_id>/dong-y", disclosures.approve, name="custody_approve"),
    path("giu-kin/xin/<uuid:public_id>/tu-choi", disclosures.refuse, name="custody_refuse"),
    path("giu-kin/xin/<uuid:public_id>/goi", offline_transfer.carry, name="custody_carry"),
    path("giu-kin/xin/<uuid:public_id>/xem", disclosures.read, name="custody_read"),
    path("giu-kin/xin/<uuid:public_id>/ban-goc", disclosures.original, name="custody_take_original"),
    path("giu-kin/tin", sealed_conversations.listed, name="custody_talks"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>", sealed_conversations.one, name="custody_talk"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/goi", offline_transfer.carry_talk, name="custody_carry_talk"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/anh/<uuid:file>", sealed_conversations.photo, name="custody_photo"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/goc/<uuid:file>", sealed_conversations.original, name="custody_original"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/xin-goc", sealed_conversations.ask_original, name="custody_ask_original"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/tra-loi", sealed_conversations.reply, name="custody_reply"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/viec/<slug:deed>", sealed_conversations.do, name="custody_deed"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/chuyen", sealed_conversations.hand_on, name="custody_hand_on"),
]
