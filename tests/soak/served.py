"""A codesetd on a data directory, started, watched and ended as an operator would."""

import os
import re
import signal
import subprocess
import time

TIMEOUT = 120
SERVING = re.compile(r"serving\s*$", re.MULTILINE)
LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


class Failed(Exception):
    """A program did not do what it was to do."""


def run(command, timeout=600):
    """Runs a command; gives its standard output. Raises where it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout)
    if done.returncode:
        raise Failed("%s: exit status %d: %s" % (" ".join(command), done.returncode,
                                                 done.stderr[-2000:]))
    return done.stdout


class Server:
    """A running `codesetd serve`; its log and audit log lie in `folder`."""

    def __init__(self, build, folder, name="codesetd"):
        self.build, self.folder = build, folder
        self.data_dir = os.path.join(folder, "data")
        self.log_path = os.path.join(folder, name + ".log")
        # A file and not a pipe, which would fill up while nobody reads it.
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(
                [os.path.join(build, "server", "codesetd"), "serve", "--data-dir", self.data_dir,
                 "--listen", "127.0.0.1:0", "--audit-log", os.path.join(folder, name + ".audit")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.address = self._wait()

    def _wait(self):
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            with open(self.log_path) as file:
                text = file.read()
            address = LISTENING.search(text)
            if address and SERVING.search(text):
                return address.group(1)
            if self.process.poll() is not None:
                raise Failed("codesetd ended before it served: " + text[-2000:])
            time.sleep(0.02)
        raise Failed("codesetd does not serve after %d s" % TIMEOUT)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def admin(self):
        return "unix:" + os.path.join(self.data_dir, "admin.sock")

    def ctl(self, *arguments):
        return run([os.path.join(self.build, "client", "codesetctl", "codesetctl"), "--server",
                    self.address, "--data-dir", self.data_dir, *arguments])

    def load(self, id, *paths):
        self.ctl("release", "load", id, *paths)

    def stop(self):
        """Ends it by SIGTERM; gives how many seconds that took. Raises where it does not end well."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=TIMEOUT)
        if status:
            with open(self.log_path) as file:
                raise Failed("codesetd: exit status %d: %s" % (status, file.read()[-2000:]))
        return time.monotonic() - began


def memory_of(pid):
    """Resident memory in bytes."""
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024


def threads_of(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"Threads:\s+(\d+)", file.read()).group(1))


def descriptors_of(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def cpu_of(pid):
    """Seconds of CPU that a process has used."""
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def size_of(folder):
    """Bytes of all files below a folder."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.path.getsize(os.path.join(path, name))
            except FileNotFoundError:
                pass  # RocksDB has deleted it meanwhile.
    return total
