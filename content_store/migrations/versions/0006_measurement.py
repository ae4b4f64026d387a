"""Outcomes by customer, what campaigns cost, how messages are allotted, and what was found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_measurement"
down_revision = "0005_suppressions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    key = sa.String(length=200)
    op.add_column("inbox", sa.Column("customer_id", key))
    op.add_column("inbox", sa.Column("taken_at", moment))
    op.create_index("ix_inbox_customer_id", "inbox", ["customer_id"])
    op.create_index("ix_inbox_taken_at_id", "inbox", ["taken_at", "id"])
    op.create_table(
        "quarantined_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", key, nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("external_id", key),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_outcomes")),
        sa.UniqueConstraint("external_id", name=op.f("uq_quarantined_outcomes_external_id")),
    )
    op.create_table(
        "policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brief_id", key, nullable=False),
        sa.Column("method", key, nullable=False),
        sa.Column("floor", sa.Double(), nullable=False),
        sa.Column("as_of", moment, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", key, nullable=False),
        sa.Column("evaluation", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_policies_brief_id_briefs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_index("ix_policies_brief_id", "policies", ["brief_id"])
    op.create_table(
        "policy_shares",
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("channel", key, nullable=False),
        sa.Column("locale", key, nullable=False),
        sa.Column("arm", key, nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"],
            ["policies.id"],
            name=op.f("fk_policy_shares_policy_id_policies"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_policy_shares_segment_id_segments")
        ),
        sa.PrimaryKeyConstraint(
            "policy_id", "segment_id", "channel", "locale", "arm", name=op.f("pk_policy_shares")
        ),
    )
    # Plain ALTER TABLE: a copy of the table, which batch mode makes on SQLite, would delete the rows that point to it.
    op.execute(
        "ALTER TABLE occurrences ADD COLUMN policy_id INTEGER"
        " CONSTRAINT fk_occurrences_policy_id_policies REFERENCES policies (id)"
    )
    op.create_table(
        "costs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brief_id", key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reference", key, nullable=False),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("unit_price", sa.Double(), nullable=False),
        sa.Column("currency", key, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_costs_brief_id_briefs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_costs")),
        sa.UniqueConstraint("kind", "reference", name=op.f("uq_costs_kind_reference")),
    )
    op.create_index("ix_costs_brief_id", "costs", ["brief_id"])
    op.create_table(
        "measurements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brief_id", key, nullable=False),
        sa.Column("as_of", moment, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_measurements_brief_id_briefs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
        sa.UniqueConstraint("brief_id", "input_hash", name=op.f("uq_measurements_brief_id_input_hash")),
    )
    op.create_table(
        "measure_schedules",
        sa.Column("brief_id", key, nullable=False),
        sa.Column("cron", key, nullable=False),
        sa.Column("time_zone", key, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("changed_by", key, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("brief_id", name=op.f("pk_measure_schedules")),
    )
