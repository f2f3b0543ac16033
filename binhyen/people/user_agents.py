"""Short browser name from a user agent for the list of own sessions. Pure; no versions, no addresses."""

from binhyen.kit.i18n_markers import N_

_BROWSERS = (
    ("Edg", "Edge"),
    ("coc_coc", "Cốc Cốc"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
ON_SEPARATOR, UNKNOWN = N_(" trên "), N_("Máy không rõ")
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def describe_user_agent(user_agent: str) -> str:
    """Return «Chrome trên Windows»; «Máy không rõ» for anything else."""
    browser = next((name for token, name in _BROWSERS if token in user_agent), "")
    system = next((name for token, name in _SYSTEMS if token in user_agent), "")
    return f"{browser}{ON_SEPARATOR}{system}" if browser and system else browser or system or UNKNOWN
