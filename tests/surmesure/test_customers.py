"""`surmesure customers`: what whoever answers a customer reads, gets into a file, stops and erases."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy import select, update
from typer.testing import CliRunner, Result

from content_store.brand_folder.brand import load_brand
from content_store.database import Sessions, open_database, session_maker
from content_store.errors import BadInput
from content_store.models import Brief, Consent, Customer, Publication
from flows.steps.outcomes import collect
from flows.steps.workplace import open_workplace
from publishing.delivering import deliver
from publishing.writing import write_delivery
from surmesure.commands import customers
from surmesure.starting import copy_starter
from tests.factories import NOW
from tests.flows.outcomes import came_in
from tests.publishing.stage import make_stage, plan, unseen, worker

app = typer.Typer()
for name in ("show", "export", "stop", "forget"):
    app.command(name)(getattr(customers, name))


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A brand folder of which three customers got an SMS."""
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    (brand / ".surmesure" / "surmesure.db").write_bytes(sqlite_template.read_bytes())
    sessions = _sessions(brand)
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path / "out", customers=3)
        session.execute(update(Brief).values(content=stage.brief.content()))
        session.execute(
            update(Customer).where(Customer.id == "c02").values(first_name="Bo", attributes={"city": "Ulm"})
        )
        plan(session, stage)
    (tmp_path / "out").mkdir()
    deliver(sessions, stage.occurrence, worker(stage, brand=load_brand(brand)), write_delivery, unseen)
    return brand


def test_a_receipt_reads_as_an_answer_to_the_customer(folder: Path) -> None:
    told = _run("show", "c02", "--brand", str(folder)).stdout.splitlines()
    assert told[:9] == [
        "c02",
        "  mail: c02@example.com",
        "  phone: +155501002",
        "  first name: Bo",
        "  city: Ulm",
        "  from customers.csv, read on 2026-03-02",
        "Consents, the newest first",
        "  2026-03-02 09:30 UTC  yes to marketing by sms, from customers.csv",
        "Segments",
    ]
    text = "\n".join(told)
    assert "2026-03-02 09:30 UTC  coffee-week of 2026-03-02, sms, accepted (publication " in text
    assert "Consent: yes to marketing by sms on 2026-03-02, from customers.csv" in text
    assert "Approved by rita as reviewer on 2026-03-02 09:30" in text
    assert "Text: the same bytes: their SHA-256 is that in the ledger" in text
    assert "| Coffee is on." in text or "| =Hot coffee, now." in text
    facts = json.loads(_run("show", "c02", "--brand", str(folder), "--json").stdout)
    assert [item["status"] for item in facts["publications"]] == ["accepted"]
    assert facts["publications"][0]["consent"]["purpose"] == "marketing"


def test_what_became_of_messages_is_shown_and_exported_from_the_lake_and_from_the_inbox(
    folder: Path, tmp_path: Path
) -> None:
    with _sessions(folder).begin() as session:
        (number,) = session.scalars(select(Publication.id).where(Publication.customer_id == "c02"))
        session.add(came_in("events:1", "converted", at=NOW, customer_id="c02", value=12.5))
        session.add(came_in("events:2", "converted", at=NOW, customer_id="c03", value=99.0))
    collect(open_workplace(folder))
    with _sessions(folder).begin() as session:
        later = NOW + timedelta(hours=1)
        session.add(came_in("mail", "failed", kind="dsn", received_at=later, publication_id=number))
    told = _run("show", "c02", "--brand", str(folder)).stdout.splitlines()
    start = told.index("Outcomes, the newest first")
    assert told[start + 1 : start + 4] == [
        f"  2026-03-02 10:30 UTC  bounced (publication {number})",
        "  2026-03-02 09:30 UTC  converted, worth 12.5",
        "Messages, the newest first",
    ]
    file = tmp_path / "c02.json"
    _run("export", "c02", "--to", str(file), "--brand", str(folder))
    exported = json.loads(file.read_text())
    assert [item["outcome_id"] for item in exported["outcomes"]] == ["mail", "events:1"]
    assert exported["events"] == []


def test_an_export_is_for_its_owner_alone_and_replaces_nothing(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "c02.json"
    result = _run("export", "c02", "--to", str(file), "--brand", str(folder))
    assert result.stdout == f"All that is held of c02 is in {file}: messages: 1, events: 0.\n"
    assert file.stat().st_mode & 0o777 == 0o600
    told = json.loads(file.read_text())
    assert list(told) == [
        *("customer", "consents", "not_reached", "segments", "outcomes", "publications"),
        *("set_aside", "outcomes_set_aside", "came_in", "events", "membership"),
    ]
    before = file.read_bytes()
    result = _run("export", "c02", "--to", str(file), "--brand", str(folder))
    assert isinstance(result.exception, BadInput)
    assert str(result.exception) == f"{file} is there already; give a name that is not used yet."
    assert file.read_bytes() == before


@pytest.mark.parametrize("command", ["show", "stop", "export"])
def test_an_unknown_id_is_one_sentence(folder: Path, tmp_path: Path, command: str) -> None:
    more = ["--to", str(tmp_path / "x.json")] if command == "export" else []
    result = _run(command, "c99", *more, "--brand", str(folder))
    assert isinstance(result.exception, BadInput)
    assert str(result.exception) == "there is no customer 'c99'; check the spelling of the id."


def test_stop_says_what_it_did_and_that_it_was_done_before(folder: Path) -> None:
    sentence = "c02 gets nothing more of any kind. The next run leaves them out of the segments.\n"
    assert _run("stop", "c02", "--brand", str(folder)).stdout == sentence
    assert _run("stop", "c02", "--brand", str(folder)).stdout == "c02 gets nothing already.\n"
    with _sessions(folder)() as session:
        said = select(Consent.purpose, Consent.channel).where(~Consent.granted).order_by(Consent.purpose)
        assert session.execute(said).all() == [("", ""), ("marketing", "sms")]
    assert (
        "  no  to everything, proof: surmesure customers stop"
        in _run("show", "c02", "--brand", str(folder)).stdout
    )


def test_nobody_is_erased_without_being_asked_about(folder: Path) -> None:
    result = _run("forget", "c02", "--brand", str(folder))
    assert isinstance(result.exception, BadInput)
    assert "nobody is there to confirm" in str(result.exception)
    with _sessions(folder)() as session:
        assert session.get(Customer, "c02") is not None
    assert isinstance(_run("forget", "--brand", str(folder)).exception, BadInput)


def test_a_list_of_customers_is_erased_and_what_is_left_is_told(folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("c02\n\n c03 \n")
    out = _run("forget", "c01", "--file", str(listed), "--yes", "--brand", str(folder)).stdout
    assert out.startswith("3 customers are erased.\nLeft to do by hand:\n  - ")
    assert out.count("still holds them; delete it, and tell whoever took it over (GDPR, art. 19).") == 2
    again = _run("forget", "c02", "--yes", "--brand", str(folder)).stdout
    assert again.startswith("1 customer is erased.\n")
    result = _run("show", "c02", "--brand", str(folder))
    assert str(result.exception) == (
        "customer 'c02' was erased; nothing is held of them but a keyed hash, which keeps them away."
    )


def _run(*given: str) -> Result:
    return CliRunner().invoke(app, given)


def _sessions(folder: Path) -> Sessions:
    return session_maker(open_database(f"sqlite:///{folder / '.surmesure' / 'surmesure.db'}"))
