"""Files on a real S3 server: each is there once, whoever writes, and what is wrong is told in a sentence."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from signal import SIGKILL
from threading import Thread
from typing import Any, NoReturn

import pytest
from s3fs import S3FileSystem
from sqlalchemy import select

from content_store.database import Sessions, open_database, session_maker
from content_store.errors import BadInput, WorkFailed
from content_store.models import Publication, PublicationStatus
from content_store.withdrawals import withdraw
from publishing.deliveries import LEASE
from publishing.delivering import deliver
from publishing.remote import RemoteFile, place
from publishing.writing import write_delivery
from tests.factories import NOW
from tests.publishing.channels.s3_server import BUCKET, s3_server
from tests.publishing.stage import Stage, deliveries, planned, unseen, worker

FOLDER = f"s3://{BUCKET}/out"

ACCEPTED, PLANNED = PublicationStatus.ACCEPTED, PublicationStatus.PLANNED


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of the server."""
    with s3_server(monkeypatch) as client:
        yield client


def test_everybody_is_written_once_and_the_ledger_holds_the_checksums(
    sessions: Sessions, bucket: Any
) -> None:
    stage = planned(sessions, FOLDER)
    for _twice in range(2):
        _deliver(sessions, stage)
    assert sorted(_objects(bucket)) == [
        f"out/coffee-week_20260302T000000Z_sms_0000{number}.csv" for number in (1, 2, 3)
    ]
    assert _written(bucket) == {f"c0{number}": 1 for number in range(1, 6)}
    assert _statuses(sessions) == {ACCEPTED: 5}
    with sessions() as session:
        assert all(item.sha256 for item in deliveries(session))


def test_of_two_who_write_at_once_one_does_and_the_other_sees_it(bucket: Any) -> None:
    file = place(FOLDER) / "a.csv"
    assert isinstance(file, RemoteFile)
    assert not file.exists()
    assert [file.create(b"one"), file.create(b"two"), file.read_bytes()] == [True, False, b"one"]
    assert file.exists()
    file.replace(b"three")
    assert bucket.get_object(Bucket=BUCKET, Key="out/a.csv")["Body"].read() == b"three"
    assert str(file) == "s3://messages/out/a.csv"


