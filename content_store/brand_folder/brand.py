"""brand.yaml: the voice, the rules and the channels of a brand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from content_store.brand_folder import yaml_text
from content_store.brand_folder.patterns import compile_pattern
from content_store.errors import BadInput

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
#: One line for the foot of an e-mail.
Notice = Annotated[Text, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Tone = Literal[
    "warm", "plain", "playful", "premium", "expert", "urgent-but-honest", "reassuring", "enthusiastic"
]
#: Only these decide (content_store.approval_rules.DECIDING); a rule on another role would never be met.
Role = Literal["reviewer", "legal"]


def _written_day(value: Any) -> Any:
    # pydantic would read a bare number as seconds since 1970.
    if not isinstance(value, date) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]


def _domain(name: str) -> str:
    if not re.fullmatch(
        r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])", name
    ):
        raise ValueError("a domain is written example.com, without https:// and without a path")
    return name.lower()


LinkDomain = Annotated[str, AfterValidator(_domain)]


def _checked_pattern(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


class Strict(BaseModel):
    """Input from outside: an unknown key is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Readability(Strict):
    """How easy the copy must be to read, as LIX: words a sentence, and words of more than six letters in a hundred."""

    easiest: float | None = Field(default=None, ge=0, le=150, description="LIX at least; open without it.")
    hardest: float | None = Field(default=None, ge=0, le=150, description="LIX at most; open without it.")

    @model_validator(mode="after")
    def _band_in_order(self) -> Readability:
        if self.easiest is not None and self.hardest is not None and self.hardest <= self.easiest:
            raise ValueError(f"hardest {self.hardest:g} must be more than easiest {self.easiest:g}")
        return self


class Voice(Strict):
    """How the brand sounds."""

    description: Text = Field(description="The voice in a few sentences.")
    tone: Tone = Field(description="The tone where a brief asks for no other.")
    do: list[Text] = Field(default_factory=list, description="Sentences in the brand's voice.")
    dont: list[Text] = Field(default_factory=list, description="Sentences that it would never write.")
    readability: Readability = Field(
        default=Readability(), description="The band for texts of 20 words or more; none without it."
    )


class Style(Strict):
    """What copy may look like."""

    emoji: Literal["never", "sparingly", "free"] = Field(
        default="never", description="sparingly: one in a text; those of a keep phrase always."
    )
    exclamation_marks: int = Field(default=1, ge=0, le=10, description="In one text, at most.")
    capitals: Literal["sentence", "known", "free"] = Field(
        default="known",
        description="known: words in capitals only as facts and lexicon write them; sentence: no Title Case either.",
    )


class ClaimRule(Strict):
    """A claim that no copy may make unless a fact carries it, as an RE2 pattern."""

    name: Text = Field(description="What a reviewer reads when the rule refuses copy.")
    pattern: Annotated[Text, AfterValidator(_checked_pattern)] = Field(
        description="RE2 syntax, without nested repeats."
    )
    reason: Text = Field(description="Why such copy is refused.")


class SlotLimit(Strict):
    """What a slot may hold."""

    max_chars: int = Field(ge=1, le=5000, description="Characters at most, the channel's suffix counted in.")
    max_segments: int | None = Field(
        default=None,
        ge=1,
        le=10,
        description="SMS segments at most, suffix counted in; in the channel sms as many as max_chars needs without it.",
    )
    default: Text | None = Field(
        default=None,
        description="On request: the id of a verbatim block that is shown where nothing else may be.",
    )


