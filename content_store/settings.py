"""Settings: one small part per folder, read once at the edge from surmesure.toml, then the environment."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from content_store.app_settings import PublishingSettings, ReviewSettings
from content_store.brand_folder import yaml_text
from content_store.errors import BadInput
from content_store.measuring_settings import MeasuringSettings
from content_store.sending_settings import AppriseSettings, SmtpSettings, WebhookSettings
from content_store.setting_parts import (
    DatabaseSettings,
    EncoderSettings,
    EvaluatorSettings,
    GeneratorSettings,
    IngestSettings,
    SegmentSettings,
)

#: Settings that are read from the environment only, by their part.
SECRETS = {
    "review": ("oidc_client_secret", "notify"),
    "smtp": ("password",),
    "publishing": ("decisions_key", "events_key", "mailgun_key"),
    "webhook": ("secret",),
    "apprise": ("url",),
}


class Settings(BaseSettings):
    """Everything that can be set; the environment (SURMESURE_PART__NAME) wins over surmesure.toml."""

    model_config = SettingsConfigDict(
        env_prefix="SURMESURE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    brand: Path
    state: Path | None = Field(
        default=None, description="Folder of the database, the index and the lake; .surmesure by default."
    )
    cache: Path | None = Field(
        default=None, description="Folder of converted models; the user's cache folder by default."
    )
    marks: Path | None = Field(
        default=None,
        description="Folder where this machine notes how far it has sent, not a part of any backup; the user's state folder by default.",
    )
    as_of: str | None = Field(
        default=None, description="The moment runs count from (ISO 8601); the newest event by default."
    )
    database: DatabaseSettings = DatabaseSettings()
    encoder: EncoderSettings = EncoderSettings()
    generator: GeneratorSettings = GeneratorSettings()
    evaluator: EvaluatorSettings = EvaluatorSettings()
    segments: SegmentSettings = SegmentSettings()
    ingest: IngestSettings = IngestSettings()
    review: ReviewSettings = ReviewSettings()
    smtp: SmtpSettings = SmtpSettings()
    webhook: WebhookSettings = WebhookSettings()
    apprise: AppriseSettings = AppriseSettings()
    publishing: PublishingSettings = PublishingSettings()
    measuring: MeasuringSettings = MeasuringSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    def moment(self) -> datetime:
        """What content is valid at: now, unless as_of holds it still; BadInput when that is no moment."""
        if self.as_of is None:
            return datetime.now(UTC)
        try:
            moment = datetime.fromisoformat(self.as_of)
        except ValueError:
            raise BadInput(
                f"as_of {self.as_of!r} is not a moment such as 2018-01-02T00:00:00+00:00."
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @property
    def state_folder(self) -> Path:
        return self.brand / (self.state or ".surmesure")

    @property
    def cache_folder(self) -> Path:
        return self.cache or user_cache_folder()

    @property
    def marks_folder(self) -> Path:
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return self.marks or Path(home) / "surmesure"

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.state_folder / 'surmesure.db'}"

    @property
    def events_folder(self) -> Path:
        return self.state_folder / "lake" / "events"

    @property
    def outcomes_folder(self) -> Path:
        return self.state_folder / "lake" / "outcomes"

    @property
    def vectors_folder(self) -> Path:
        return self.state_folder / "lake" / "vectors"

    def membership_folder(self, segmentation_id: int) -> Path:
        """Where the members of one segmentation are listed."""
        return self.state_folder / "lake" / "membership" / f"segmentation={segmentation_id}"

    @property
    def index_folder(self) -> Path:
        return self.state_folder / "index"


def user_cache_folder() -> Path:
    """Where a user's programs keep what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "surmesure"


def last_error_file() -> Path:
    """Where the details of the last unforeseen error are."""
    return user_cache_folder() / "last_error.log"


def load_settings(brand: Path) -> Settings:
    """The settings of a brand folder, or BadInput that names the key and the rule."""
    path = brand / "surmesure.toml"
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(yaml_text.read_text(path))
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{path}: {error}; correct the TOML.") from None
    _refuse_unknown(values, path)
    for part, secrets in SECRETS.items():
        for secret in secrets:
            if isinstance(written := values.get(part), dict) and secret in written:
                raise BadInput(
                    f"{path}: {part}.{secret} does not belong in a file;"
                    f" set SURMESURE_{part.upper()}__{secret.upper()} in the environment."
                )
    try:
        return Settings(**{**values, "brand": brand.resolve()})
    except SettingsError as error:
        raise BadInput(f"the environment: {error}; set one value by SURMESURE_PART__NAME.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        variable = "SURMESURE_" + "__".join(str(part) for part in first["loc"]).upper()
        raise BadInput(f"{path} or {variable}: {name}: {first['msg'].lower()}; correct it.") from None


def _refuse_unknown(values: dict[str, Any], path: Path) -> None:
    """The environment is searched too: pydantic sees only the variables that it knows."""
    known = Settings.model_fields.keys() - {"brand"}
    for name in values:
        if name not in known:
            raise BadInput(f"{path}: {name} is not a setting; remove it or correct its spelling.")
    for variable in sorted(os.environ):
        before, prefix, name = variable.lower().partition("surmesure_")
        if prefix and not before and name.partition("__")[0] not in known:
            raise BadInput(f"{variable} is not a setting; unset it or correct its spelling.")
