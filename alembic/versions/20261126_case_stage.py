"""Where a case stands with us, who opened it, and which lines it means."""

import sqlalchemy as sa
from alembic import op

revision = 'c7a5e2d41b90'
down_revision = 'f0b5b701dfe0'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('aftersale_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('aftersale_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_aftersale_line_some')),
    sa.ForeignKeyConstraint(['aftersale_id'], ['aftersale.id'], name=op.f('fk_aftersale_line_aftersale_id_aftersale')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_aftersale_line')),
    sa.UniqueConstraint('aftersale_id', 'line_id', name=op.f('uq_aftersale_line_aftersale_id_line_id'))
    )
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stage', sa.String(length=32), nullable=False, server_default='requested'))
        batch_op.add_column(sa.Column('origin', sa.String(length=32), nullable=False, server_default='channel'))
        batch_op.add_column(sa.Column('opened_by', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('inspected_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('reviewed_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_aftersale_stage_deadline', ['stage', 'deadline', 'id'], unique=False)
        batch_op.create_index('ix_aftersale_return_tracking_no', ['return_tracking_no'], unique=False)
    op.execute("UPDATE aftersale SET stage = status")
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.alter_column('stage', existing_type=sa.String(length=32), server_default=None)
        batch_op.alter_column('origin', existing_type=sa.String(length=32), server_default=None)
        batch_op.alter_column('opened_by', existing_type=sa.String(length=64), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.drop_index('ix_aftersale_return_tracking_no')
        batch_op.drop_index('ix_aftersale_stage_deadline')
        for name in ('approved_at', 'reviewed_since', 'inspected_at', 'opened_by', 'origin', 'stage'):
            batch_op.drop_column(name)
    op.drop_table('aftersale_line')