class Channel(Strict):
    """A channel with its slots; `suffix` is put after every text (an opt-out line) and counts in the limit."""

    slots: dict[Text, SlotLimit] = Field(min_length=1, description="Slot by name.")
    suffix: str = Field(default="", description="Put after every text, such as an opt-out line.")
    on_request: bool = Field(
        default=False, description="A site or an app asks for it at each view; nothing is sent."
    )

    def limit(self, slot: str) -> int:
        """Characters that the copy itself may have: the slot's limit less the suffix and the space before it."""
        return self.slots[slot].max_chars - (len(self.suffix) + 1 if self.suffix else 0)

    def segments(self, slot: str, channel: str) -> int | None:
        """SMS segments that the slot may take; None where nobody counts them."""
        limits = self.slots[slot]
        if limits.max_segments or channel != "sms":
            return limits.max_segments
        return 1 if limits.max_chars <= 160 else -(-limits.max_chars // 153)


class ApprovalRule(Strict):
    """Which roles must approve what matches all the given fields."""

    roles: list[Role] = Field(min_length=1, description="Each of them must approve.")
    channel: Text | None = Field(default=None, description="Only for this channel.")
    slot: Text | None = Field(default=None, description="Only for this slot.")
    theme: Text | None = Field(default=None, description="Only for this theme.")


class PersonalField(Strict):
    """A field of the customer that a template may fill, and the words for customers who lack it."""

    fallback: Text = Field(description="The words for customers who lack it.")


class Brand(Strict):
    """The whole of brand.yaml."""

    name: Text = Field(description="What the brand is called; copy may use it.")
    voice: Voice = Field(description="How the brand sounds.")
    channels: dict[Text, Channel] = Field(
        min_length=1, description="Channel by name, such as email, sms or push."
    )
    approval_rules: list[ApprovalRule] = Field(
        min_length=1, description="Who must approve what; all given fields must match."
    )
    lexicon: list[Text] = Field(default_factory=list, description="Names that any copy may use.")
    banned_phrases: list[Text] = Field(
        default_factory=list, description="Words that no copy may use, however they are spelled."
    )
    claim_rules: list[ClaimRule] = Field(default_factory=list, description="Claims that no copy may make.")
    competitors: list[Text] = Field(
        default_factory=list,
        description="Other brands, which copy may name only where a fact of its own holds the name.",
    )
    style: Style = Field(default=Style(), description="Emoji, exclamation marks and capitals.")
    locales: list[Locale] = Field(
        default_factory=lambda: ["en-US"], min_length=1, description="Languages of the copy, such as en-US."
    )
    personal_fields: dict[Text, PersonalField] = Field(
        default_factory=dict, description="Columns of the customers that a template may fill in, by name."
    )
    minimum_segment_size: int = Field(
        default=50, ge=10, description="At least 10, so that nobody is singled out."
    )
    holdout_share: float = Field(
        default=0.05, ge=0, le=0.5, description="Share of the customers who get nothing, for comparison."
    )
    ai_notice: Notice | dict[Locale, Notice] | None = Field(
        default=None,
        description="Words below each e-mail that a model wrote a part of, one text or one for each locale.",
    )

    link_domains: list[LinkDomain] = Field(
        default_factory=list,
        description="Domains, with all below them, that mails may lead to by a link that counts clicks; none without it.",
    )
    open_pixel: bool = Field(
        default=False,
        description="Opens are counted of customers who agreed to open-tracking on the channel, by a picture in the mail.",
    )

    def notice(self, locale: str) -> str | None:
        """The words that say that a model wrote a part, in the language of the message."""
        return self.ai_notice.get(locale) if isinstance(self.ai_notice, dict) else self.ai_notice

    @property
    def on_request(self) -> dict[str, str]:
        """Slot that a site or an app asks for -> its channel."""
        return {
            slot: name
            for name, channel in self.channels.items()
            if channel.on_request
            for slot in channel.slots
        }

    @model_validator(mode="after")
    def _slots_on_request(self) -> Brand:
        for name, channel in self.channels.items():
            for slot, limits in channel.slots.items():
                if limits.default and not channel.on_request:
                    raise ValueError(
                        f"slot {slot} of channel {name} has a default, but nobody asks for it; add on_request: true"
                    )
                if channel.on_request and self.on_request[slot] != name:
                    raise ValueError(
                        f"the slot {slot} stands in two channels on request; rename one, so that a site may ask for it"
                    )
        return self

    @model_validator(mode="after")
    def _rules_agree(self) -> Brand:
        for kind, texts in (("name in the lexicon", self.lexicon), ("do example", self.voice.do)):
            for text in texts:
                clash = next((phrase for phrase in self.banned_phrases if _stands_in(phrase, text)), None)
                if clash:
                    raise ValueError(
                        f"the {kind} {text!r} uses the banned phrase {clash!r}; change one of them"
                    )
        for name in self.competitors:
            for kind, texts in (
                ("name in the lexicon", [self.name, *self.lexicon]),
                ("banned phrase", self.banned_phrases),
            ):
                clash = next((text for text in texts if _stands_in(name, text)), None)
                if clash:
                    raise ValueError(f"the {kind} {clash!r} names the competitor {name!r}; keep one of them")
        both = sorted(set(self.voice.do) & set(self.voice.dont))
        if both:
            raise ValueError(f"{both[0]!r} stands among the do and the don't examples; keep one")
        if isinstance(self.ai_notice, dict) and (
            missing := [x for x in self.locales if x not in self.ai_notice]
        ):
            raise ValueError(f"ai_notice has no words for {missing[0]}; give them, or one text for all")
        for name, channel in self.channels.items():
            for slot in channel.slots:
                if channel.limit(slot) < 1:
                    raise ValueError(
                        f"the suffix of channel {name} leaves no room in slot {slot}; raise max_chars"
                    )
        for rule in self.approval_rules:
            if rule.channel and rule.channel not in self.channels:
                raise ValueError(
                    f"an approval rule names the channel {rule.channel!r}, which the brand lacks"
                )
            if rule.slot and not any(rule.slot in channel.slots for channel in self.channels.values()):
                raise ValueError(f"an approval rule names the slot {rule.slot!r}, which no channel has")
        return self


def _stands_in(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE) is not None


def load_brand(folder: Path) -> Brand:
    """The brand of a folder, or BadInput with one sentence. An empty policy is refused (fail closed)."""
    path = folder / "brand.yaml"
    if not path.exists():
        raise BadInput(
            f"{folder} is no brand folder (brand.yaml is missing); run `surmesure init {folder}` or give --brand DIR."
        )
    return yaml_text.validate(Brand, yaml_text.parse(yaml_text.read_text(path), str(path)), str(path))


NEUTRAL_BRAND = Brand.model_validate(
    {
        "name": "Your brand",
        "voice": {
            "description": "Clear, friendly and honest.",
            "tone": "plain",
            "do": [
                "Your order is ready. Pick it up at the front desk until 8 pm.",
                "Two ways to pay, one simple bill.",
                "We kept your list from last time, so reordering takes a minute.",
                "New in store this week: three soups that need ten minutes.",
            ],
            "dont": [
                "OMG you guys, this is INSANE, buy now before it is gone forever!!!",
                "The world's greatest product will change your life overnight.",
                "Don't be the only loser who misses this unbelievable deal.",
                "Leverage our synergistic solution to maximise your outcomes.",
            ],
        },
        "channels": {
            "email": {
                "slots": {
                    "subject": {"max_chars": 60},
                    "preheader": {"max_chars": 90},
                    "headline": {"max_chars": 70},
                    "opening": {"max_chars": 220},
                    "body": {"max_chars": 600},
                    "cta": {"max_chars": 28},
                }
            },
            "sms": {"slots": {"sms": {"max_chars": 160}}},
            "push": {"slots": {"push": {"max_chars": 110}}},
        },
        "approval_rules": [{"roles": ["reviewer"]}, {"theme": "offers", "roles": ["legal"]}],
    }
)
