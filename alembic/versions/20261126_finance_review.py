"""What finance has to say to refunds, what needs no person, and what is paid by hand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e4b1f7093ca6"
down_revision = '84b2f9044e0f'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "finance_review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("aftersale_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("is_by_rule", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["aftersale_id"], ["aftersale.id"], name=op.f("fk_finance_review_aftersale_id_aftersale")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_finance_review_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_review")),
        sa.UniqueConstraint("aftersale_id", "turn", name=op.f("uq_finance_review_aftersale_id_turn")),
    )
    with op.batch_alter_table("finance_review", schema=None) as batch_op:
        batch_op.create_index("ix_finance_review_decided_at", ["decided_at", "id"], unique=False)
        batch_op.create_index("ix_finance_review_state_due_at", ["state", "due_at", "id"], unique=False)
        batch_op.create_index(
            "uq_finance_review_open",
            ["aftersale_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "hand_payment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("aftersale_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("paid_by", sa.String(length=64), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["aftersale_id"], ["aftersale.id"], name=op.f("fk_hand_payment_aftersale_id_aftersale")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_payment")),
        sa.UniqueConstraint("aftersale_id", name=op.f("uq_hand_payment_aftersale_id")),
    )
    with op.batch_alter_table("hand_payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hand_payment_paid_at"), ["paid_at"], unique=False)

    op.create_table(
        "auto_refund",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("cap_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("most_per_buyer", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_refund")),
        sa.UniqueConstraint("kind", name=op.f("uq_auto_refund_kind")),
    )


def downgrade() -> None:
    op.drop_table("auto_refund")
    with op.batch_alter_table("hand_payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hand_payment_paid_at"))

    op.drop_table("hand_payment")
    with op.batch_alter_table("finance_review", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_finance_review_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index("ix_finance_review_state_due_at")
        batch_op.drop_index("ix_finance_review_decided_at")

    op.drop_table("finance_review")
