"""A letter goes over an encrypted line to a server whose certificate is good, and nobody else hears the password."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orderhub.connectors.mail import Attachment, Letter, send_letter
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerRefused, PartnerUnauthorised, PartnerUnavailable
from orderhub.kernel.settings import Settings, SmtpSecurity
from tests.flows.mailbox import PASSWORD, USER, Mailbox, receiving

LETTER = Letter(
    "boss@example.com",
    "report-1-1",
    "晨报",
    "订单: 2\n",
    (Attachment("a.png", "image/png", b"\x89PNG"), Attachment("a.xlsx", "application/x-xlsx", b"PK")),
)


def chosen(box: Mailbox, **changes) -> Settings:
    facts = {"smtp_host": "localhost", "smtp_port": box.port, "smtp_from": USER, "smtp_user": USER}
    return Settings(**(facts | {"smtp_password": PASSWORD} | changes))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), utc_now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = tmp_path / "server.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def box(certificate: Path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiving(context) as box:
        yield box


def test_a_letter_goes_over_an_encrypted_line(box, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send_letter(LETTER, chosen(box))
    ((to, letter),) = box.got
    assert (to, letter["subject"], letter["message-id"]) == ("boss@example.com", "晨报", "<report-1-1@example.com>")
    assert letter.get_body().get_content().strip() == "订单: 2"
    assert [part.get_content() for part in letter.iter_attachments()] == [b"\x89PNG", b"PK"]
    assert box.logins == [USER]


def test_a_certificate_nobody_knows_gets_neither_letter_nor_password(box):
    with pytest.raises(PartnerUnavailable, match="证书不可信"):
        send_letter(LETTER, chosen(box))
    assert (box.got, box.logins) == ([], [])


def test_a_wrong_password_is_a_fault_of_the_settings(box, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(PartnerUnauthorised, match="ORDERHUB_SMTP_USER") as caught:
        send_letter(LETTER, chosen(box, smtp_password="falsch"))
    assert caught.value.partner_code == "535 5.7.8"
    assert "falsch" not in str(caught.value)
    assert box.got == []


def test_without_encryption_no_password_is_sent():
    with receiving() as box:
        send_letter(LETTER, chosen(box, smtp_security=SmtpSecurity.NONE))
        assert (len(box.got), box.logins) == (1, [])
        with pytest.raises(PartnerUnauthorised, match="STARTTLS"):
            send_letter(LETTER, chosen(box))


@pytest.mark.parametrize(
    ("answer", "error", "number"),
    [
        ("452 4.2.2 <boss@example.com> is full", PartnerUnavailable, "452 4.2.2"),
        ("554 5.7.1 <boss@example.com> spam", PartnerRefused, "554 5.7.1"),
        ("599 no", PartnerRefused, "599"),
        ("530 5.7.0 authentication required", PartnerUnauthorised, "530 5.7.0"),
    ],
)
def test_what_a_server_says_is_told_in_numbers_and_words_of_ours(answer, error, number):
    with receiving() as box:
        box.answers[:] = [answer]
        with pytest.raises(error) as caught:
            send_letter(LETTER, chosen(box, smtp_security=SmtpSecurity.NONE))
    assert (type(caught.value), caught.value.partner_code) == (error, number)
    assert "boss" not in str(caught.value)


def test_without_a_server_the_reason_names_the_settings():
    with pytest.raises(PartnerUnauthorised, match="ORDERHUB_SMTP_HOST"):
        send_letter(LETTER, Settings(smtp_host=""))
