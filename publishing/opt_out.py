"""Where the unsubscribe link of a message leads."""

from __future__ import annotations

from content_store.brand_folder.briefs import BriefFile


def opt_out_by_mail(brief: BriefFile) -> str:
    """A mail to the sender, which a person answers."""
    return f"mailto:{brief.sender.reply_to or brief.sender.address}?subject=Unsubscribe"
