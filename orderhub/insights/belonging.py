"""Which warehouse do figures that are kept belong to?"""

from orderhub.domain.belonging import here
from orderhub.insights.arrival import ArrivalSpan
from orderhub.kernel.owned import own

own(ArrivalSpan, warehouses=here(or_any=True))
