"""Template loader with a cache per language; texts are translated at compile time."""

from typing import Any

from django.template.loaders import cached
from django.utils.translation import get_language


class PerLanguageLoader(cached.Loader):
    """Cached template loader, by language.

    With `templatetags/i18n.py` a text is translated when its template is compiled, so that a page costs the same in
    every language: translations are plain text by then.
    """

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()} {super().cache_key(template_name, skip)}"
