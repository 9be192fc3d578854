"""Parcels' tracks, what carriers wrote, and how long a parcel may be silent."""

import sqlalchemy as sa
from alembic import op

revision = '84b2f9044e0f'
down_revision = 'c7a5e2d41b90'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('patience_rule',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=True),
    sa.Column('province', sa.String(length=32), nullable=False),
    sa.Column('unscanned_hours', sa.Integer(), nullable=False),
    sa.Column('stalled_hours', sa.Integer(), nullable=False),
    sa.Column('lost_hours', sa.Integer(), nullable=False),
    sa.Column('set_by', sa.String(length=64), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('0 < unscanned_hours AND 0 < stalled_hours AND stalled_hours < lost_hours', name=op.f('ck_patience_rule_in_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patience_rule')),
    sa.UniqueConstraint('carrier', 'province', name=op.f('uq_patience_rule_carrier_province'))
    )
    op.create_table('scan_phrase',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=True),
    sa.Column('node', sa.String(length=32), nullable=True),
    sa.Column('is_taught', sa.Boolean(), nullable=False),
    sa.Column('met_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taught_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan_phrase')),
    sa.UniqueConstraint('words', name=op.f('uq_scan_phrase_words'))
    )
    with op.batch_alter_table('scan_phrase', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scan_phrase_is_taught'), ['is_taught'], unique=False)

    op.create_table('track',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tracking_no', sa.String(length=64), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=True),
    sa.Column('to_region', sa.String(length=120), nullable=False),
    sa.Column('node', sa.String(length=32), nullable=True),
    sa.Column('shipped_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('scanned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('check_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('alarm', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_track')),
    sa.UniqueConstraint('tracking_no', name=op.f('uq_track_tracking_no'))
    )
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.create_index('ix_track_check_at', ['check_at'], unique=False, sqlite_where=sa.text('check_at IS NOT NULL'), postgresql_where=sa.text('check_at IS NOT NULL'))
        batch_op.create_index('ix_track_node', ['node', 'moved_at'], unique=False)

    op.create_table('scan',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('track_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text', sa.String(length=500), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('node', sa.String(length=32), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('heard_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_scan_track_id_track')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan')),
    sa.UniqueConstraint('track_id', 'digest', name=op.f('uq_scan_track_id_digest'))
    )
    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.create_index('ix_scan_at', ['track_id', 'at', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.drop_index('ix_scan_at')

    op.drop_table('scan')
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.drop_index('ix_track_node')
        batch_op.drop_index('ix_track_check_at', sqlite_where=sa.text('check_at IS NOT NULL'), postgresql_where=sa.text('check_at IS NOT NULL'))

    op.drop_table('track')
    with op.batch_alter_table('scan_phrase', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scan_phrase_is_taught'))

    op.drop_table('scan_phrase')
    op.drop_table('patience_rule')
