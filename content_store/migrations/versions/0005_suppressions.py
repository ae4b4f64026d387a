"""Who is not reached any more, what comes in from outside, publishing by itself, and a mark against old backups."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0005_suppressions"
down_revision = "0004_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint("key_hash", "channel", name=op.f("uq_suppressions_key_hash_channel")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", number, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("publication_id", number),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_inbox_publication_id_publications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("external_id", name=op.f("uq_inbox_external_id")),
    )
    op.create_index("ix_inbox_publication_id", "inbox", ["publication_id"])
    op.create_table(
        "publish_schedules",
        sa.Column("brief_id", sa.String(length=200), nullable=False),
        sa.Column("cron", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=200), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=200), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("brief_id", name=op.f("pk_publish_schedules")),
    )
    op.create_table(
        "scheduled_occurrences",
        sa.Column("brief_id", sa.String(length=200), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=200), nullable=False),
        sa.Column("again_at", moment),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("flow_run_id", sa.String(length=200)),
        sa.PrimaryKeyConstraint("brief_id", "at", name=op.f("pk_scheduled_occurrences")),
    )
    op.create_table(
        "disabled_destinations",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("disabled_at", moment, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_disabled_destinations")),
    )
    installation = op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    # From the first day on, so that a copy from before the first message gives itself away too.
    op.bulk_insert(installation, [{"id": 1, "identity": uuid4().hex, "mark": 0}])
    op.add_column("messages", sa.Column("ai_notice", sa.Text()))
    op.add_column(
        "deliveries", sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("deliveries", sa.Column("waits_for", sa.Text()))
