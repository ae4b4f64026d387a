"""Results as the JSON values that a measurement keeps, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from evaluation.measurement.results import CampaignResults

_RESULTS = TypeAdapter(CampaignResults)


def as_values(results: CampaignResults) -> dict[str, Any]:
    """JSON values; moments in ISO 8601."""
    found: dict[str, Any] = _RESULTS.dump_python(results, mode="json")
    return found


def results_from(values: Mapping[str, Any]) -> CampaignResults:
    """The results that were kept as these values."""
    return _RESULTS.validate_python(values)
