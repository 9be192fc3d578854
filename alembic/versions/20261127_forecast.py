"""Forecasts of demand, and what they are reckoned from besides orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'c4f81d6ba037'
down_revision = '540a890487ce'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
_OPEN = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    op.create_table('forecast_run',
    sa.Column('id', _ID, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('stage', sa.String(length=32), nullable=False),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('series', sa.Integer(), nullable=False),
    sa.Column('common_milli', sa.Integer(), nullable=False),
    sa.Column('figures', _JSON, nullable=False),
    sa.Column('notes', _JSON, nullable=False),
    sa.Column('trouble', sa.String(length=500), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forecast_run'))
    )
    op.create_index('uq_forecast_run_open', 'forecast_run', ['state'], unique=True,
                    sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table('forecast_series',
    sa.Column('run_id', _ID, nullable=False),
    sa.Column('sku_id', _ID, nullable=False),
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('model', sa.String(length=32), nullable=False),
    sa.Column('first_sold', sa.Date(), nullable=False),
    sa.Column('selling_days', sa.Integer(), nullable=False),
    sa.Column('p50_milli', _ID, nullable=False),
    sa.Column('p90_milli', _ID, nullable=False),
    sa.Column('errors', _JSON, nullable=False),
    sa.Column('recent', _JSON, nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['forecast_run.id'], name=op.f('fk_forecast_series_run_id_forecast_run')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_forecast_series_sku_id_sku')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_forecast_series_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('run_id', 'sku_id', 'warehouse_id', name=op.f('pk_forecast_series'))
    )
    op.create_table('forecast_day',
    sa.Column('run_id', _ID, nullable=False),
    sa.Column('sku_id', _ID, nullable=False),
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('mean_milli', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('p50_milli', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('p90_milli', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['forecast_run.id'], name=op.f('fk_forecast_day_run_id_forecast_run')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_forecast_day_sku_id_sku')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_forecast_day_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('run_id', 'sku_id', 'warehouse_id', 'day', name=op.f('pk_forecast_day'))
    )
    op.create_table('advertising_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('sku_id', _ID, nullable=False),
    sa.Column('spent_fen', _ID, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('day', 'sku_id', name=op.f('pk_advertising_day'))
    )
    op.create_table('holiday_override',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('is_off', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_holiday_override'))
    )
    op.create_table('weather_day',
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('mean_tenths', sa.Integer(), nullable=False),
    sa.Column('rain_tenths', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_weather_day_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('warehouse_id', 'day', name=op.f('pk_weather_day'))
    )


def downgrade() -> None:
    op.drop_table('weather_day')
    op.drop_table('holiday_override')
    op.drop_table('advertising_day')
    op.drop_table('forecast_day')
    op.drop_table('forecast_series')
    op.drop_table('forecast_run')
