"""How is a finding said? Each in Chinese and English, with its figures."""

from orderhub.stress.advice import Finding

Pair = tuple[str, str]

SENTENCES: dict[str, Pair] = {
    "sound": (
        "核对通过：已确认的 {acknowledged} 单全部在库，没有丢失、重复、凭空多出或金额不符。",
        "Verified: all {acknowledged} acknowledged orders are held; none lost, doubled, phantom or of a wrong amount.",
    ),
    "unsound": (
        "核对不通过：丢失 {lost}、重复 {doubled}、多出 {phantom}、金额不符 {wrong_amount}，请先查明原因。",
        "Not sound: {lost} lost, {doubled} doubled, {phantom} phantom, {wrong_amount} of a wrong amount. Find out why.",
    ),
    "not_verified": ("没有核对：加上 --verify 再运行一次。", "Not verified: run it with --verify."),
    "not_drained": (
        "队列在限定时间内没有处理完，核对结果只到那一刻为止。",
        "The queue was not empty within the limit: the verdict is of that moment.",
    ),
    "given_up": (
        "{sent} 条中有 {count} 条始终没有得到确认，请看拒绝代码。",
        "{count} of {sent} messages were never acknowledged: see the codes.",
    ),
    "unanswered": (
        "{count} 次请求没有在时限内得到回答，之后重试。",
        "{count} requests had no answer in time and were tried again.",
    ),
    "held_back": (
        "系统按 Retry-After 让发送方等待了 {count} 次（{codes}），这是限流在起作用。",
        "The hub told callers {count} times to wait ({codes}): its limits did their work.",
    ),
    "level_raised": ("压力等级最高到 {level} 级。", "The level of pressure was {level} at most."),
    "slow_answers": (
        "确认较慢：一半在 {p50_ms} 毫秒内，99% 在 {p99_ms} 毫秒内。",
        "Answers were slow: half within {p50_ms} ms, 99 % within {p99_ms} ms.",
    ),
    "working_off_is_slower": (
        "接收每秒 {accepted} 条，处理每秒 {taken} 单：队列最多积压 {waiting} 条，收完后又用 {drain} 秒处理完。",
        "Taken in {accepted} a second, worked off {taken}: the queue grew to {waiting}, and emptied in {drain} s more.",
    ),
    "more_workers": (
        "队列积压到 {waiting} 条而处理器只用了 {cpu}%：增加处理线程（ORDERHUB_WORKERS，现为 {workers}）。",
        "{waiting} waited while the processor was {cpu} % busy: take more workers (ORDERHUB_WORKERS, {workers} now).",
    ),
    "more_processes": (
        "系统进程用满了一个核（{hub} 核，整机 {cpu}%，共 {cores} 核）：增加进程。",
        "The hub's process filled its core ({hub} used, machine {cpu} % of {cores}): run more processes.",
    ),
    "more_processes_after_postgres": (
        "系统进程用满了一个核（{hub} 核，整机 {cpu}%，共 {cores} 核）：SQLite 只有一个写进程，换 PostgreSQL 再加进程",
        (
            "The hub's process filled its core ({hub} used, machine {cpu} % of {cores}): SQLite has one writer, "
            "so move to PostgreSQL and run more processes."
        ),
    ),
    "machine_full": (
        "整机处理器已用 {cpu}%（系统只占 {hub} 核，共 {cores} 核）：换更大的机器，或把别的程序移走。",
        "The machine is {cpu} % busy (the hub uses {hub} of {cores} cores): take a larger one, or move others away.",
    ),
    "bigger_groups": (
        "一次提交平均 {commit_ms} 毫秒，却只合并了 {group} 条：加长合并等待（GATHER_SECONDS），让每批更大。",
        "A durable write took {commit_ms} ms for {group} messages: gather longer (GATHER_SECONDS) for bigger groups.",
    ),
    "slow_commits": (
        "一次提交平均 {commit_ms} 毫秒（每批 {group} 条）：时间在数据库，换更快的磁盘或独立的 PostgreSQL。",
        (
            "A durable write took {commit_ms} ms ({group} messages each): the time is in the database; "
            "take a faster disk, or PostgreSQL of its own."
        ),
    ),
    "writers_wait": (
        "一次提交平均 {commit_ms} 毫秒（每批 {group} 条，含等待写入）：SQLite 上接收和处理轮流写，请换 PostgreSQL。",
        (
            "A durable write took {commit_ms} ms ({group} messages each, the wait for its turn included): on SQLite "
            "taking in and working off share one writer; move to PostgreSQL."
        ),
    ),
    "wider_pool": (
        "99% 的确认要 {p99_ms} 毫秒，但处理器只用 {cpu}%、提交只要 {commit_ms} 毫秒：请求在等线程，加大线程池。",
        (
            "99 % of answers took {p99_ms} ms although the processor was {cpu} % busy and a write took {commit_ms} ms: "
            "they waited for a thread; widen the pool."
        ),
    ),
    "missing_index": (
        "订单越多每条越费处理器：前半段 {first_ms} 毫秒，后半段 {second_ms} 毫秒，可能缺少索引（orderhub doctor）。",
        (
            "Orders got dearer as there were more: {first_ms} ms of processor each at first, {second_ms} at the end: "
            "look for a missing index (orderhub doctor)."
        ),
    ),
    "simulator_greedy": (
        "压测程序自己用了 {client} 核（共 {cores} 核）：从另一台机器运行，数字会更好。",
        "The simulator itself used {client} of {cores} cores: run it on another machine for better figures.",
    ),
    "few_callers": (
        "发送方不够，消息晚发了 {late_ms} 毫秒（99%）：加大 --concurrency。",
        "Too few callers: messages left {late_ms} ms late (99 %): take a higher --concurrency.",
    ),
    "metrics_late": (
        "压测期间 {count} 次没有及时读到指标：探测请求和订单在同一个线程池里排队。",
        "The hub's figures came too late {count} times: probes wait in the same pool as orders.",
    ),
    "not_told": (
        "读不到系统的指标，无法判断时间花在哪里：给出 --metrics-token。",
        "The hub's figures could not be read, so where the time went is not known: give --metrics-token.",
    ),
    "had_room": (
        "系统还有余量：每秒 {rate} 条，99% 在 {p99_ms} 毫秒内，没有哪一处是满的。",
        "There was room: {rate} a second, 99 % within {p99_ms} ms, and nothing was full.",
    ),
}


def said(finding: Finding, lang: str = "zh") -> str:
    return SENTENCES[finding.code][lang == "en"].format(**finding.figures)
