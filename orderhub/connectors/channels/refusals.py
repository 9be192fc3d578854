"""What does a channel's code mean when it says no? In the hub's words; a code that is not here stays a code."""

from orderhub.domain.words import Channel, UploadProblem

# Source: sub codes of `isv.logistics-offline-service-error` as collected in public connectors, read 2026-11.
_TAOBAO = {
    UploadProblem.ORDER_UNKNOWN: ("B01", "P02", "B05"),
    UploadProblem.STATUS_FORBIDS: ("B02", "B04", "B27", "B55", "B98", "CD06", "CD07", "HD06"),
    UploadProblem.LINES_DIFFER: ("B06", "P25", "P38"),
    UploadProblem.CARRIER_UNKNOWN: ("B52", "B56", "B57", "B58", "B105"),
    UploadProblem.WAYBILL_INVALID: ("B59", "B60", "P10", "F04", "F05", "F06"),
}
_MEANINGS: dict[Channel, dict[str, UploadProblem]] = {
    Channel.TAOBAO: {code: problem for problem, codes in _TAOBAO.items() for code in codes},
}

# Of answers to refunds. The codes with a dash are ours (``answering.py`` and each channel's ``answers.py``); of the
# others only Douyin publishes what they mean (the table of `afterSale.operate`), read 2026-11.
_OURS = {
    "not-documented": UploadProblem.BY_HAND,
    "answered-already": UploadProblem.ANSWERED_ALREADY,
    "amount-changed": UploadProblem.CASE_CHANGED,
    "needs-code": UploadProblem.NEEDS_CODE,
    "no-money": UploadProblem.NO_MONEY,
}
_ANSWERS: dict[Channel, dict[str, UploadProblem]] = {
    Channel.DOUYIN: {
        "isv.business-failed:11001": UploadProblem.BY_HAND,
        "isv.business-failed:20309541": UploadProblem.ANSWERED_ALREADY,
    },
}


def problem_of(channel: Channel, partner_code: str) -> UploadProblem:
    known = _MEANINGS.get(channel, {})
    return known.get(partner_code.rpartition(":")[2], UploadProblem.REFUSED)


def answer_problem_of(channel: Channel, partner_code: str) -> UploadProblem:
    known = _OURS | _ANSWERS.get(channel, {})
    return known.get(partner_code, UploadProblem.REFUSED)
