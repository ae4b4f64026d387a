"""A small shop's queue: a brief with e-mails and an SMS that stand on real blocks, and people of every role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand
from content_store.database import Sessions
from content_store.message_hash import stored_message_hash, variant_hash
from content_store.models import (
    BlockVersion,
    Message,
    MessageVariant,
    Origin,
    Run,
    Segment,
    TemplateVersion,
    Variant,
    VariantBlock,
)
from content_store.settings import Settings
from evaluation.gates import GATES
from review.desk import Desk
from tests.factories import (
    NOW,
    make_block_version,
    make_brief,
    make_candidate,
    make_customer,
    make_message,
    make_run,
    make_segment,
    make_segmentation,
    make_snapshot,
    make_template,
    make_variant,
    person,
)

PEOPLE = {
    "ana": "reviewer",
    "bo": "reviewer",
    "leo": "legal",
    "ada": "author",
    "vera": "viewer",
    "max": "admin",
}

BRAND: Brand = NEUTRAL_BRAND.model_copy(
    update={
        "name": "Fairlow Market",
        "banned_phrases": ["amazing"],
        "personal_fields": {"home_store": {"fallback": "your local store"}},
    }
)

FACT = "House Blend is $5.99 a bag."
SECOND_FACT = "A bag of House Blend holds 12 oz."
MJML = """<mjml lang="en"><mj-head><mj-title>{{ subject }}</mj-title><mj-attributes><mj-all font-family="Georgia" />
</mj-attributes></mj-head><mj-body><mj-section><mj-column>
<mj-text>Hello at {{ customer.home_store }}</mj-text><mj-text>{{ opening }}</mj-text>
<mj-button href="{{ landing_page }}">{{ cta }}</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>"""


def desk_of(sessions: Sessions, folder: Path, port: int = 8310) -> Desk:
    """A desk of the shop; its clock stands at NOW."""
    settings = Settings(brand=folder, review={"port": port})  # type: ignore[arg-type]
    return Desk(BRAND, settings, sessions, b"k" * 32, lambda: NOW)


class Shop:
    """The parts of the shop that its messages share."""

    def __init__(self, session: Session) -> None:
        self.session = session
        for name, role in PEOPLE.items():
            person(session, name, role, full_name=f"{name.title()} Berg")
        content = {
            "goal": "Sell coffee.",
            "sender": {"name": "Fairlow Market"},
            "landing_page": "https://www.example.com/coffee",
            "tone": "warm",
        }
        brief = make_brief(session, id="newsletter", content=content)
        segmentation = make_segmentation(session)
        self.segment: Segment = make_segment(session)
        customers = [
            make_customer(
                session,
                id=f"H{number}",
                first_name="Zoe",
                email=f"zoe{number}@example.com",
                attributes={"home_store": f"Store {number}", "age": "45-54", "phone_2": "+12025550100"},
            )
            for number in (1, 2)
        ]
        make_snapshot(
            session,
            segmentation,
            self.segment,
            size=284,
            distinctive=[{"item": "ground coffee", "score": 0.04, "lift": 4.1, "reach": 0.24}],
            behaviour={"median_days_a_week": 0.6, "customers": 284},
            exemplars=[customer.id for customer in customers],
        )
        self.run: Run = make_run(session, brief_id=brief.id, segmentation_id=segmentation.id)
        self.template: TemplateVersion = make_template(session, mjml=MJML, text="{{ opening }}\n{{ cta }}")
        facts = [{"text": FACT, "keep": ["$5.99"]}, {"text": SECOND_FACT, "keep": []}]
        self.block: BlockVersion = make_block_version(
            session, block_id="house-blend", facts=facts, text=FACT, slot="subject"
        )

    def email(self, subject: str = FACT, **fields: Any) -> Message:
        """An e-mail of three slots with two more subjects to choose from."""
        slots = {"subject": subject, "opening": f"{FACT} {SECOND_FACT}", "cta": "Order coffee"}
        message = self._message(
            slots,
            template_version_id=self.template.id,
            personal_fields={"home_store": {"fallback": "your local store"}},
            **fields,
        )
        for text, readers in (("House Blend: $5.99 a bag.", 0.6), ("A bag of coffee is $5.99.", 0.3)):
            self._stand(
                make_variant(
                    self.session,
                    self.run,
                    segment_id=self.segment.id,
                    theme=message.theme,
                    text=text,
                    scores={"readers": readers},
                )
            )
        return message

    def sms(self, **fields: Any) -> Message:
        """An SMS of one text."""
        return self._message({"sms": FACT}, channel="sms", **fields)

    def _message(self, slots: dict[str, str], **fields: Any) -> Message:
        theme = fields.pop("theme", f"theme-{self.session.query(Message).count()}")
        message = make_message(
            self.session, run=self.run, slots=slots, segment_id=self.segment.id, theme=theme, **fields
        )
        inside = self.session.query(Variant).join(
            MessageVariant, MessageVariant.variant_id == Variant.id
        ).filter(MessageVariant.message_id == message.id)  # fmt: skip
        for variant in inside:
            variant.theme, variant.channel = theme, message.channel
            self._stand(variant)
        message.content_hash = stored_message_hash(self.session, message)
        self.session.flush()
        return message

    def _stand(self, variant: Variant) -> None:
        """Let a variant stand on the block, judged and written by the model."""
        variant.block_version_ids = [self.block.id]
        variant.sentences = [
            {
                "text": fact,
                "block": self.block.block_id,
                "version": 1,
                "block_version_id": self.block.id,
                "fact": fact,
                "similarity": 0.9,
            }
            for fact in (FACT, SECOND_FACT)
            if fact in variant.text
        ]
        variant.verdicts = [{"gate": gate, "passed": True, "reason": ""} for gate in GATES]
        variant.scores = variant.scores or {"readers": 0.4, "relevance": 0.2, "tone": 0.9}
        variant.candidate_id = make_candidate(self.session, self.run, text=variant.text).id
        variant.origin = Origin.GENERATED
        variant.content_hash = variant_hash(variant.text, variant.block_version_ids)
        self.session.merge(VariantBlock(variant_id=variant.id, block_version_id=self.block.id))


@contextmanager
def shop_in(sessions: Sessions) -> Iterator[Shop]:
    """The shop, committed when the block ends."""
    with sessions.begin() as session:
        yield Shop(session)
