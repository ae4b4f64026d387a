"""An erased customer is nowhere any more, in no byte that is ours, and what was counted stays the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, func, select

from content_store import suppressions
from content_store.erasure import UNSAYABLE
from content_store.errors import BadInput
from content_store.models import (
    Base,
    Consent,
    Customer,
    Delivery,
    InboxItem,
    Message,
    Occurrence,
    Publication,
    PublicationStatus,
    QuarantinedOutcome,
    QuarantinedRow,
    Segment,
    SegmentSnapshot,
)
from content_store.settings import last_error_file
from flows.steps import forgetting
from flows.steps.forgetting import forget
from flows.steps.ingesting import ingest_sources
from flows.steps.outcomes import collect
from flows.steps.publishing import publish, told
from flows.steps.ways import Way
from flows.steps.workplace import Workplace
from publishing.planning import Member, plan_portion
from tests.factories import NOW, make_publication, make_segmentation, make_snapshot
from tests.flows.outcomes import came_in
from tests.publishing.stage import Stage, make_stage, write_members

ID, MAIL, PHONE, NAME = "zqx-customer-7714", "zqx.mail@zqxmail.example", "+15559997714", "Zqxandrine"
WORDS = (ID, MAIL, PHONE.removeprefix("+"), NAME)
OTHERS = ("c01", "c02", "c03")

DATA = {
    "customers.csv": f"id,email,phone,first_name,city\n{ID},{MAIL},{PHONE},{NAME},Zqxville\n"
    + "".join(f"{name},{name}@example.com,+1555010{name[1:]},Name,Town\n" for name in OTHERS)
    + f"{ID},{MAIL},,{NAME},again\n",
    "consents.csv": "customer_id,purpose,channel,granted,at,wording,source\n"
    + "".join(f"{name},marketing,sms,yes,2026-03-01T00:00:00Z,Yes,said {name}\n" for name in (ID, *OTHERS)),
    "events.csv": "customer_id,at,kind,item\n"
    + "".join(
        f"{name},2026-03-01T00:00:00Z,{kind},tea\n" for name in (ID, *OTHERS) for kind in ("view", "buy")
    ),
}


@pytest.fixture
def stage(workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The customer and three others came from sources and were sent an SMS; their name got everywhere it can get."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, content in DATA.items():
        (workplace.settings.brand / "data" / name).write_text(content)
    with workplace.sessions.begin() as session:
        made = make_stage(session, tmp_path, customers=3)
        session.execute(delete(Occurrence))
        segment_id = made.members[0].segment_id
        made = made._replace(members=[*made.members, Member(ID, segment_id)])
        make_snapshot(
            session,
            make_segmentation(session),
            session.get_one(Segment, segment_id),
            exemplars=["c01", ID, "c02"],
        )
    with workplace.sessions() as session:
        ingest_sources(session, workplace)
    write_members(workplace.settings, made)
    publish(workplace, made.brief, Way(str(tmp_path / "out"), "csv"))
    _spread(workplace, made)
    return made


def _spread(workplace: Workplace, stage: Stage) -> None:
    """Answers of a mail server, something that came in, a report, logs and an error."""
    with workplace.sessions.begin() as session:
        message = session.get_one(Message, stage.message_ids[0])
        rejected = {"status": PublicationStatus.REJECTED, "filled_in": {"first_name": NAME}}
        for reason in (
            f"550 5.1.1 <{MAIL}>: user unknown",
            f"the address {MAIL!r} is none that a mail can have",
        ):
            row = make_publication(session, message, customer_id=ID, reason=reason, **rejected)
        common: dict[str, Any] = {"kind": "bounce", "received_at": NOW}
        session.add(InboxItem(external_id="1", body={"to": [MAIL]}, **common))
        session.add(InboxItem(external_id="2", body={}, publication_id=row.id, **common))
        session.add(InboxItem(external_id="3", body={"to": ["c01@example.com"]}, **common))
        session.add(came_in(f"events:{ID}-1", "converted", at=NOW, customer_id=ID, value=4.0))
        session.add(came_in("events:c01-1", "converted", at=NOW, customer_id="c01", value=4.0))
        session.add(
            QuarantinedOutcome(
                origin="events",
                received_at=NOW,
                reason="the currency is not EUR",
                raw=f'{{"customer": "{ID}"}}',
                external_id=f"events:{ID}-2",
            )
        )
    collect(workplace)
    with workplace.sessions.begin() as session:
        # And one that nobody has collected yet.
        session.add(came_in(f"events:{ID}-3", "clicked", at=NOW, customer_id=ID))
    state = workplace.settings.state_folder
    (state / "report.html").write_text(f"<code><bdi>c01</bdi></code>, <code><bdi>{ID}</bdi></code>")
    (state / "logs").mkdir()
    (state / "logs" / "serve.log").write_text(f"begun\nno answer for {MAIL}.\nended\n")
    last_error_file().parent.mkdir(parents=True, exist_ok=True)
    last_error_file().write_text(f"DETAIL: Key (id)=({ID}) already exists, {NAME}.\n")


def _everything(workplace: Workplace) -> str:
    """All that is ours as text: every byte of every file, what Parquet compresses, and every table's rows."""
    folders = (workplace.settings.state_folder, last_error_file().parent)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    if database := workplace.engine.url.database if workplace.engine.dialect.name == "sqlite" else None:
        files += Path(database).parent.glob(f"{Path(database).name}*")
    told = [path.read_bytes().decode("latin-1") for path in files]
    told += [str(pq.read_table(path).to_pylist()) for path in files if path.suffix == ".parquet"]
    with workplace.sessions() as session:
        for table in Base.metadata.sorted_tables:
            told += [str(tuple(row)) for row in session.execute(select(table))]
    return "\n".join(told)


