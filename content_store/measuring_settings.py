"""Parts of the settings: what things cost, and when a report warns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from content_store.setting_parts import Part

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class MeasuringSettings(Part):
    """Prices, and thresholds of the report."""

    currency: Currency = Field(
        default="EUR", description="The brand's currency; outcomes in another are put into quarantine."
    )
    model_second: Price = Field(default=0.0001, description="The price of a second in which the model works.")
    reviewer_minute: Price = Field(
        default=0.75, description="The price of a minute in which a reviewer works."
    )
    send: dict[str, Price] = Field(
        default={}, description="The price of a message by its channel; nothing where none is given."
    )
    contacts_in_30_days: float = Field(
        default=8, gt=0, description="More messages to a customer on average is a warning."
    )
    floor: float = Field(
        default=0.1,
        gt=0,
        le=0.33,
        description="The share that every message of a place gets at least when outcomes decide.",
    )