def test_two_workers_at_once_write_everybody_once(sessions: Sessions, bucket: Any) -> None:
    stage = planned(sessions, FOLDER, customers=20)
    workers = [Thread(target=_deliver, args=(sessions, stage, f"worker {number}")) for number in range(2)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert _written(bucket) == {f"c{number:02}": 1 for number in range(1, 21)}
    assert _statuses(sessions) == {ACCEPTED: 20}


def test_a_worker_that_wakes_up_late_finds_the_file_of_another(
    sessions: Sessions, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, FOLDER, customers=2)
    create = RemoteFile.create

    def asleep(file: RemoteFile, content: bytes) -> bool:
        monkeypatch.setattr(RemoteFile, "create", create)
        with sessions.begin() as session:
            withdraw(session, "c01", "marketing", "sms", at=NOW, proof="a test")
        _deliver(sessions, stage, "two", NOW + LEASE)
        return create(file, content)

    monkeypatch.setattr(RemoteFile, "create", asleep)
    _deliver(sessions, stage)
    assert _written(bucket) == {"c02": 1}
    assert _statuses(sessions) == {PublicationStatus.SUPPRESSED: 1, ACCEPTED: 1}


def test_workers_killed_after_an_upload_lose_nobody_and_write_nobody_twice(
    sessions: Sessions, bucket: Any
) -> None:
    """The first worker is killed after its first upload, before the ledger says so, the next after its second."""
    stage = planned(sessions, FOLDER, customers=8)
    kills = 0
    while _killed(sessions, stage, kills + 1, NOW + kills * LEASE):
        kills += 1
    assert kills == 2
    assert _written(bucket) == {f"c0{number}": 1 for number in range(1, 9)}
    assert _statuses(sessions) == {ACCEPTED: 8}


def test_a_bucket_that_is_not_there_is_told_and_everybody_waits(sessions: Sessions, bucket: Any) -> None:
    stage = planned(sessions, "s3://nobody-s/out")
    with pytest.raises(
        WorkFailed, match="s3://nobody-s/out: The specified bucket does not exist; put that right"
    ):
        _deliver(sessions, stage)
    bucket.create_bucket(Bucket="nobody-s")
    _deliver(sessions, stage)
    assert _statuses(sessions) == {ACCEPTED: 5}


def test_a_server_that_is_down_and_keys_that_are_missing_are_told(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, FOLDER)
    with s3_server(monkeypatch):
        pass
    with pytest.raises(WorkFailed, match=r"out: Could not connect to the endpoint URL: .*; put that right"):
        _deliver(sessions, stage)
    S3FileSystem.clear_instance_cache()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(WorkFailed, match="out: Unable to locate credentials; put that right"):
        _deliver(sessions, stage)


def test_an_object_of_something_else_is_not_believed(sessions: Sessions, bucket: Any) -> None:
    stage = planned(sessions, FOLDER, customers=2)
    key = "out/coffee-week_20260302T000000Z_sms_00001.csv"
    bucket.put_object(Bucket=BUCKET, Key=key, Body=b"publication_id,customer_id\n1,somebody\n")
    with pytest.raises(WorkFailed, match=f"s3://messages/{key} is of something else; move it away"):
        _deliver(sessions, stage)
    assert _statuses(sessions) == {PLANNED: 2}


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nowhere://a/b", "--to nowhere://a/b is not known: Protocol not known: nowhere"),
        ("sftp://ana:secret@host/out", r"--to sftp://…: keys do not belong in an address"),
        ("simplecache::s3://messages/out", "nor does one driver behind another"),
    ],
)
def test_an_address_that_nothing_can_write_to_is_refused(address: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        place(address)


def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(BadInput, match=r"the driver for gs is not installed: Please install gcsfs"):
        place("gs://messages/out")
    program = (
        "import sys; sys.modules['s3fs'] = None\n"
        "from publishing.remote import place\n"
        f"try: place({FOLDER!r})\nexcept Exception as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"--to {FOLDER}: the driver for s3 is not installed: pip install 'surmesure[s3]'.\n"


def _killed(sessions: Sessions, stage: Stage, step: int, now: datetime) -> bool:
    """Whether a process that writes what is left came to the step, where kill -9 ended it."""
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    child = os.fork()
    if child == 0:
        _work_until(url, stage, step, now)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _work_until(url: str, stage: Stage, step: int, now: datetime) -> NoReturn:
    steps, create = count(1), RemoteFile.create

    def die(*_: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), SIGKILL)

    def dying(file: RemoteFile, content: bytes) -> bool:
        found = create(file, content)
        die()
        return found

    code = 1
    try:
        RemoteFile.create = dying  # type: ignore[method-assign, assignment]
        own = session_maker(open_database(url))
        deliver(own, stage.occurrence, worker(stage, f"worker {step}", now), write_delivery, unseen)
        code = 0
    finally:
        os._exit(code)


def _deliver(sessions: Sessions, stage: Stage, name: str = "one", now: datetime = NOW) -> None:
    deliver(sessions, stage.occurrence, worker(stage, name, now), write_delivery, unseen)


def _objects(client: Any) -> dict[str, bytes]:
    found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {item["Key"]: client.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in found}


def _written(client: Any) -> Counter[str]:
    rows = (csv.DictReader(io.StringIO(content.decode())) for content in _objects(client).values())
    return Counter(row["customer_id"] for found in rows for row in found)


def _statuses(sessions: Sessions) -> dict[PublicationStatus, int]:
    with sessions() as session:
        return dict(Counter(session.scalars(select(Publication.status))))
