"""The stages without Prefect: what is kept, what is done again, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from content_store.errors import BadInput
from content_store.models import MODEL_TIME, BlockStatus, BlockVersion, Message, ReviewStatus, Run, RunStatus
from content_store.publishable import why_not_publishable
from flows.steps import pipeline, writing
from flows.steps.blocks import search_blocks
from flows.steps.copies import Wanted, fallback_text
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import Workplace, open_workplace
from generators.grounding import Ground
from tests.factories import NOW
from tests.publishing.stage import approve


def run_brief(workplace: Workplace, brief: str = "come-back") -> Run:
    """Everything up to the messages of one brief."""
    watch = Stopwatch()
    pipeline.ingest_stage(workplace, watch)
    pipeline.segment_stage(workplace, watch)
    pipeline.blocks_stage(workplace, watch)
    [wanted] = workplace.briefs([brief])
    run_id = pipeline.generate_stage(workplace, watch, wanted)
    with workplace.sessions() as session:
        return session.get_one(Run, run_id)


def test_an_edited_block_makes_new_messages_that_take_the_place_of_those_that_wait(
    workplace: Workplace,
) -> None:
    run_brief(workplace)
    with workplace.sessions() as session:
        message = session.scalars(select(Message).order_by(Message.id)).first()
        assert message is not None
        theme = message.theme
        before = len(session.scalars(select(Message).where(Message.theme == theme)).all())
    path = next(path for path in sorted((workplace.settings.brand / "blocks").glob(f"{theme}*-sms.md")))
    path.write_text(path.read_text().rstrip() + " Come in.\n")
    run = run_brief(workplace)
    assert run.counts["messages"] == before
    with workplace.sessions() as session:
        standing = session.scalars(select(Message).where(Message.theme == theme).order_by(Message.id)).all()
    assert [item.status for item in standing[:before]] == [ReviewStatus.SUPERSEDED] * before
    assert [item.status for item in standing[before:]] == [ReviewStatus.PENDING] * before


def test_a_run_is_refused_for_a_rule_on_a_theme_that_no_block_has(brand_folder: Path) -> None:
    path = brand_folder / "brand.yaml"
    path.write_text(path.read_text().replace("theme: store,", "theme: stores,"))
    with pytest.raises(BadInput, match="names the theme 'stores', which no block has"):
        pipeline.blocks_stage(open_workplace(brand_folder), Stopwatch())


def test_a_run_tells_of_texts_used_word_for_word_that_legal_need_not_approve(brand_folder: Path) -> None:
    path = brand_folder / "brand.yaml"
    path.write_text(path.read_text().replace("store, roles: [reviewer, legal]", "store, roles: [reviewer]"))
    workplace = open_workplace(brand_folder)
    run = run_brief(workplace)
    assert pipeline.finish(workplace, Stopwatch(), [run.id])["warnings"] == [
        "the block store-returns-opening is used word for word, and no approval rule asks for legal."
    ]


def test_a_withdrawn_block_is_not_used_any_more(workplace: Workplace) -> None:
    run_brief(workplace)
    path = next(iter(sorted((workplace.settings.brand / "blocks").glob("hiking-*-sms.md"))))
    path.write_text(path.read_text().replace("status: approved", "status: withdrawn"))
    run = run_brief(workplace)
    with workplace.sessions() as session:
        version = session.scalars(select(BlockVersion).where(BlockVersion.block_id == path.stem)).one()
        used = [
            message.theme
            for message in session.scalars(
                select(Message).where(Message.status == ReviewStatus.PENDING, Message.run_id == run.id)
            )
        ]
        hits = search_blocks(session, workplace, ["boots"], 50)
    assert version.status is BlockStatus.WITHDRAWN
    assert "hiking" not in used
    assert path.stem not in {hit.block for hit in hits[0]}


def test_a_run_that_fails_keeps_its_reason_and_its_candidates(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.steps.generating.judge_copies", fail)
    with pytest.raises(KeyboardInterrupt):
        run_brief(workplace)
    monkeypatch.undo()
    with workplace.sessions() as session:
        run = session.scalars(select(Run)).one()
    assert (run.status, run.reason) == (RunStatus.FAILED, "stopped by a person")
    # What the model worked for is paid for, though the run failed; and it is not worked for again.
    assert run.counts[MODEL_TIME] > 0
    resumed = run_brief(workplace)
    assert MODEL_TIME not in resumed.counts
    assert resumed.counts["candidates_new"] == 0
    assert resumed.counts["candidates_reused"] == 6
    assert resumed.status is RunStatus.FINISHED


def test_a_brief_without_approved_blocks_says_so(workplace: Workplace) -> None:
    for path in (workplace.settings.brand / "blocks").glob("*-sms.md"):
        path.write_text(path.read_text().replace("status: approved", "status: draft"))
    run = run_brief(workplace)
    assert run.counts["messages"] == 0
    assert run.warnings == ["sms, en-US: no approved block for sms on 2026-06-30; write one."]


def test_a_locale_that_the_model_does_not_write_gets_approved_text(brand_folder: Path) -> None:
    toml = brand_folder / "surmesure.toml"
    toml.write_text(toml.read_text() + 'languages = ["fr"]\n')
    run = run_brief(open_workplace(brand_folder))
    assert run.counts["candidates"] == 0
    assert run.counts["messages"] == run.counts["verbatim"] == 3
    assert run.warnings == [
        "en-US: the model does not write this language; approved texts are used word for word."
    ]


def test_an_unknown_brief_is_named_with_those_there_are(workplace: Workplace) -> None:
    with pytest.raises(
        BadInput, match=r"there is no brief xmas; the brand folder has come-back, newsletter\."
    ):
        workplace.briefs(["xmas"])


def test_segmenting_before_ingesting_says_what_to_do(workplace: Workplace) -> None:
    with pytest.raises(BadInput, match="run `surmesure ingest` first"):
        pipeline.segment_stage(workplace, Stopwatch())


def test_the_same_prompt_gets_the_same_seeds_and_another_setting_another_hash(workplace: Workplace) -> None:
    ground = Ground(("Tea is $3.",), ("$3",), "tea drinkers", max_chars=100)
    first = writing.make_request(workplace, "sms", "warm", ground, 2)
    again = writing.make_request(workplace, "sms", "warm", ground, 2)
    other = writing.make_request(workplace, "sms", "plain", ground, 2)
    assert first == again
    assert first.input_hash != other.input_hash
    assert set(first.seeds).isdisjoint(other.seeds)


@pytest.mark.parametrize(
    ("written", "copy"),
    [
        ('"Tea for two."', "Tea for two."),
        ("**Tea**", "Tea"),
        ("  Tea\t for two ", "Tea for two"),
        ("Te\x00a\x19", "Tea"),
        ("It's 5 o'clock", "It's 5 o'clock"),
    ],
)
def test_what_the_model_puts_around_a_copy_is_taken_off(written: str, copy: str) -> None:
    assert writing.trim(written) == copy


def test_a_text_cut_at_its_limit_ends_with_its_last_whole_sentence() -> None:
    assert writing.whole("Tea is $3. It is kept in", broken_off=True) == "Tea is $3."
    assert writing.whole("Tea is kept in", broken_off=True) == "Tea is kept in …"
    assert writing.whole("Tea is kept in", broken_off=False) == "Tea is kept in"


def test_the_fallback_of_a_draft_is_facts_never_cut() -> None:
    facts = ["Tea is $3 in all stores until Sunday.", "Coffee is $5."]
    assert (
        fallback_text(Wanted("sms", facts, ["$3"], "", "plain", 100, "en-US"))
        == "Tea is $3 in all stores until Sunday. Coffee is $5."
    )
    assert (
        fallback_text(Wanted("sms", facts, ["$3"], "", "plain", 40, "en-US"))
        == "Tea is $3 in all stores until Sunday."
    )
    assert (
        fallback_text(Wanted("sms", facts, ["until Sunday", "$3"], "", "plain", 20, "en-US"))
        == "Until Sunday, $3"
    )


def test_a_notice_is_approved_with_the_message_and_a_new_one_asks_anew(workplace: Workplace) -> None:
    def noted(words: str) -> list[tuple[str, str | None, ReviewStatus]]:
        """Run with these words in brand.yaml; the mails with theirs, by id."""
        path = workplace.settings.brand / "brand.yaml"
        before = path.read_text().partition("\nai_notice:")[0].rstrip()
        path.write_text(f"{before}\nai_notice: {words}\n")
        opened = open_workplace(workplace.settings.brand)
        run_brief(opened, "newsletter")
        opened.close()
        with workplace.sessions() as session:
            found = session.scalars(select(Message).order_by(Message.id)).all()
        return [(item.content_hash, item.ai_notice, item.status) for item in found]

    first = noted("A model wrote this.")
    assert {words for _, words, _ in first} == {"A model wrote this."}
    with workplace.sessions.begin() as session:
        message = session.scalars(select(Message).order_by(Message.id)).first()
        assert message is not None
        approve(session, message)
        assert why_not_publishable(session, message, message.created_at.date()) is None
    with workplace.sessions() as session:
        changed = session.get_one(Message, message.id)
        changed.ai_notice = "Nothing of the kind."
        assert why_not_publishable(session, changed, NOW.date()) == (
            f"message {message.id} is not what was approved"
        )
        session.rollback()
    assert noted("A model wrote this.")[1:] == first[1:]
    second = noted("{en-US: A machine wrote this.}")
    assert len(second) == 2 * len(first)
    assert second[0] == (first[0][0], "A model wrote this.", ReviewStatus.APPROVED)
    assert {status for _, words, status in second[1 : len(first)]} == {ReviewStatus.SUPERSEDED}
    assert {words for _, words, _ in second[len(first) :]} == {"A machine wrote this."}
