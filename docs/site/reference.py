"""The pages of the reference that are written from the code when the site is built."""

from docs.site import commands, contract, settings


def pages() -> dict[str, str]:
    """Each page's Markdown by its name in docs/reference, which is a folder of the site alone."""
    return {"commands": commands.page(), "api": contract.page(), "settings": settings.page()}
