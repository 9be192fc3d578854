"""Who is asked for parcels' ways, and when each parcel's turn is."""

import sqlalchemy as sa
from alembic import op

revision = 'b4e07c9d15a3'
down_revision = 'b2d94c7e1a60'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tracker_account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('customer', sa.String(length=64), nullable=False),
    sa.Column('key_sealed', sa.String(), nullable=False),
    sa.Column('salt_sealed', sa.String(), nullable=False),
    sa.Column('phone_tail', sa.String(length=4), nullable=False),
    sa.Column('daily_quota', sa.Integer(), nullable=False),
    sa.Column('calls_on', sa.Date(), nullable=True),
    sa.Column('calls_today', sa.Integer(), nullable=False),
    sa.Column('ask_after_hours', sa.Integer(), nullable=False),
    sa.Column('base_url', sa.String(length=200), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tracker_account')),
    sa.UniqueConstraint('code', name=op.f('uq_tracker_account_code'))
    )
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.add_column(sa.Column('watch', sa.String(length=32), server_default='unknown', nullable=False))
        batch_op.add_column(sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('ask_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_track_ask_at', ['ask_at'], unique=False, sqlite_where=sa.text('ask_at IS NOT NULL'), postgresql_where=sa.text('ask_at IS NOT NULL'))
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.alter_column('watch', server_default=None)
    # What is on its way already gets its first turn at once; the clock asks a hundred a minute.
    op.execute("UPDATE track SET ask_at = shipped_at WHERE arrived_at IS NULL")


def downgrade() -> None:
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.drop_index('ix_track_ask_at', sqlite_where=sa.text('ask_at IS NOT NULL'), postgresql_where=sa.text('ask_at IS NOT NULL'))
        batch_op.drop_column('ask_at')
        batch_op.drop_column('asked_at')
        batch_op.drop_column('told_at')
        batch_op.drop_column('watch')
    op.drop_table('tracker_account')
