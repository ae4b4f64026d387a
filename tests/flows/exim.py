"""Exim, a real mail server of Debian, in a folder of its own: what it takes for example.com ends in a Maildir there."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from tests.certificates import write_certificate

#: Debian puts it where only root's path leads.
PROGRAM = shutil.which("exim4") or shutil.which("exim4", path="/usr/sbin")

#: c01 and c02 are there, others are not. What is for far.example goes to the server on another port, and bounces of
#: that come to a Maildir of their own.
CONFIGURATION = """
primary_hostname = mx.example.com
exim_user = {user}
spool_directory = {folder}/spool
log_file_path = {folder}/spool/log-%s
pid_file_path = {folder}/spool/pid
deliver_drop_privilege
keep_environment =
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/cert.key
acl_smtp_rcpt = check_recipient

begin acl
check_recipient:
  deny message = 550 5.1.1 no such user
       !verify = recipient
  accept

begin routers
here:
  driver = accept
  domains = example.com
  local_parts = c01 : c02
  transport = mails
far:
  driver = manualroute
  domains = far.example
  route_list = * 127.0.0.1
  self = send
  transport = far
back:
  driver = accept
  local_parts = bounces
  transport = bounces

begin transports
mails:
  driver = appendfile
  maildir_format
  directory = {folder}/mails
bounces:
  driver = appendfile
  maildir_format
  directory = {folder}/bounces
far:
  driver = smtp
  port = {far_port}
  allow_localhost
  hosts_try_dane =
"""


class Exim(NamedTuple):
    """A server that runs, and where its mails end."""

    port: int
    folder: Path

    def delivered(self, name: str, number: int) -> list[EmailMessage]:
        """So many mails of a Maildir, as soon as they are there; another process is at it."""
        folder = self.folder / name / "new"
        while len(list(folder.glob("*")) if folder.exists() else []) < number:
            os.sched_yield()
        found = [file.read_bytes() for file in sorted(folder.glob("*"))]
        return [message_from_bytes(raw, EmailMessage, policy=policy.default) for raw in found]


@contextmanager
def exim(far_port: int) -> Iterator[Exim]:
    """The server on this machine, with STARTTLS, until the end of the block."""
    assert PROGRAM is not None
    # Not in pytest's folders, which are closed to the user that Exim becomes: it refuses to be root.
    folder = Path(tempfile.mkdtemp(prefix="surmesure-exim-"))
    port = _free_port()
    user = "Debian-exim" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    try:
        for name in ("spool", "mails", "bounces"):
            (folder / name).mkdir()
        write_certificate(folder)
        file = folder / "configuration"
        file.write_text(CONFIGURATION.format(user=user, folder=folder, far_port=far_port))
        for path in (folder, *folder.iterdir()):
            if path != file:
                shutil.chown(path, user)
        command = [PROGRAM, "-bdf", "-C", str(file), "-oX", f"127.0.0.1.{port}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                _wait_until_it_listens(process, port)
                yield Exim(port, folder)
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_listens(process: subprocess.Popen[str], port: int) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            continue
        return
    raise AssertionError(f"exim did not start: {process.stderr.read() if process.stderr else ''}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
