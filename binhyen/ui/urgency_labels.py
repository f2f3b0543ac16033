"""Urgency labels. No Django: rules and kinds use them too."""

from binhyen.kit.i18n_markers import N_

URGENCY_TEXTS = {3: N_("Khẩn cấp"), 2: N_("Trong ngày"), 1: N_("Thường"), 0: N_("Để biết")}
