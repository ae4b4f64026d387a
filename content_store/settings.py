"""Settings: one small part per folder, read once at the edge from surmesure.toml, then the environment."""

from __future__ import annotations

import base64
import os
import re
import tomllib
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from content_store.brand_folder import yaml_text
from content_store.errors import BadInput

Dtype = Literal["auto", "float32", "bfloat16"]
RoleName = Literal["viewer", "author", "reviewer", "legal", "admin"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: Settings that are read from the environment only, by their part.
SECRETS = {
    "review": ("oidc_client_secret", "notify"),
    "smtp": ("password",),
    "publishing": ("decisions_key",),
    "webhook": ("secret",),
    "apprise": ("url",),
}

#: What a webhook's secret begins with (Standard Webhooks 1.0); the rest is base64.
_SECRET_PREFIX = "whsec_"


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("write it as https://HOST")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("what people send would cross the network in clear; write it with https")
    return url


#: https, or http on this machine
SafeUrl = Annotated[str, AfterValidator(_safe_url)]


def _bounce_address(address: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", address):
        raise ValueError("an address is written bounces@example.com")
    return address


def _domain(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        raise ValueError("a domain is written gmail.com")
    return name.lower()


BounceAddress = Annotated[str, AfterValidator(_bounce_address)]
Domain = Annotated[str, AfterValidator(_domain)]


class Part(BaseModel):
    """The settings of one folder; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Part):
    """Where the database is."""

    url: str | None = Field(
        default=None, description="SQLAlchemy URL; without one, a SQLite file in the state folder."
    )


class EncoderSettings(Part):
    """The model that turns texts into embeddings."""

    model: str | None = Field(
        default=None, description="A sentence-transformers folder; without one, MiniLM from its package."
    )
    dtype: Dtype = Field(default="auto", description="auto takes bfloat16 where the processor has it.")
    threads: int | None = Field(
        default=None, ge=1, description="Processor threads; without a number, all cores."
    )


class GeneratorSettings(Part):
    """The model that writes, and how it is sampled."""

    model: str | None = Field(
        default=None,
        description="A Hugging Face folder or an id in its cache; without one, SmolLM2-135M from its package.",
    )
    adapter: str = Field(
        default="starter",
        description="starter goes with the default model only; none turns it off; else a LoRA adapter's folder.",
    )
    dtype: Dtype = Field(default="auto", description="auto takes bfloat16 where the processor has it.")
    threads: int | None = Field(
        default=None, ge=1, description="Processor threads; without a number, all cores."
    )
    languages: list[str] = Field(
        default=["en"], description="Languages that it writes; other locales get approved text."
    )
    grounded: bool = Field(
        default=True,
        description="Numbers, names and addresses that no fact holds cannot be written at all.",
    )
    candidates: int = Field(default=8, ge=1, le=64, description="Candidates written for each slot.")
    temperature: float = Field(default=0.7, ge=0, le=2, description="0 takes the likeliest word each time.")
    top_p: float = Field(
        default=0.95, gt=0, le=1, description="Words are drawn from this share of the probability."
    )
    seed: int = Field(default=20260101, ge=0, description="The same seed writes the same candidates.")


class EvaluatorSettings(Part):
    """How copy is checked beyond the built-in gates."""

    nli_model: str | None = Field(
        default=None,
        description="The folder of an NLI cross-encoder: each checkable sentence must then follow from the facts.",
    )


class SegmentSettings(Part):
    """How customers are grouped."""

    half_life_days: float = Field(default=90, gt=0, description="An event this many days old counts half.")
    clusters: int | None = Field(
        default=None, ge=2, description="A fixed number of clusters; without one, it is chosen."
    )
    most_clusters: int = Field(default=16, ge=2, description="The largest number tried when it is chosen.")
    seed: int = Field(default=7, ge=0, description="The same seed gives the same segments.")


class IngestSettings(Part):
    """Limits of what is read."""

    partitions: int = Field(default=4, ge=1, description="Parts of the lake; one part is one unit of work.")
    most_bytes: int = Field(
        default=17_179_869_184,
        ge=1,
        description="The largest uncompressed Parquet file that is read, in bytes.",
    )


class SmtpSettings(Part):
    """The server that takes mails."""

    host: str | None = Field(default=None, description="The server's name; without one, no mail is sent.")
    port: int = Field(default=587, ge=1, le=65535, description="The port it listens on.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="tls is for port 465; none is for a server on this machine only."
    )
    username: str | None = Field(default=None, description="Without one, nobody signs in.")
    password: SecretStr | None = Field(
        default=None, description="Read from the environment only, never from surmesure.toml."
    )
    timeout_seconds: float = Field(default=30, gt=0, description="An answer that takes longer is lost.")
    bounce_address: BounceAddress | None = Field(
        default=None,
        description="The mailbox that bounces come back to (MAIL FROM); the sender's address without it.",
    )
    per_minute: dict[Domain, PositiveInt] = Field(
        default={}, description="Mails a minute to a domain at most, by each process that publishes."
    )
    per_minute_elsewhere: PositiveInt | None = Field(
        default=None,
        description="The same for each domain that per_minute does not name; no limit without it.",
    )
    dkim_domain: str | None = Field(
        default=None, description="The domain that signs, that of the sender or one above it."
    )
    dkim_selector: str | None = Field(default=None, description="The selector under which DNS has the key.")
    dkim_key: Path | None = Field(default=None, description="The file of the private key, in PEM.")

    @model_validator(mode="after")
    def _whole(self) -> SmtpSettings:
        if self.security == "none" and self.host is not None and self.host not in LOOPBACK:
            raise ValueError("mails would cross the network in clear; set security to starttls or tls")
        parts = (self.dkim_domain, self.dkim_selector, self.dkim_key)
        if any(parts) and not all(parts):
            raise ValueError("dkim_domain, dkim_selector and dkim_key go together")
        return self


class WebhookSettings(Part):
    """The receiver of webhooks."""

    url: str | None = Field(default=None, description="Where requests go; without one, none is sent.")
    allow: list[str] = Field(
        default=[],
        description="Hosts, addresses or networks inside your own network that may be reached; none without it.",
    )
    secret: SecretStr | None = Field(
        default=None,
        description="whsec_ and base64, several with spaces between; from the environment only, never from surmesure.toml.",
    )
    timeout_seconds: float = Field(
        default=30, gt=0, le=60, description="A request that takes longer in all is tried again."
    )
    connections: int = Field(default=8, ge=1, le=64, description="Requests at the same time.")
    per_second: float | None = Field(
        default=None, gt=0, description="Requests that are begun a second; as many as go without it."
    )

    @field_validator("allow")
    @classmethod
    def _hosts_or_networks(cls, allow: list[str]) -> list[str]:
        for entry in allow:
            try:
                ip_network(entry, strict=False)
            except ValueError:
                if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.?", entry) or entry[-1].isdigit():
                    raise ValueError(f"{entry!r} is no host, address or network") from None
        return allow

    @field_validator("secret")
    @classmethod
    def _of_the_right_form(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not (_keys(secret)):
            raise ValueError("it is empty; unset it or write whsec_ and base64")
        return secret

    @property
    def keys(self) -> list[bytes]:
        """The bytes of each secret."""
        return _keys(self.secret) if self.secret else []


def _keys(secret: SecretStr) -> list[bytes]:
    """ValueError, without the secret, when one has not the form that receivers expect."""
    found = []
    for place, text in enumerate(secret.get_secret_value().split(), 1):
        try:
            key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
        except ValueError:
            key = b""
        if not text.startswith(_SECRET_PREFIX) or not 24 <= len(key) <= 64:
            raise ValueError(f"secret {place} is none; write whsec_ and the base64 of 24 to 64 random bytes")
        found.append(key)
    return found


class AppriseSettings(Part):
    """The gateway that takes text messages and push notifications."""

    url: SecretStr | None = Field(
        default=None,
        description="An apprise URL with {address} in it, from the environment only; nothing is sent without it.",
    )

    @field_validator("url")
    @classmethod
    def _addressed(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and "{address}" not in url.get_secret_value():
            raise ValueError("write {address} where the customer's address stands")
        return url


class AppSettings(Part):
    """Where an app listens, and what people type to reach it."""

    host: str = Field(default="127.0.0.1", description="The address it listens on.")
    port: int = Field(ge=1, le=65535, description="The port it listens on.")
    public_url: SafeUrl | None = None

    @field_validator("public_url")
    @classmethod
    def _no_path(cls, url: str | None) -> str | None:
        if url is not None and (
            urlsplit(url).path.strip("/") or urlsplit(url).query or urlsplit(url).fragment
        ):
            raise ValueError("write it without a path; the page lives at the root of its host")
        return url

    @model_validator(mode="after")
    def _known_by_name(self) -> Self:
        if self.host not in LOOPBACK and self.public_url is None:
            raise ValueError(f"host {self.host} is open to others; set public_url to its https address")
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port as a browser names them."""
        if self.public_url is None:
            return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"
        parts = urlsplit(self.public_url)
        usual = {"http": ":80", "https": ":443"}[parts.scheme]
        return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the page by https."""
        return self.origin.startswith("https://")


class PublishingSettings(AppSettings):
    """Where customers stop messages, and where sites and apps ask what to show."""

    port: int = Field(default=8320, ge=1, le=65535, description="The port it listens on.")
    decisions_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="What sites and apps show that ask for decisions; read from the environment only, and nobody may ask without it.",
    )
    decisions_ms: int = Field(
        default=50, ge=5, le=10_000, description="A decision that takes longer is the slot's default."
    )
    public_url: SafeUrl | None = Field(
        default=None,
        description="What the unsubscribe links start with, such as https://news.example.com; without it they are mails to the sender.",
    )

    @property
    def public(self) -> bool:
        """Whether there is something to serve."""
        return self.public_url is not None or self.decisions_key is not None


class ReviewSettings(AppSettings):
    """Where the review page is, and who gets in."""

    port: int = Field(default=8310, ge=1, le=65535, description="The port it listens on.")
    public_url: SafeUrl | None = Field(
        default=None,
        description="What people type, such as https://review.example.com behind a reverse proxy; http://HOST:PORT without it.",
    )
    trusted_proxies: list[str] = Field(
        default=[],
        description="Addresses or networks of reverse proxies whose X-Forwarded-For and -Proto are believed.",
    )
    oidc_issuer: SafeUrl | None = Field(
        default=None, description="The address of an OpenID Connect provider; only passwords without it."
    )
    oidc_client_id: str | None = Field(
        default=None, min_length=1, description="What the provider calls this page."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Read from the environment only, never from surmesure.toml."
    )
    oidc_label: str = Field(default="single sign-on", description="What the sign-in page calls the provider.")
    oidc_scopes: list[str] = Field(
        default=["openid", "profile", "email"], description="What is asked of the provider."
    )
    oidc_roles_claim: str = Field(
        default="groups", description="The claim of the identity token that roles are read from."
    )
    oidc_roles: dict[str, RoleName] = Field(
        default={},
        description="Role for a value of that claim; with it the provider decides on roles at each sign-in.",
    )
    oidc_create_users: bool = Field(
        default=False, description="Whoever has a role at the provider is added at the first sign-in."
    )
    notify: SecretStr | None = Field(
        default=None,
        description="Where reminders go: apprise URLs with spaces between, from the environment only; nowhere without it.",
    )
    remind_after_hours: float = Field(
        default=24, gt=0, description="A message that waits longer is reminded of."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.oidc_issuer is not None and self.oidc_client_id is None:
            raise ValueError("oidc_issuer needs oidc_client_id")
        if self.oidc_create_users and not self.oidc_roles:
            raise ValueError("oidc_create_users needs oidc_roles, or nobody added would have a role")
        return self


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
