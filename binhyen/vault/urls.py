"""Addresses of the custody process; the main URL map (binhyen/urls.py) has none of them."""

from django.urls import path

from binhyen.vault.views import carry, home, openings, talks

# The same error pages as everywhere: none repeats the requested address, and a server failure says «later».
handler400 = "binhyen.ui.errors.odd"
handler403 = "binhyen.ui.errors.forbidden"
handler404 = "binhyen.ui.errors.missing"
handler500 = "binhyen.ui.errors.failed"
urlpatterns = [
    path("giu-kin", home.home, name="custody"),
    path("giu-kin/khoa", home.make, name="custody_make"),
    path("giu-kin/doi-cum", home.change, name="custody_change"),
    path("giu-kin/mo", home.unlock, name="custody_unlock"),
    path("giu-kin/dong", home.lock, name="custody_lock"),
    path("giu-kin/chuyen-khoa", home.rewrap, name="custody_rewrap"),
    path("giu-kin/trao-khoa", home.grant, name="custody_grant"),
    path("giu-kin/khoa-ngoai", carry.take_key, name="custody_take_key"),
    path("giu-kin/doi-khoa", home.renew, name="custody_renew"),
    path("giu-kin/tra-loi-ngoai", carry.take_answer, name="custody_take_answer"),
    path("giu-kin/xin", openings.listed, name="custody_openings"),
    path("giu-kin/xin/<uuid:public_id>", openings.one, name="custody_opening"),
    path("giu-kin/xin/<uuid:public_id>/dong-y", openings.approve, name="custody_approve"),
    path("giu-kin/xin/<uuid:public_id>/tu-choi", openings.refuse, name="custody_refuse"),
    path("giu-kin/xin/<uuid:public_id>/goi", carry.carry, name="custody_carry"),
    path("giu-kin/xin/<uuid:public_id>/xem", openings.read, name="custody_read"),
    path("giu-kin/xin/<uuid:public_id>/ban-goc", openings.original, name="custody_take_original"),
    path("giu-kin/tin", talks.listed, name="custody_talks"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>", talks.one, name="custody_talk"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/goi", carry.carry_talk, name="custody_carry_talk"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/anh/<uuid:file>", talks.photo, name="custody_photo"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/goc/<uuid:file>", talks.original, name="custody_original"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/xin-goc", talks.ask_original, name="custody_ask_original"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/tra-loi", talks.reply, name="custody_reply"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/viec/<slug:deed>", talks.do, name="custody_deed"),
    path("giu-kin/tin/<slug:desk>/<uuid:ref>/chuyen", talks.hand_on, name="custody_hand_on"),
]