def _counts(workplace: Workplace) -> dict[str, Any]:
    with workplace.sessions() as session:
        return {
            "publications": [
                told(session, item)["publications"] for item in session.scalars(select(Occurrence))
            ],
            "by status": session.execute(
                select(
                    Publication.status,
                    Publication.message_id,
                    func.count(),
                    func.count(Publication.customer_id.distinct()),
                )
                .group_by(Publication.status, Publication.message_id)
                .order_by(Publication.status, Publication.message_id)
            ).all(),
            "segments": session.execute(select(SegmentSnapshot.size, SegmentSnapshot.share)).all(),
            "quarantined": session.scalar(select(func.count(QuarantinedRow.id))),
            "outcomes in quarantine": session.scalar(select(func.count(QuarantinedOutcome.id))),
        }


def test_no_byte_of_them_is_left_and_what_was_counted_stays(
    workplace: Workplace, stage: Stage, tmp_path: Path
) -> None:
    assert stage.members[-1].customer_id == ID
    before, counts = _everything(workplace), _counts(workplace)
    assert all(word in before for word in WORDS)
    done = forget(workplace, [ID])
    after = _everything(workplace)
    assert [word for word in (*WORDS, "Zqxville") if word in after] == []
    assert _counts(workplace) == counts
    assert "c01" in after
    assert (done.customers, done.sharing) == (1, [])
    data = workplace.settings.brand / "data"
    (published,) = (tmp_path / "out").glob("*.csv")
    assert done.left == [
        f"{published} still holds them; delete it, and tell whoever took it over (GDPR, art. 19).",
        *(
            f"{data / name} still names them; take them out where it comes from, so that no copy is left."
            for name in ("consents.csv", "customers.csv", "events.csv")
        ),
    ]
    assert (workplace.settings.state_folder / "logs" / "serve.log").read_text().startswith("begun\nxxx")


@pytest.mark.usefixtures("stage")
def test_others_keep_all_they_have(workplace: Workplace) -> None:
    forget(workplace, [ID])
    with workplace.sessions() as session:
        assert session.scalars(select(Customer.id).order_by(Customer.id)).all() == list(OTHERS)
        assert set(session.scalars(select(Consent.customer_id))) == set(OTHERS)
        assert session.scalars(select(InboxItem.external_id).order_by(InboxItem.id)).all() == [
            "3",
            "events:c01-1",
        ]
        assert session.scalars(select(SegmentSnapshot.exemplars)).all() == [["c01", "c02"]]
        key = suppressions.load_key(workplace.settings.state_folder)
        rows = session.execute(
            select(Publication.reason, Publication.filled_in)
            .where(Publication.customer_id == suppressions.pseudonym(key, ID))
            .order_by(Publication.id)
        ).all()
        assert rows == [(None, None), ("550 5.1.1", None), (UNSAYABLE, None)]
    folder = workplace.settings.state_folder / "lake"
    events = [
        row
        for file in sorted((folder / "events").rglob("*.parquet"))
        for row in pq.read_table(file).to_pylist()
    ]
    assert Counter(row["customer_id"] for row in events) == dict.fromkeys(OTHERS, 2)
    outcomes = [
        row for file in (folder / "outcomes").rglob("*.parquet") for row in pq.read_table(file).to_pylist()
    ]
    assert [(row["customer_id"], row["value"]) for row in outcomes] == [("c01", 4.0)]
    (members,) = (folder / "membership").rglob("*.parquet")
    table = pq.read_table(members)
    assert table["customer_id"].to_pylist() == list(OTHERS)
    assert [str(field.type) for field in table.schema] == ["string", "int64", "int64"]


