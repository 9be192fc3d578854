"""Robots of group chats, who gets what, and what staff are told in the hub."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'ef6a9b2d03e2'
down_revision = 'e2b7d90c5a14'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('notice_route',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('robot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('to_role', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('least_severity', sa.String(length=32), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quiet_from', sa.Integer(), nullable=False),
    sa.Column('quiet_until', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('set_by', sa.String(length=64), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(robot_id > 0) <> (to_role <> '')", name=op.f('ck_notice_route_one_target')),
    sa.CheckConstraint('quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439', name=op.f('ck_notice_route_of_a_day')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_route'))
    )
    with op.batch_alter_table('notice_route', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_route_robot_id'), ['robot_id'], unique=False)

    op.create_table('robot',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('key_sealed', sa.String(), nullable=False),
    sa.Column('secret_sealed', sa.String(), nullable=False),
    sa.Column('base_url', sa.String(length=200), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('calls', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_robot'))
    )
    op.create_table('robot_card',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('robot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject_type', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('stage', sa.String(length=32), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_robot_card'))
    )
    with op.batch_alter_table('robot_card', schema=None) as batch_op:
        batch_op.create_index('ix_robot_card_open', ['robot_id', 'subject_type', 'kind', 'stage', 'closed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_robot_card_opened_at'), ['opened_at'], unique=False)

    op.create_table('robot_card_item',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('card_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('robot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject_type', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('event_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_robot_card_item')),
    sa.UniqueConstraint('robot_id', 'event_id', name=op.f('uq_robot_card_item_robot_id_event_id'))
    )
    with op.batch_alter_table('robot_card_item', schema=None) as batch_op:
        batch_op.create_index('ix_robot_card_item_card', ['card_id'], unique=False)
        batch_op.create_index('ix_robot_card_item_subject', ['robot_id', 'subject_type', 'subject_id'], unique=False)

    op.create_table('staff_notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject_type', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('stage', sa.String(length=32), nullable=False),
    sa.Column('asks', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_notice')),
    sa.UniqueConstraint('subject_type', 'subject_id', 'role', 'person', name=op.f('uq_staff_notice_subject_type_subject_id_role_person'))
    )
    with op.batch_alter_table('staff_notice', schema=None) as batch_op:
        batch_op.create_index('ix_staff_notice_at', ['at'], unique=False)
        batch_op.create_index('ix_staff_notice_person', ['person', 'at'], unique=False)
        batch_op.create_index('ix_staff_notice_role', ['role', 'at'], unique=False)

    op.create_table('staff_notice_mark',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('read_until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_staff_notice_mark'))
    )
    op.create_table('staff_notice_read',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('notice_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('user_id', 'notice_id', name=op.f('pk_staff_notice_read'))
    )
    with op.batch_alter_table('staff_notice_read', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_notice_read_notice_id'), ['notice_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('staff_notice_read', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_notice_read_notice_id'))

    op.drop_table('staff_notice_read')
    op.drop_table('staff_notice_mark')
    with op.batch_alter_table('staff_notice', schema=None) as batch_op:
        batch_op.drop_index('ix_staff_notice_role')
        batch_op.drop_index('ix_staff_notice_person')
        batch_op.drop_index('ix_staff_notice_at')

    op.drop_table('staff_notice')
    with op.batch_alter_table('robot_card_item', schema=None) as batch_op:
        batch_op.drop_index('ix_robot_card_item_subject')
        batch_op.drop_index('ix_robot_card_item_card')

    op.drop_table('robot_card_item')
    with op.batch_alter_table('robot_card', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_robot_card_opened_at'))
        batch_op.drop_index('ix_robot_card_open')

    op.drop_table('robot_card')
    op.drop_table('robot')
    with op.batch_alter_table('notice_route', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_route_robot_id'))

    op.drop_table('notice_route')
