"""Who reckons a forecast? A process of its own, beside the hub's: it reads, reckons, and hands everything back.

What is wanted comes as one line of JSON on its standard input; it ends with whoever holds the other end of that pipe.
What it says are lines of JSON too: ``stage, seen, total``, and at last ``done`` or ``trouble``.
"""

import json
import os
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

from orderhub.domain.forecast_run import Stage
from orderhub.insights.forecast.answer import save
from orderhub.insights.forecast.gathering import gather
from orderhub.insights.forecast.reckoning import reckon
from orderhub.kernel.db import Database

_NICE = 10  # after the hub's own work


def main() -> None:
    wanted = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(_NICE)
    database = Database(wanted["url"], readers=1)
    _say(stage=Stage.GATHERING, seen=0, total=1)
    with database.reading() as session:
        goods = gather(session, date.fromisoformat(wanted["today"]), wanted["ahead"])
    if not goods.sku_ids:
        _say(trouble="nothing to forecast: no paid order of a known SKU before today")
        return
    reckoned = reckon(goods, wanted["ahead"], lambda stage, seen, total: _say(stage=stage, seen=seen, total=total))
    _say(done=save(reckoned, Path(wanted["out"])))


def _say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    while sys.stdin.readline():
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
