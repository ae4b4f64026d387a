"""The ways out: where an occurrence goes, which channels each way carries, and who hands over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete

from content_store.errors import BadInput, WorkFailed
from content_store.models import DisabledDestination, PublicationStatus
from content_store.settings import Settings
from flows.steps.workplace import Workplace
from publishing.channels.file import FORMS
from publishing.delivering import HandOver
from publishing.mailing import mail_delivery
from publishing.outbound import target
from publishing.posting import disabled_name, post_delivery
from publishing.remote import place
from publishing.writing import write_delivery

#: The destinations that are no folders.
SMTP, WEBHOOK, APPRISE = "smtp", "webhook", "apprise"

#: In which form each of them takes messages.
_FORMS = {SMTP: "mail", WEBHOOK: "json", APPRISE: "text"}

#: What they carry; the others carry every channel.
_CARRIES = {SMTP: ("email",), APPRISE: ("sms", "push")}

_CARRIED = {SMTP: "e-mail", APPRISE: "text message or push notification"}


class Way(NamedTuple):
    """Where an occurrence goes: a folder and the format of its files, or one of the others and its own form."""

    destination: str
    form: str

    @property
    def is_folder(self) -> bool:
        return self.destination not in _FORMS

    @property
    def open_statuses(self) -> tuple[PublicationStatus, ...]:
        """What may still go out: mails and texts of which nobody knows whether they left are not sent again."""
        planned = PublicationStatus.PLANNED
        return (planned,) if self.destination in _CARRIES else (planned, PublicationStatus.INTENT)

    def carries(self, channel: str) -> bool:
        """Whether messages of this channel can go that way."""
        return channel in _CARRIES.get(self.destination, (channel,))

    @property
    def carried(self) -> str:
        """What it carries, in words."""
        return _CARRIED.get(self.destination, "message")


def way_to(to: str, form: str) -> Way:
    """The way that a person means: a folder's path or address, smtp, webhook or apprise; BadInput for anything else."""
    if form not in FORMS:
        raise BadInput(f"--format {form} is not known; take one of {', '.join(FORMS)}.")
    if to in _FORMS:
        return Way(to, _FORMS[to])
    if to.lower() in _FORMS:
        raise BadInput(f"--to {to} is not known; write {to.lower()}.")
    if "://" in to:
        if to.lower().startswith(("http:", "https:")):
            raise BadInput(
                f"--to {to.partition('://')[0]}://… is no folder; --to webhook sends requests to webhook.url."
            )
        place(to)
        return Way(to.rstrip("/"), form)
    if Path(to).exists() and not Path(to).is_dir():
        raise BadInput(f"--to {to} is no folder; give the folder that the files are written to.")
    return Way(str(Path(to).resolve()), form)


def check_way(settings: Settings, way: Way) -> None:
    """BadInput when a setting is missing that the way needs."""
    if way.destination == SMTP and settings.smtp.host is None:
        raise BadInput("no mail server is set; write its name as host under [smtp] in surmesure.toml.")
    if way.destination == WEBHOOK:
        if settings.webhook.url is None:
            raise BadInput("no webhook is set; write its address as url under [webhook] in surmesure.toml.")
        target(settings.webhook.url, settings.webhook.allow)
        if settings.webhook.secret is None:
            raise BadInput(
                "the webhook has no secret; set SURMESURE_WEBHOOK__SECRET to whsec_ and the base64 of 32 random bytes."
            )
    if way.destination == APPRISE:
        if settings.apprise.url is None:
            raise BadInput(
                "no gateway is set; set SURMESURE_APPRISE__URL to an apprise URL with {address} where the customer's"
                " telephone number or id stands."
            )
        # apprise loads a hundred gateways.
        from publishing.channels import apprise

        apprise.check(settings.apprise.url.get_secret_value())


@contextmanager
def hand_over_to(settings: Settings, way: Way) -> Iterator[HandOver]:
    """What hands deliveries over, open for as long as it is needed. WorkFailed when a folder cannot be made."""
    if way.destination == SMTP:
        with mail_delivery(settings.smtp) as hand_over:
            yield hand_over
    elif way.destination == WEBHOOK:
        yield post_delivery(settings.webhook)
    elif way.destination == APPRISE:
        # apprise loads a hundred gateways.
        from publishing.notifying import notify_delivery

        yield notify_delivery(settings.apprise)
    else:
        folder = place(way.destination)
        if isinstance(folder, Path):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise WorkFailed(
                    f"{folder}: {error.strerror}; put that right and publish again: it goes on from there."
                ) from None
        yield write_delivery


def reopen(workplace: Workplace, way: Way) -> None:
    """Let requests go again to a receiver that said it wants nothing any more."""
    if way.destination != WEBHOOK:
        raise BadInput("--reopen goes with --to webhook only.")
    check_way(workplace.settings, way)
    name = disabled_name(workplace.settings.webhook.url or "")
    with workplace.sessions.begin() as session:
        session.execute(delete(DisabledDestination).where(DisabledDestination.name == name))
