"""Results as a measurement keeps them: JSON values, which an earlier version may have written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from evaluation.measurement.results import CampaignResults

_ADAPTER = TypeAdapter(CampaignResults)


def of_json(values: Mapping[str, Any]) -> CampaignResults:
    """The results that were kept; what a later version knows besides has its default."""
    return _ADAPTER.validate_python(values)
