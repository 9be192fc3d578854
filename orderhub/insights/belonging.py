"""Which shop and which warehouses do figures that are kept belong to?"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, cast, false, select

from orderhub.domain.belonging import here
from orderhub.domain.stock import Warehouse
from orderhub.insights.arrival import ArrivalSpan
from orderhub.insights.forecast.kept import ForecastDay, ForecastSeries
from orderhub.insights.reports.cell import ReportCell
from orderhub.kernel.owned import Columns, among, everybodys, own, table_of


def _one_of_places(columns: Columns, codes: Collection[Any]) -> ColumnElement[bool]:
    """As an order: one that concerns several warehouses is in sight of each."""
    place = table_of(Warehouse).alias()
    stands = columns.places.contains("," + cast(place.c.id, String) + ",")
    return select(place.c.id).where(place.c.code.in_(codes), stands).exists()


own(ArrivalSpan, warehouses=here(or_any=True))
own(ReportCell, shops=among("shop_id"), warehouses=_one_of_places)
everybodys("which days were counted, and nothing of them", "report_counted", "report_mark")
# The demand of all shops together: who sees only some of them would learn of the others.
for _table in (ForecastDay, ForecastSeries):
    own(_table, shops=lambda *_: false(), warehouses=here())
