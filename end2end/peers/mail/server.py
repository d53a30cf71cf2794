"""A mail server by others (aiosmtpd), and Python's own reader of mail.

server.py SMTP_PORT HTTP_PORT. Over HTTP: GET /mails, what came, as the reader sees it; POST /next, what a
receiver's next mail is answered instead of 250; GET /replies, which it gave; GET /report/N?to=ADDRESS, a report (RFC 3464) that mail N came back.
"""

import json
import sys
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

MAILS = []
NEXT = []
REPLIES = []


class Mailbox:
    """Takes what it is not told to refuse."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        told = next((one for one in NEXT if one["to"] == address), None)
        if told:
            NEXT.remove(told)
        reply = told["reply"] if told else "250 OK"
        REPLIES.append({"to": address, "reply": reply})
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        MAILS.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        return "250 Taken"


def shape(part: EmailMessage):
    kind = part.get_content_type()
    if part.is_multipart():
        return [kind, [shape(one) for one in part.iter_parts()]]
    method = "content-type" in part and part["content-type"].params.get("method")
    return kind + (f"; method={method}" if method else "")


def defects(part):
    own = [repr(one) for one in part.defects]
    own += [f"{name}: {one!r}" for name, value in part.items() for one in value.defects]
    return own + [one for inner in (part.iter_parts() if part.is_multipart() else []) for one in defects(inner)]


def content(message, kind):
    part = next((one for one in message.walk() if one.get_content_type() == kind), None)
    return part and part.get_content()


def seen(mail):
    sender, to, raw = mail
    message = message_from_bytes(raw, policy=policy.default)
    return {
        "envelope": {"from": sender, "to": to},
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "shape": shape(message),
        "defects": defects(message),
        "text": content(message, "text/plain"),
        "html": content(message, "text/html"),
        "calendar": content(message, "text/calendar"),
        "longest_line": max(map(len, raw.split(b"\r\n"))),
        "bare_line_ends": raw.replace(b"\r\n", b"").count(b"\n"),
    }


def report(mail, to):
    sender, _, raw = mail
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole["From"], whole["To"], whole["Subject"] = "MAILER-DAEMON@mx.example", sender, "Returned mail"
    whole.attach(MIMEText("The mailbox is full, and stayed so."))
    status = MIMENonMultipart("message", "delivery-status")
    fields = f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.2.2\n\n"
    status.set_payload([message_from_string("Reporting-MTA: dns; mx.example\n\n"), message_from_string(fields)])
    whole.attach(status)
    whole.attach(MIMEMessage(message_from_bytes(raw)))
    return whole.as_bytes(policy=policy.SMTP)


class Talk(BaseHTTPRequestHandler):
    def answer(self, body, kind="application/json"):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        at = urlsplit(self.path)
        if at.path == "/mails":
            self.answer(json.dumps([seen(mail) for mail in MAILS]).encode())
        elif at.path == "/replies":
            self.answer(json.dumps(REPLIES).encode())
        else:
            mail = MAILS[int(at.path.rsplit("/", 1)[1])]
            self.answer(report(mail, parse_qs(at.query)["to"][0]), "message/rfc822")

    def do_POST(self):
        NEXT.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.answer(b"{}")

    def log_message(self, *words):
        pass


def main():
    smtp, http = map(int, sys.argv[1:3])
    Controller(Mailbox(), hostname="127.0.0.1", port=smtp, enable_SMTPUTF8=True).start()
    ThreadingHTTPServer(("127.0.0.1", http), Talk).serve_forever()


main()
