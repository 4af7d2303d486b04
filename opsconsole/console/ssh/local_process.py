"""A child process of this machine as a `Process`.

Started without waiting: asyncio's own `subprocess_exec` hangs for good when it is cancelled while it connects
the pipes (CPython 3.11), and a cancelled command must never hang the console.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence

from opsconsole.console.ssh.process import Receiver

_READ_BYTES = 64 * 1024


class LocalProcess:
    """One child, in a session of its own, read and written by the running event loop.

    Raises:
        OSError: It cannot be started.
        ValueError: The argv holds a NUL byte.
    """

    def __init__(self, argv: Sequence[str], receiver: Receiver) -> None:
        self._loop = asyncio.get_running_loop()
        self._receiver = receiver
        self.sent_at = self._loop.time()
        self._child = subprocess.Popen(  # noqa: S603 - an argv, no shell
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._child.stdin and self._child.stdout and self._child.stderr  # noqa: S101, PT018 - all are pipes
        self._stdin = self._child.stdin.fileno()
        self._outputs = {self._child.stdout.fileno(): False, self._child.stderr.fileno(): True}
        self._unsent = bytearray()
        self._eof_wanted = False
        self._stdin_open = True
        self._told = False
        self._exited = False
        for descriptor in (self._stdin, *self._outputs):
            os.set_blocking(descriptor, False)
        self._watch_exit()
        self.resume()

    def write(self, data: bytes) -> None:
        """Send bytes to its standard input; what does not fit into the pipe waits here."""
        if self._stdin_open:
            self._unsent += data
            self._flush()

    def write_eof(self) -> None:
        """Close its standard input when everything is sent."""
        self._eof_wanted = True
        self._flush()

    def pause(self) -> None:
        """Stop reading its output."""
        for descriptor in self._outputs:
            self._loop.remove_reader(descriptor)

    def resume(self) -> None:
        """Read its output."""
        for descriptor in self._outputs:
            self._loop.add_reader(descriptor, self._readable, descriptor)

    def close(self) -> None:
        """Close the pipes. A child that still runs gets an end of file and goes its way."""
        self._told = True
        self._close_stdin()
        for descriptor in list(self._outputs):
            self._close_output(descriptor)

    def kill(self) -> None:
        """Kill its process group, then close the pipes."""
        if not self._exited:
            # Its own session, so its group id is its process id. Root's processes are the reaper's.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
        self.close()

    def _watch_exit(self) -> None:
        try:
            descriptor = os.pidfd_open(self._child.pid)
        except (AttributeError, OSError):  # not Linux, or an old kernel
            threading.Thread(target=self._wait, daemon=True, name=f"wait {self._child.pid}").start()
        else:
            self._loop.add_reader(descriptor, self._pid_readable, descriptor)

    def _wait(self) -> None:
        self._child.wait()
        with contextlib.suppress(RuntimeError):  # the loop is gone
            self._loop.call_soon_threadsafe(self._exit)

    def _pid_readable(self, descriptor: int) -> None:
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        self._child.wait()
        self._exit()

    def _exit(self) -> None:
        self._exited = True
        if not self._told:
            self._receiver.exited(self._status())
        self._tell_when_done()

    def _readable(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            self._receiver.data_received(data, is_stderr=self._outputs[descriptor])
        else:
            self._close_output(descriptor)
            self._tell_when_done()

    def _flush(self) -> None:
        if not self._stdin_open:
            return
        try:
            while self._unsent:
                del self._unsent[: os.write(self._stdin, self._unsent)]
        except (BlockingIOError, InterruptedError):
            self._loop.add_writer(self._stdin, self._flush)
            return
        except OSError:  # it reads no more
            self._unsent.clear()
            self._eof_wanted = True
        self._loop.remove_writer(self._stdin)
        if self._eof_wanted:
            self._close_stdin()

    def _close_stdin(self) -> None:
        if self._stdin_open and self._child.stdin is not None:
            self._stdin_open = False
            self._loop.remove_writer(self._stdin)
            self._child.stdin.close()

    def _close_output(self, descriptor: int) -> None:
        is_stderr = self._outputs.pop(descriptor)
        self._loop.remove_reader(descriptor)
        pipe = self._child.stderr if is_stderr else self._child.stdout
        if pipe is not None:
            pipe.close()

    def _tell_when_done(self) -> None:
        if self._exited and not self._outputs and not self._told:
            self._told = True
            self._close_stdin()
            self._receiver.closed(self._status())

    def _status(self) -> int | None:
        code = self._child.returncode
        return 128 - code if code is not None and code < 0 else code
