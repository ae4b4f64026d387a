"""briefs/*.yaml: what a campaign wants, from whom it comes and when it may be sent."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from content_store.brand_folder import yaml_text
from content_store.brand_folder.blocks import for_people
from content_store.brand_folder.brand import Brand, Day, Locale, Strict, Text, Tone
from content_store.errors import BadInput

Address = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>()]+@[^@\s,;<>()]+\.[A-Za-z]{2,}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")]
BriefId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
TemplateName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]


Prose = Annotated[
    Text, StringConstraints(max_length=3000), AfterValidator(for_people), StringConstraints(min_length=1)
]


def _five_fields(cron: str) -> str:
    if not re.fullmatch(r"([\d*/,A-Za-z#L-]+\s+){4}[\d*/,A-Za-z#L-]+", cron):
        raise ValueError("a cron line has five fields, such as '0 6 * * 1'")
    return cron


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("not a known time zone, such as Europe/Paris")
    return zone


def _written_hour(value: Any) -> Any:
    # A bare number would be read as seconds, and an offset would not be the customer's time.
    if not isinstance(value, time) and not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", str(value)):
        raise ValueError("an hour is written HH:MM")
    return value


Hour = Annotated[time, BeforeValidator(_written_hour)]


class Audience(Strict):
    """Whom the campaign is for: segments by name (all when empty) and days since the last event."""

    description: Prose = Field(description="Whom the campaign is for, in words.")
    segments: list[Text] = Field(default_factory=list, description="Names of segments; all when empty.")
    inactive_days_min: int | None = Field(
        default=None, ge=0, description="Days since the last event, at least."
    )
    inactive_days_max: int | None = Field(
        default=None, ge=0, description="Days since the last event, at most."
    )

    @model_validator(mode="after")
    def _range_in_order(self) -> Audience:
        low, high = self.inactive_days_min, self.inactive_days_max
        if low is not None and high is not None and high < low:
            raise ValueError(f"inactive_days_max {high} is less than inactive_days_min {low}")
        return self


class BriefSlot(Strict):
    """One slot to fill, and the blocks whose facts it must carry."""

    slot: Text = Field(description="A slot of one of the brief's channels.")
    required_facts: list[Text] = Field(
        default_factory=list, description="Ids of blocks whose facts this slot must carry."
    )


class Sender(Strict):
    """From whom the message comes."""

    name: Prose = Field(description="The name that customers see.")
    address: Address = Field(description="The e-mail address it comes from.")
    reply_to: Address | None = Field(
        default=None, description="Where answers go; the address itself without it."
    )


class Conversion(Strict):
    """What counts as success, and how long after the message."""

    metric: Text = Field(description="What counts as success, such as purchase_value.")
    window_days: int = Field(ge=1, le=365, description="Days after the message in which it counts.")


class Schedule(Strict):
    """When the campaign runs: a cron line in a time zone."""

    cron: Annotated[Text, AfterValidator(_five_fields)] = Field(description="Five fields, such as 0 6 * * 1.")
    timezone: Annotated[Text, AfterValidator(_known_zone)] = Field(
        description="An IANA name, such as Europe/Paris."
    )


class Caps(Strict):
    """At most so many messages to one customer in so many days."""

    messages: int = Field(ge=1, description="Messages at most …")
    days: int = Field(ge=1, description="… in so many days.")


class QuietHours(Strict):
    """Hours of the customer's day in which nothing is sent."""

    start: Hour = Field(description="From this hour of the customer's day, such as 21:00 …")
    end: Hour = Field(description="… to this one, such as 08:00.")


class BriefFile(Strict):
    """The whole of a brief."""

    id: BriefId = Field(description="The brief's name, in small letters, digits and hyphens.")
    purpose: Text = Field(description="What customers agreed to, as in the consents, such as marketing.")
    goal: Prose = Field(description="What the campaign wants, in one sentence.")
    audience: Audience = Field(description="Whom it is for.")
    channels: list[Text] = Field(min_length=1, description="Channels of brand.yaml.")
    slots: list[BriefSlot] = Field(min_length=1, description="The slots to fill, in order.")
    sender: Sender = Field(description="From whom it comes.")
    landing_page: Url = Field(description="The https page that the message leads to.")
    conversion: Conversion = Field(description="What counts as success.")
    locales: list[Locale] = Field(default_factory=list, description="The brand's locales when empty.")
    tone: Tone | None = Field(default=None, description="The brand's tone without it.")
    arms: int = Field(default=2, ge=1, le=3, description="Messages to compare in each segment.")
    themes: list[Text] = Field(
        default_factory=list, description="Blocks it may use, by theme; all when empty."
    )
    blocks: list[Text] = Field(default_factory=list, description="Blocks it may use besides, by id.")
    template: TemplateName | None = Field(
        default=None, description="For e-mail: NAME of templates/NAME.mjml and NAME.txt."
    )
    schedule: Schedule | None = Field(default=None, description="When it is sent; only by hand without it.")
    valid_until: Day | None = Field(default=None, description="The last day on which it is sent.")
    caps: Caps = Field(default=Caps(messages=1, days=7), description="How much one customer may get.")
    quiet_hours: QuietHours = Field(
        default=QuietHours(start=time(21), end=time(8)), description="Hours in which nothing is sent."
    )

    @property
    def content_hash(self) -> str:
        """SHA-256 of the brief's canonical JSON."""
        return hashlib.sha256(
            json.dumps(self.content(), sort_keys=True, ensure_ascii=False).encode()
        ).hexdigest()

    def content(self) -> dict[str, Any]:
        """The brief as JSON values."""
        return self.model_dump(mode="json")


def load_brief(path: Path, brand: Brand) -> BriefFile:
    """One brief that fits its brand, or BadInput with one sentence."""
    brief = yaml_text.validate(BriefFile, yaml_text.parse(yaml_text.read_text(path), str(path)), str(path))
    slots = [slot.slot for slot in brief.slots]
    for names in (brief.channels, slots, brief.locales):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise BadInput(f"{path}: {twice} stands twice in a list; keep one.")
    for name in brief.channels:
        if name not in brand.channels:
            raise BadInput(
                f"{path}: the channel {name} is not in brand.yaml; add it there or correct the brief."
            )
    for slot in slots:
        if not any(slot in brand.channels[name].slots for name in brief.channels):
            raise BadInput(
                f"{path}: no channel of this brief has the slot {slot}; correct brand.yaml or the brief."
            )
    for name in brief.channels:
        if not any(slot in brand.channels[name].slots for slot in slots):
            raise BadInput(
                f"{path}: no slot of this brief is one of the channel {name}; add a slot or drop the channel."
            )
    for locale in brief.locales:
        if locale not in brand.locales:
            raise BadInput(
                f"{path}: the locale {locale} is not in brand.yaml; add it there or correct the brief."
            )
    if "email" in brief.channels and not brief.template:
        raise BadInput(
            f"{path}: an e-mail brief needs a template; add `template: NAME` (templates/NAME.mjml)."
        )
    return brief


def load_briefs(folder: Path, brand: Brand) -> list[BriefFile]:
    """Every brief of a brand folder, by id; ids must be distinct."""
    briefs: dict[str, BriefFile] = {}
    for path in sorted((folder / "briefs").glob("*.yaml")):
        brief = load_brief(path, brand)
        if brief.id in briefs:
            raise BadInput(f"{path}: the brief id {brief.id} is used twice; give each brief its own.")
        briefs[brief.id] = brief
    if not briefs:
        raise BadInput(f"{folder / 'briefs'}: there is no brief; write one (docs/brand-folder.md shows how).")
    return list(briefs.values())
