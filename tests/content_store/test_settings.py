"""Settings come from surmesure.toml, then from the environment, which wins; what is unknown is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from content_store.errors import BadInput
from content_store.settings import load_settings

FILE = """\
state = "kept"

[database]
url = "postgresql://ana:hunter2@localhost/brand"

[generator]
candidates = 8
temperature = 0.5
"""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("SURMESURE_"):
            monkeypatch.delenv(name)


def test_without_a_file_everything_lies_in_the_brand_folder(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.brand == tmp_path
    assert settings.state_folder == tmp_path / ".surmesure"
    assert settings.database_url == f"sqlite:///{tmp_path / '.surmesure' / 'surmesure.db'}"
    assert settings.index_folder == tmp_path / ".surmesure" / "index"
    assert settings.events_folder == tmp_path / ".surmesure" / "lake" / "events"
    assert (settings.generator.candidates, settings.generator.temperature, settings.segments.seed) == (
        8,
        0.7,
        7,
    )


def test_the_file_wins_over_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "surmesure.toml").write_text(FILE)
    settings = load_settings(tmp_path)
    assert (settings.generator.candidates, settings.generator.temperature, settings.generator.top_p) == (
        8,
        0.5,
        0.95,
    )
    assert settings.database_url == "postgresql://ana:hunter2@localhost/brand"


def test_the_environment_wins_over_the_file_one_value_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "surmesure.toml").write_text(FILE)
    monkeypatch.setenv("SURMESURE_GENERATOR__CANDIDATES", "12")
    monkeypatch.setenv("SURMESURE_DATABASE__URL", "sqlite:///elsewhere.db")
    monkeypatch.setenv("SURMESURE_SEGMENTS__SEED", "99")
    settings = load_settings(tmp_path)
    assert (settings.generator.candidates, settings.generator.temperature) == (12, 0.5)
    assert settings.database_url == "sqlite:///elsewhere.db"
    assert settings.segments.seed == 99


def test_a_state_folder_counts_from_the_brand_folder_wherever_the_command_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = tmp_path / "brand"
    brand.mkdir()
    (brand / "surmesure.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    assert load_settings(Path("brand")).state_folder == brand / "kept"
    monkeypatch.setenv("SURMESURE_STATE", str(tmp_path / "far"))
    assert load_settings(Path("brand")).state_folder == tmp_path / "far"


def test_the_cache_folder_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert load_settings(tmp_path).cache_folder == tmp_path / "cache" / "surmesure"
    monkeypatch.setenv("SURMESURE_CACHE", str(tmp_path / "models"))
    assert load_settings(tmp_path).cache_folder == tmp_path / "models"


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    (tmp_path / "surmesure.toml").write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())
    assert load_settings(tmp_path).generator.candidates == 8


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "[generater]\nseed = 1",
            "surmesure.toml: generater is not a setting; remove it or correct its spelling.",
        ),
        (
            'brand = "/elsewhere"',
            "surmesure.toml: brand is not a setting; remove it or correct its spelling.",
        ),
        (
            "[generator]\nsede = 1",
            "surmesure.toml or SURMESURE_GENERATOR__SEDE: generator.sede: extra inputs are not",
        ),
        (
            "[generator]\nseed = -1",
            "SURMESURE_GENERATOR__SEED: generator.seed: input should be greater than or equal to 0",
        ),
        ("[generator]\ntop_p = 0", "generator.top_p: input should be greater than 0"),
        ('[encoder]\ndtype = "int4"', "encoder.dtype: input should be 'auto', 'float32' or 'bfloat16'"),
        ("generator = 1", "generator: input should be a valid dictionary"),
        ("[generator\nseed = 1", "surmesure.toml: "),
        ("seed = 1\nseed = 2", "surmesure.toml: "),
        ("state = 'a", "surmesure.toml: "),
    ],
)
def test_a_fault_in_the_file_is_said_in_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "surmesure.toml").write_text(text)
    assert reason in _sentence(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (
            "SURMESURE_GENERATOR__SEED",
            "many",
            "SURMESURE_GENERATOR__SEED: generator.seed: input should be a valid integer",
        ),
        (
            "SURMESURE_GENERATOR__SEDE",
            "1",
            "SURMESURE_GENERATOR__SEDE: generator.sede: extra inputs are not permitted",
        ),
        (
            "SURMESURE_GENERATER__SEED",
            "1",
            "SURMESURE_GENERATER__SEED is not a setting; unset it or correct its spelling.",
        ),
        (
            "SURMESURE_BRAND",
            "/elsewhere",
            "SURMESURE_BRAND is not a setting; unset it or correct its spelling.",
        ),
        ("SURMESURE_GENERATOR", "fast", "the environment: "),
    ],
)
def test_a_fault_in_the_environment_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    assert reason in _sentence(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "surmesure.toml").write_bytes(b"state = '\xff'")
    assert "byte 9 is not UTF-8" in _sentence(tmp_path)
    (tmp_path / "surmesure.toml").unlink()
    (tmp_path / "surmesure.toml").mkdir()
    assert "this is a folder" in _sentence(tmp_path)


def test_the_public_page_listens_beside_the_review_page_and_is_bound_by_the_same_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(tmp_path)
    assert (settings.publishing.origin, settings.review.origin) == (
        "http://127.0.0.1:8320",
        "http://127.0.0.1:8310",
    )
    assert settings.publishing.public_url is None
    monkeypatch.setenv("SURMESURE_PUBLISHING__HOST", "0.0.0.0")
    assert "host 0.0.0.0 is open to others; set public_url to its https address" in _sentence(tmp_path)
    for url, reason in (
        ("http://news.example.com", "in clear; write it with https"),
        ("https://news.example.com/u", "without a path"),
    ):
        monkeypatch.setenv("SURMESURE_PUBLISHING__PUBLIC_URL", url)
        assert reason in _sentence(tmp_path)
    monkeypatch.setenv("SURMESURE_PUBLISHING__PUBLIC_URL", "https://News.example.com:443/")
    open_one = load_settings(tmp_path).publishing
    assert (open_one.origin, open_one.secure) == ("https://news.example.com", True)


def test_settings_do_not_change_after_they_are_read(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.generator.seed = 1  # type: ignore[misc]


def _sentence(brand: Path) -> str:
    with pytest.raises(BadInput) as refused:
        load_settings(brand)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert message.endswith(".")
    assert "hunter2" not in message
    return message
