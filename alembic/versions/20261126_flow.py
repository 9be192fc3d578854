"""Versions of the flow map, since when an order stands in its stage; the general patience moves to the map."""

import json

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = '5b7e1c9a40d3'
down_revision = 'b6e2c94d17fa'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('flow_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('flow', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('based_on', sa.Integer(), nullable=False),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('live_by', sa.String(length=64), nullable=False),
    sa.Column('live_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow_version')),
    sa.UniqueConstraint('number', name=op.f('uq_flow_version_number'))
    )
    for state in ('live', 'draft'):
        where = sa.text(f"state = '{state}'")
        op.create_index(f'uq_flow_version_{state}', 'flow_version', ['state'], unique=True, sqlite_where=where, postgresql_where=where)
    op.add_column('orders', sa.Column('stage_since', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE orders SET stage_since = changed_at")
    op.create_index('ix_orders_stage_since', 'orders', ['status', 'stage_since', 'paid_fen'])
    _move_patience()


def _move_patience() -> None:
    """The rule for any carrier and any province is the map's own figure from now on."""
    found = op.get_bind().execute(sa.text(
        "SELECT unscanned_hours, stalled_hours, lost_hours, set_by, set_at FROM patience_rule"
        " WHERE carrier IS NULL AND province = '' ORDER BY id DESC LIMIT 1"
    )).first()
    if found is None:
        return
    unscanned, stalled, lost, by, at = found
    actions = ['open_case', 'print', 'recall']
    flow = {
        'stages': {'shipped': {'owner_role': 'operations', 'clock': 'silence', 'minutes': stalled * 60, 'lead_minutes': 0, 'actions': actions}},
        'automations': {'remind_unscanned': {'is_on': True, 'hours': unscanned}, 'alarm_lost': {'is_on': True, 'hours': lost}},
    }
    cast = 'CAST(:flow AS JSONB)' if op.get_bind().dialect.name == 'postgresql' else ':flow'
    op.get_bind().execute(sa.text(
        "INSERT INTO flow_version (number, state, flow, revision, based_on, changed_by, changed_at, reason, live_by, live_at)"
        f" VALUES (1, 'live', {cast}, 1, 0, :by, :at, :reason, :by, :at)"
    ), {'flow': json.dumps(flow), 'by': by, 'at': at, 'reason': '原有的物流停滞时限'})
    op.execute("DELETE FROM patience_rule WHERE carrier IS NULL AND province = ''")


def downgrade() -> None:
    op.drop_index('ix_orders_stage_since', table_name='orders')
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('stage_since')
    op.drop_table('flow_version')
