"""A database that was put back from an old copy sends nothing until a person says what it is; any other sends as always."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, make_url, select, text

from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput
from content_store.models import Installation, Occurrence, Publication, PublicationStatus
from content_store.sending_settings import SmtpSettings
from flows.steps.proofs import send_proofs
from flows.steps.publishing import publish
from flows.steps.restoring import give_up_open, look, trust
from flows.steps.ways import SMTP, Way
from flows.steps.workplace import Workplace
from publishing.answers import Answer
from publishing.channels import smtp
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import make_stage, write_members

#: Puts the database back as it was when this was made.
Restore = Callable[[], None]

MAIL = Way(SMTP, "mail")


@pytest.fixture
def brief(workplace: Workplace, tmp_path: Path) -> BriefFile:
    """A brief by mail for 25 customers, of which nothing is planned yet."""
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=25, channel="email")
        session.execute(delete(Occurrence))
    write_members(workplace.settings, stage)
    return stage.brief


@pytest.fixture(autouse=True)
def _everybody_gets_one(workplace: Workplace) -> None:
    workplace.brand = workplace.brand.model_copy(update={"holdout_share": 0.0})


def test_a_copy_from_before_the_first_mail_sends_nothing(workplace: Workplace, brief: BriefFile) -> None:
    restore = _copied(workplace)
    with mail_server() as (server, settings):
        _publish(workplace, brief, settings)
        assert len(server.taken) == 25
        restore()
        with pytest.raises(BadInput, match="the database is an old copy: it knows of 0 steps of sending"):
            _publish(workplace, brief, settings)
        assert len(server.taken) == 25


def test_a_copy_from_the_middle_sends_nothing_until_it_is_confirmed_and_then_nobody_twice(
    workplace: Workplace, brief: BriefFile
) -> None:
    with mail_server() as (server, settings):
        made: list[Restore] = []
        _stopped_after(workplace, brief, settings, 13, lambda: made.append(_copied(workplace)))
        (restore,) = made
        _stopped_after(workplace, brief, settings, 2)
        assert set(Counter(server.addresses()).values()) == {1}
        sent = len(server.taken)
        restore()
        for _ in range(2):
            with pytest.raises(BadInput, match="is an old copy"):
                _publish(workplace, brief, settings)
        with pytest.raises(BadInput, match="is an old copy; put the newer one back, or say --restored"):
            trust(workplace)
        (item,) = look(workplace).unfinished
        # Ten had their answers when the copy was made, ten were on their way, five waited.
        assert (item.brief_id, item.planned, item.rows) == ("coffee-week", True, 15)
        assert give_up_open(workplace, "ana") == 15
        assert _statuses(workplace) == {PublicationStatus.ACCEPTED: 10, PublicationStatus.UNKNOWN: 15}
        assert _publish(workplace, brief, settings).finished_at is not None
        assert len(server.taken) == sent, "nothing of it is sent by itself"
        with workplace.sessions() as session:
            reasons = set(
                session.scalars(
                    select(Publication.reason).where(Publication.status == PublicationStatus.UNKNOWN)
                )
            )
        (reason,) = reasons
        assert reason is not None
        assert reason.startswith(
            "the database was restored from an old copy, in which this was open; confirmed by ana"
        )


def test_a_copy_of_files_sends_nothing_until_it_is_confirmed(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    restore = _copied(workplace)
    way = Way(str(tmp_path / "out"), "csv")
    publish(workplace, brief, way)
    # The e-mail tool took them.
    shutil.rmtree(tmp_path / "out")
    restore()
    with pytest.raises(BadInput, match="is an old copy"):
        publish(workplace, brief, way)
    assert not (tmp_path / "out").exists()


def test_a_database_that_is_replaced_while_it_publishes_stops_before_the_next_mails(
    workplace: Workplace, brief: BriefFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, made, sent = smtp.send, list[Restore](), count(1)

    def replacing(*given: object) -> Answer:
        number = next(sent)
        if number == 5:
            made.append(_copied(workplace))
        if number == 15:
            made[0]()
        return send(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(smtp, "send", replacing)
    with mail_server() as (server, settings):
        with pytest.raises(BadInput, match="is an old copy"):
            _publish(workplace, brief, settings)
        assert len(server.taken) == 20
        assert set(Counter(server.addresses()).values()) == {1}


def test_a_database_from_another_machine_is_trusted_once_a_person_says_so(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (server, settings):
        _publish(workplace, brief, settings)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
        with pytest.raises(BadInput, match="this machine never sent from this database, and others did"):
            _publish(workplace, brief, settings, days=8)
        assert len(send_proofs(workplace, brief, "boss@fairlow.example.com")) == 2, "proofs are harmless"
        trust(workplace)
        _publish(workplace, brief, settings, days=8)
        # The first machine goes on too, and each sees how far the other is.
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
        _publish(workplace, brief, settings, days=16)
        assert Counter(Counter(server.addresses()).values()) == {3: 25, 2: 1}


def test_the_other_machines_ask_when_a_copy_was_confirmed_on_one(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = _copied(workplace)
    with mail_server() as (_, settings):
        _publish(workplace, brief, settings)
        restore()
        give_up_open(workplace, "ana")
        _publish(workplace, brief, settings)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
        with pytest.raises(BadInput, match="this machine never sent from this database"):
            _publish(workplace, brief, settings, days=8)


def test_an_unfinished_plan_ends_when_a_copy_is_confirmed(
    workplace: Workplace, brief: BriefFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.publishing.PORTION", 10)
    with mail_server() as (server, settings):
        with monkeypatch.context() as patched:
            patched.setattr(workplace, "progress", _stopped)
            with pytest.raises(KeyboardInterrupt):
                _publish(workplace, brief, settings)
        restore = _copied(workplace)
        _publish(workplace, brief, settings)
        restore()
        assert look(workplace).unfinished[0].planned is False
        assert give_up_open(workplace, "ana") == 10
        server.taken.clear()
        assert _publish(workplace, brief, settings).finished_at is not None
        assert server.taken == []


def test_a_crash_between_the_commit_and_the_note_is_no_reason_to_ask(
    workplace: Workplace, brief: BriefFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (server, settings):
        with monkeypatch.context() as patched:
            patched.setattr("content_store.marks.replace_file", _stopped)
            with pytest.raises(KeyboardInterrupt):
                _publish(workplace, brief, settings)
        _publish(workplace, brief, settings)
        assert set(Counter(server.addresses()).values()) == {1}


def test_a_database_that_moved_and_a_new_one_are_trusted(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, sqlite_template: Path
) -> None:
    with mail_server() as (_, settings):
        _publish(workplace, brief, settings)
        url = make_url(workplace.settings.database_url)
        if url.get_backend_name() != "sqlite":
            pytest.skip("a file")
        shutil.copy(url.database or "", tmp_path / "moved.db")
        moved = _on(workplace, tmp_path / "moved.db")
        assert look(moved).standing.is_strange is False
        _publish(moved, brief, settings, days=8)
        shutil.copy(sqlite_template, tmp_path / "new.db")
        new = _on(workplace, tmp_path / "new.db")
        with new.sessions.begin() as session:
            session.get_one(Installation, 1).identity = "a clone of the brand folder makes its own"
        with pytest.raises(BadInput, match="has no finished run"):
            _publish(new, brief, settings)
        moved.close()
        new.close()


def _publish(workplace: Workplace, brief: BriefFile, settings: SmtpSettings, days: int = 0) -> Occurrence:
    """Today's occurrence, or one of so many days ago."""
    workplace.settings = workplace.settings.model_copy(update={"smtp": settings})
    return publish(workplace, brief, MAIL, workplace.now - timedelta(days=days) if days else None)


