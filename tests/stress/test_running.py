"""Is a run at its end before all that is on its way has come?"""

from orderhub.stress.running import _emptiness
from orderhub.stress.watch import Watch
from tests.chaos.hubs import free_port


def test_a_lab_that_does_not_answer_costs_no_run_its_report():
    said: list[str] = []
    nobody = f"http://127.0.0.1:{free_port()}"
    assert _emptiness(Watch(nobody), said.append, nobody)() is False
    assert "does not answer" in said[0]
