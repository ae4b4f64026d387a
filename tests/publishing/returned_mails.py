"""Mails that come back, as servers write them."""

from __future__ import annotations

STAMP = "0123456789abcdef01234567"

#: Our mail, as servers quote it.
OURS = """From: Fairlow <news@fairlow.example.com>
To: {to}
Subject: Coffee is on.
Message-ID: <{number}.{stamp}@fairlow.example.com>
"""

POSTFIX = """Return-Path: <>
From: MAILER-DAEMON@mx.fairlow.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@fairlow.example.com
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4D2.1700000000/mx.fairlow.example.com"
Content-Transfer-Encoding: 8bit

This is a MIME-encapsulated message.

--4D2.1700000000/mx.fairlow.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4D2.1700000000/mx.fairlow.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.fairlow.example.com
X-Postfix-Queue-ID: 4D2
Arrival-Date: Mon,  2 Mar 2026 09:30:00 +0000 (UTC)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {diagnostic}

--4D2.1700000000/mx.fairlow.example.com
Content-Description: Undelivered Message
Content-Type: message/rfc822

{ours}
Coffee is on.

--4D2.1700000000/mx.fairlow.example.com--
"""

#: Its own status says little; it quotes the other server, and only the headers of the mail.
EXIM = """From: Mail Delivery System <Mailer-Daemon@mx.fairlow.example.com>
To: bounces@fairlow.example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=1700000000-eximdsn-1
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1700000000-eximdsn-1
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1700000000-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; mx.fairlow.example.com

Action: {action}
Final-Recipient: rfc822;{to}
Status: 5.0.0
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {diagnostic}

--1700000000-eximdsn-1
Content-type: text/rfc822-headers

{ours}

--1700000000-eximdsn-1--
"""

COMPLAINT = """From: <feedback@mail.example>
To: bounces@fairlow.example.com
Subject: FW: Coffee is on.
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: {type}
User-Agent: SomeGenerator/1.0
Version: 1

--part
Content-Type: message/rfc822

{ours}
Coffee is on.
--part--
"""


def ours(number: int = 7, stamp: str = STAMP, to: str = "c01@example.com") -> str:
    return OURS.format(number=number, stamp=stamp, to=to)


def bounce(
    returned: str,
    *,
    form: str = POSTFIX,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "550 5.1.1 <c01@example.com>: Recipient address rejected: User unknown",
) -> bytes:
    """A delivery report about one of our mails."""
    text = form.format(
        action=action, status=status, diagnostic=diagnostic, to="c01@example.com", ours=returned
    )
    return text.replace("\n", "\r\n").encode()


def complaint(returned: str, kind: str = "abuse") -> bytes:
    """A complaint about one of our mails."""
    return COMPLAINT.format(ours=returned, type=kind).replace("\n", "\r\n").encode()
