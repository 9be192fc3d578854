"""What cases are answered, and what buyers' reasons mean."""

import sqlalchemy as sa
from alembic import op

revision = 'f0b5b701dfe0'
down_revision = 'a41f6c0d27b9'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reason_word',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=True),
    sa.Column('met_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('said_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reason_word')),
    sa.UniqueConstraint('channel', 'words', name=op.f('uq_reason_word_channel_words'))
    )
    with op.batch_alter_table('reason_word', schema=None) as batch_op:
        batch_op.create_index('ix_reason_word_unsaid', ['id'], unique=False, sqlite_where=sa.text('kind IS NULL'), postgresql_where=sa.text('kind IS NULL'))

    op.create_table('refund_answer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('aftersale_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('decision', sa.String(length=32), nullable=False),
    sa.Column('amount_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason_code', sa.String(length=32), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.Column('picture', sa.String(length=500), nullable=False),
    sa.Column('address_no', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('problem', sa.String(length=32), nullable=False),
    sa.Column('partner_code', sa.String(length=64), nullable=False),
    sa.Column('answered_by', sa.String(length=64), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['aftersale_id'], ['aftersale.id'], name=op.f('fk_refund_answer_aftersale_id_aftersale')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund_answer')),
    sa.UniqueConstraint('aftersale_id', 'turn', name=op.f('uq_refund_answer_aftersale_id_turn'))
    )
    with op.batch_alter_table('refund_answer', schema=None) as batch_op:
        batch_op.create_index('ix_refund_answer_answered_at', ['answered_at'], unique=False)
        batch_op.create_index('uq_refund_answer_open', ['aftersale_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reason_kind', sa.String(length=32), nullable=False, server_default='other'))
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.alter_column('reason_kind', existing_type=sa.String(length=32), server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM outbox_message WHERE kind = 'refund_answer'")
    op.execute("DELETE FROM anomaly WHERE kind = 'refund_not_answered'")
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.drop_column('reason_kind')

    with op.batch_alter_table('refund_answer', schema=None) as batch_op:
        batch_op.drop_index('uq_refund_answer_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_refund_answer_answered_at')

    op.drop_table('refund_answer')
    with op.batch_alter_table('reason_word', schema=None) as batch_op:
        batch_op.drop_index('ix_reason_word_unsaid', sqlite_where=sa.text('kind IS NULL'), postgresql_where=sa.text('kind IS NULL'))

    op.drop_table('reason_word')
