"""Occurrences and deliveries: what is sent together, and who sends it now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_deliveries"
down_revision = "0003_claims"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "occurrences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brief_id", sa.String(length=200), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("segmentation_id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=200), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("planned_at", moment),
        sa.Column("finished_at", moment),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_occurrences_brief_id_briefs")),
        sa.ForeignKeyConstraint(
            ["segmentation_id"],
            ["segmentations.id"],
            name=op.f("fk_occurrences_segmentation_id_segmentations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("brief_id", "at", name=op.f("uq_occurrences_brief_id_at")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=200)),
        sa.Column("until", moment),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("done_at", moment),
        sa.Column("file", sa.Text()),
        sa.Column("sha256", sa.String(length=64)),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_deliveries_occurrence_id_occurrences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "occurrence_id", "channel", "number", name=op.f("uq_deliveries_occurrence_id_channel_number")
        ),
    )
    op.execute(
        "ALTER TABLE publications ADD COLUMN delivery_id INTEGER"
        " CONSTRAINT fk_publications_delivery_id_deliveries REFERENCES deliveries (id)"
    )
    op.create_index("ix_publications_delivery_id", "publications", ["delivery_id"])
    op.create_index("ix_publications_customer_id", "publications", ["customer_id"])
