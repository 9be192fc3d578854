"""How does a letter reach a mail server? By SMTP, with TLS; its numbers are told in words of ours.

A server repeats an address in what it says, so that of its answer only the numbers are kept. Source: RFC 5321 (answers
of 4 may pass, those of 5 do not), RFC 3207 (STARTTLS), RFC 3463 (enhanced codes), read 2026-11.
"""

import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerRefused, PartnerUnauthorised, PartnerUnavailable
from orderhub.kernel.settings import Settings, SmtpSecurity

# For each thing that is asked; a whole letter stays far below the outbox's lease.
TIMEOUT_SECONDS = 15
_FIRST_PERMANENT = 500
# Source: RFC 4954, read 2026-11: it wants a login, another one, or an encrypted line for it.
_LOCKED_OUT = (530, 534, 535, 538)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_WORDS = {
    421: "服务器暂停服务",
    450: "邮箱暂时不可用",
    451: "服务器出错",
    452: "服务器空间不足",
    550: "没有这个邮箱，或不接收",
    551: "邮箱不在这台服务器",
    552: "邮件太大或邮箱已满",
    553: "邮箱地址不被接受",
    554: "邮件被拒收",
}


@dataclass(frozen=True)
class Attachment:
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """``number`` becomes its Message-ID: a letter that comes twice is told by it."""

    to: str = field(repr=False)
    number: str
    subject: str
    text: str
    attachments: Sequence[Attachment] = ()


def send_letter(letter: Letter, chosen: Settings) -> None:
    """Safe to repeat: its Message-ID stays.

    Raises:
        PartnerUnavailable: it does not answer, or says 4xx: try again later.
        PartnerUnauthorised: the settings are wrong, or it does not let us in with them: trying again changes nothing.
        PartnerRefused: it says 5xx; ``partner_code`` is its number.
    """
    if not chosen.smtp_host or not chosen.smtp_from:
        raise _locked_out("没有设置：请设置 ORDERHUB_SMTP_HOST 和 ORDERHUB_SMTP_FROM")
    try:
        with _opened(chosen) as line:
            line.send_message(_message(letter, chosen.smtp_from), parseaddr(chosen.smtp_from)[1], [letter.to])
    except smtplib.SMTPRecipientsRefused as error:
        _refuse(*next(iter(error.recipients.values())), error)
    except smtplib.SMTPResponseException as error:
        _refuse(error.smtp_code, error.smtp_error, error)
    except smtplib.SMTPNotSupportedError as error:
        raise _locked_out("不支持 STARTTLS 或登录，请检查 ORDERHUB_SMTP_SECURITY") from error
    except ssl.SSLError as error:
        raise _unavailable("加密连接没有建立：证书不可信，或端口与 ORDERHUB_SMTP_SECURITY 不符") from error
    except (smtplib.SMTPException, OSError) as error:
        raise _unavailable(f"联系不上（{type(error).__name__}）") from error


def _opened(chosen: Settings) -> smtplib.SMTP:
    host, port = chosen.smtp_host, chosen.smtp_port
    if chosen.smtp_security is SmtpSecurity.TLS:
        line: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    else:
        line = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        if chosen.smtp_security is SmtpSecurity.STARTTLS:
            line.starttls(context=ssl.create_default_context())
        # Without encryption nobody is told the password.
        if chosen.smtp_user and chosen.smtp_security is not SmtpSecurity.NONE:
            line.login(chosen.smtp_user, chosen.smtp_password.get_secret_value())
    except BaseException:
        line.close()
        raise
    return line


def _message(letter: Letter, sender: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, letter.to, letter.subject
    made["Date"] = format_datetime(utc_now())
    made["Message-ID"] = f"<{letter.number}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    for one in letter.attachments:
        kind, _, subtype = one.media_type.partition("/")
        made.add_attachment(one.content, kind, subtype, filename=one.name)
    return made


def _refuse(code: int, said: bytes | str, error: Exception) -> None:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    found = _ENHANCED.search(text)
    number = f"{code} {found[0]}" if found else str(code)
    if code in _LOCKED_OUT:
        words = f"{number}：没有登录成功，请检查 ORDERHUB_SMTP_USER 和 ORDERHUB_SMTP_PASSWORD"
        raise _locked_out(words, number) from error
    words = _WORDS.get(code, "服务器拒绝" if code >= _FIRST_PERMANENT else "服务器暂时不接受")
    if code < _FIRST_PERMANENT:
        raise PartnerUnavailable(f"邮件服务器 {number}：{words}", partner="smtp", partner_code=number) from error
    raise PartnerRefused(f"邮件服务器 {number}：{words}", partner="smtp", partner_code=number) from error


def _locked_out(words: str, number: str = "") -> PartnerUnauthorised:
    return PartnerUnauthorised(f"邮件服务器 {words}", partner="smtp", partner_code=number)


def _unavailable(words: str) -> PartnerUnavailable:
    return PartnerUnavailable(f"邮件服务器 {words}", partner="smtp")
