"""The report of a campaign: one HTML file without outside parts, and what the page of results shows in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import NullTranslations
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evaluation.measurement import charts
from evaluation.measurement.numbers import Numbers
from evaluation.measurement.results import CampaignResults
from evaluation.measurement.trust import main_effect, shows_effects, standing_of, still_open

#: Where the parts lie that the report and the page share.
TEMPLATES = Path(__file__).parents[1] / "templates"


def render(results: CampaignResults, brand: str = "") -> str:
    """The page: one HTML document that loads nothing, runs no script and escapes all it shows."""
    template = _environment.get_template("campaign_report.html.jinja")
    return template.render(brand=brand, **shown(results, "en"), links=False)


def shown(results: CampaignResults, language: str) -> Mapping[str, Any]:
    """What the templates need; see templates/measurement.html."""
    main = main_effect(results)
    return {
        "results": results,
        "numbers": Numbers(language, results.currency),
        "standing": standing_of(results),
        "shown": shows_effects(results),
        "main": main,
        "open_until": still_open(results),
        "forest": charts.forest(main, results.segments),
        "curve": charts.curve(results.curve),
        "arms": [(name, list(found)) for name, found in groupby(results.arms, lambda arm: arm.segment)],
    }


_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
_environment.install_gettext_translations(NullTranslations(), newstyle=True)  # type: ignore[attr-defined]