@pytest.mark.parametrize("step", ["_clean_files", "_erase_rows", "_clean_lake", "compact", "_still_named"])
@pytest.mark.usefixtures("stage")
def test_whoever_was_interrupted_goes_on_and_from_the_first_step_nothing_is_sent(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    counts = _counts(workplace)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(forgetting, step, killed)
        with pytest.raises(KeyboardInterrupt):
            forget(workplace, [ID])
    key = suppressions.load_key(workplace.settings.state_folder)
    with workplace.sessions() as session:
        assert suppressions.erased(session, key).holds(ID)
        assert suppressions.erased(session, key).holds(None, PHONE, MAIL)
    for _ in range(2):
        forget(workplace, [ID])
        after = _everything(workplace)
        assert [word for word in WORDS if word in after] == []
        assert _counts(workplace) == counts


def test_an_erasure_between_two_parts_of_a_plan_makes_nobody_be_passed_over(
    workplace: Workplace, stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("flows.steps.publishing.PORTION", 2)
    way, at = Way(str(tmp_path / "later"), "csv"), workplace.now - timedelta(days=1)
    plan, calls = plan_portion, count()

    def planned_once(*given: Any) -> Any:
        if next(calls):
            raise KeyboardInterrupt
        return plan(*given)

    with monkeypatch.context() as patched:
        patched.setattr("flows.steps.publishing.plan_portion", planned_once)
        with pytest.raises(KeyboardInterrupt):
            publish(workplace, stage.brief, way, at)
    forget(workplace, ["c01"])
    publish(workplace, stage.brief, way, at)
    with workplace.sessions() as session:
        rows = select(Publication.customer_id).where(Publication.occurrence == at)
        key = suppressions.load_key(workplace.settings.state_folder)
        assert set(session.scalars(rows)) == {suppressions.pseudonym(key, "c01"), "c02", "c03", ID}


@pytest.mark.usefixtures("stage")
def test_a_changed_source_that_still_has_them_does_not_bring_them_back(workplace: Workplace) -> None:
    forget(workplace, [ID])
    for name, content in DATA.items():
        (workplace.settings.brand / "data" / name).write_text(content + "\n")
    with workplace.sessions() as session:
        done = ingest_sources(session, workplace)
    assert [(item.accepted, item.quarantined) for item in done] == [(3, 0), (3, 0), (6, 0)]
    assert [item.notes[0] for item in done] == [
        f"rows: of customers who were erased, so left out ({number} rows)" for number in (2, 1, 2)
    ]
    after = _everything(workplace)
    assert [word for word in (ID, MAIL, "Zqxville") if word in after] == []


def test_a_file_that_was_written_before_the_erasure_is_settled_after_it(
    workplace: Workplace, stage: Stage, tmp_path: Path
) -> None:
    with workplace.sessions.begin() as session:
        # As if the worker had died between the file and the row's answer.
        for row in session.scalars(select(Publication).where(Publication.delivery_id.is_not(None))):
            row.status = PublicationStatus.INTENT
        for delivery in session.scalars(select(Delivery)):
            delivery.done_at = None
        session.scalars(select(Occurrence)).one().finished_at = None
    forget(workplace, [ID])
    publish(workplace, stage.brief, Way(str(tmp_path / "out"), "csv"))
    with workplace.sessions() as session:
        statuses = session.scalars(select(Publication.status).where(Publication.delivery_id.is_not(None)))
        assert statuses.all() == [PublicationStatus.ACCEPTED] * 4


@pytest.mark.usefixtures("stage")
def test_who_shares_an_address_is_named_and_an_unknown_id_is_refused_before_anything_is_done(
    workplace: Workplace,
) -> None:
    with workplace.sessions.begin() as session:
        session.get_one(Customer, "c02").phone = PHONE
    with pytest.raises(
        BadInput, match=r"nothing is held of a customer 'nobody'; check the spelling of the id\."
    ):
        forget(workplace, [ID, "nobody"])
    with workplace.sessions() as session:
        assert session.get(Customer, ID) is not None
    assert forget(workplace, [ID]).sharing == ["c02"]
