"""Templates as they are kept in memory: one for each language, with its texts already in place."""

from typing import Any

from django.template.loaders import cached
from django.utils.translation import get_language


class PerLanguage(cached.Loader):
    """Django's keeper of compiled templates, by language. With `templatetags/i18n.py` a text is looked up when its
    template is compiled, so that a page costs the same in every language: what is translated is plain text by then.
    """

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()} {super().cache_key(template_name, skip)}"
