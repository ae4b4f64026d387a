"""`surmesure web`: the page on which customers stop messages, and the doors beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from surmesure.opening import BrandOption, find_brand, stay_local

if TYPE_CHECKING:
    from content_store.settings import Settings
    from surmesure.children import Child


def web(brand: BrandOption = None) -> None:
    """Serve the page on which customers stop messages until Ctrl-C; publishing.public_url says how others reach it.

    With SURMESURE_PUBLISHING__DECISIONS_KEY in the environment, sites and apps ask there what to show, too; with
    SURMESURE_PUBLISHING__EVENTS_KEY they tell what became of it, and mail providers do with publishing.sendgrid_key or
    SURMESURE_PUBLISHING__MAILGUN_KEY. `surmesure serve` starts it by itself where one of these is set.

    Example: surmesure web --brand examples/grocer
    """
    from content_store.settings import load_settings
    from publishing.web import create_app
    from surmesure.listening import listen

    folder = find_brand(brand).resolve()
    stay_local()
    settings = load_settings(folder).publishing
    listen(create_app(folder), settings, "public page")


def child(settings: Settings) -> Child:
    """The public page of a brand folder, to be kept alive."""
    from surmesure.children import Child

    where = f"http://{settings.publishing.host}:{settings.publishing.port}"
    return Child(
        "public page", [sys.executable, "-m", "surmesure", "web", "--brand", str(settings.brand)], where
    )
