"""Work in a thread belongs to whoever asked for it, to its end."""

import asyncio
import threading

import pytest

from orderhub.ui.off_loop import off_loop


async def test_the_answer_and_the_error_come_back():
    assert await off_loop(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await off_loop(divmod, 7, 0)


@pytest.mark.parametrize("outcome", ["returns", "fails"])
async def test_a_cancelled_caller_waits_for_what_has_begun(outcome: str):
    begun, may_end, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        may_end.wait(10)
        ended.append(True)
        if outcome == "fails":
            raise RuntimeError

    caller = asyncio.create_task(off_loop(work))
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    await asyncio.sleep(0.05)
    assert not caller.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended == [True]
