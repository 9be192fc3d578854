"""Mappings, custom fields, and the fields that channels send."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'c6f76044f8b8'
down_revision = '2418db894732'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('custom_field',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('type', sa.String(length=32), nullable=False),
    sa.Column('choices', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_custom_field')),
    sa.UniqueConstraint('name', name=op.f('uq_custom_field_name'))
    )
    op.create_table('mapping_rerun',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('cursor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mapping_rerun'))
    )
    with op.batch_alter_table('mapping_rerun', schema=None) as batch_op:
        batch_op.create_index('uq_mapping_rerun_running', ['channel'], unique=True, sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"))

    op.create_table('mapping_trouble',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mapping_trouble')),
    sa.UniqueConstraint('channel', 'name', name=op.f('uq_mapping_trouble_channel_name'))
    )
    op.create_table('mapping_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('live_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mapping_version')),
    sa.UniqueConstraint('channel', 'number', name=op.f('uq_mapping_version_channel_number'))
    )
    with op.batch_alter_table('mapping_version', schema=None) as batch_op:
        batch_op.create_index('uq_mapping_version_single', ['channel', 'state'], unique=True, sqlite_where=sa.text("state IN ('draft', 'live')"), postgresql_where=sa.text("state IN ('draft', 'live')"))

    op.create_table('source_field',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('path', sa.String(length=200), nullable=False),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_news', sa.Boolean(), nullable=False),
    sa.Column('seen_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_field')),
    sa.UniqueConstraint('channel', 'path', name=op.f('uq_source_field_channel_path'))
    )
    op.create_table('source_learning',
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('messages', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_source_learning'))
    )
    op.create_table('custom_value',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('field_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('text', sa.String(length=200), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['field_id'], ['custom_field.id'], name=op.f('fk_custom_value_field_id_custom_field')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_custom_value_order_id_orders')),
    sa.PrimaryKeyConstraint('order_id', 'field_id', name=op.f('pk_custom_value'))
    )
    with op.batch_alter_table('custom_value', schema=None) as batch_op:
        batch_op.create_index('ix_custom_value_field_amount', ['field_id', 'amount', 'order_id'], unique=False)
        batch_op.create_index('ix_custom_value_field_text', ['field_id', 'text', 'order_id'], unique=False)
        batch_op.create_index('ix_custom_value_text', ['text', 'order_id'], unique=False, postgresql_ops={'text': 'text_pattern_ops'})

    with op.batch_alter_table('inbox_message', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_message_shop', ['shop_id', 'kind', 'id'], unique=False)

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mapped_remark', sa.String(length=500), nullable=False, server_default=''))



def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('mapped_remark')

    with op.batch_alter_table('inbox_message', schema=None) as batch_op:
        batch_op.drop_index('ix_inbox_message_shop')

    with op.batch_alter_table('custom_value', schema=None) as batch_op:
        batch_op.drop_index('ix_custom_value_text', postgresql_ops={'text': 'text_pattern_ops'})
        batch_op.drop_index('ix_custom_value_field_text')
        batch_op.drop_index('ix_custom_value_field_amount')

    op.drop_table('custom_value')
    op.drop_table('source_learning')
    op.drop_table('source_field')
    with op.batch_alter_table('mapping_version', schema=None) as batch_op:
        batch_op.drop_index('uq_mapping_version_single', sqlite_where=sa.text("state IN ('draft', 'live')"), postgresql_where=sa.text("state IN ('draft', 'live')"))

    op.drop_table('mapping_version')
    op.drop_table('mapping_trouble')
    with op.batch_alter_table('mapping_rerun', schema=None) as batch_op:
        batch_op.drop_index('uq_mapping_rerun_running', sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"))

    op.drop_table('mapping_rerun')
    op.drop_table('custom_field')