def _stopped_after(
    workplace: Workplace,
    brief: BriefFile,
    settings: SmtpSettings,
    mails: int,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Publish until so many mails are out; then something happens, and the publisher is stopped."""
    send, sent = smtp.send, iter(range(mails + 1))

    def stopping(*given: object) -> Answer:
        if next(sent) == mails:
            then()
            raise KeyboardInterrupt
        return send(*given)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(smtp, "send", stopping)
        with pytest.raises(KeyboardInterrupt):
            _publish(workplace, brief, settings)


def _copied(workplace: Workplace) -> Restore:
    """A real copy of the database: of the SQLite file, or another PostgreSQL database with it as template."""
    url = make_url(workplace.settings.database_url)
    workplace.engine.dispose()
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        shutil.copy(file, file.with_suffix(".backup"))
        return lambda: _restore_file(workplace, file)
    name = f"{url.database}_backup"
    _on_server(
        workplace, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {url.database}"
    )
    return lambda: _on_server(
        workplace,
        f"DROP DATABASE {url.database} WITH (FORCE)",
        f"CREATE DATABASE {url.database} TEMPLATE {name}",
    )


def _restore_file(workplace: Workplace, file: Path) -> None:
    workplace.engine.dispose()
    shutil.copy(file.with_suffix(".backup"), file)


def _on_server(workplace: Workplace, *statements: str) -> None:
    workplace.engine.dispose()
    url = make_url(workplace.settings.database_url).set(database="postgres", drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _on(workplace: Workplace, file: Path) -> Workplace:
    database = workplace.settings.database.model_copy(update={"url": f"sqlite:///{file}"})
    return Workplace(workplace.settings.model_copy(update={"database": database}), workplace.brand)


def _statuses(workplace: Workplace) -> Counter[PublicationStatus]:
    with workplace.sessions() as session:
        return Counter(session.scalars(select(Publication.status)))


def _stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
