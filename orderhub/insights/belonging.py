"""Which warehouse do figures that are kept belong to?"""

from sqlalchemy import false

from orderhub.domain.belonging import here
from orderhub.insights.arrival import ArrivalSpan
from orderhub.insights.forecast.kept import ForecastDay, ForecastSeries
from orderhub.kernel.owned import own

own(ArrivalSpan, warehouses=here(or_any=True))
# The demand of all shops together: who sees only some of them would learn of the others.
for _table in (ForecastDay, ForecastSeries):
    own(_table, shops=lambda *_: false(), warehouses=here())
