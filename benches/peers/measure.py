"""One command in a process of its own: how long, how much memory, what it printed."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass


class Failed(Exception):
    """The command ended with an error; the text is the end of what it wrote to stderr."""


@dataclass
class Run:
    seconds: float
    """What counts: the whole process, or the part that it timed itself."""
    wall: float
    """The whole process, from start to exit."""
    peak_mb: float
    """Largest resident set, 10^6 bytes. Pages of mapped files count while they are resident."""
    output: str

    def then(self, other):
        """Both, one after the other; the answer is the second's."""
        peak = max(self.peak_mb, other.peak_mb)
        return Run(self.seconds + other.seconds, self.wall + other.wall, peak, other.output)


def pin(threads):
    """Keeps this process, and all that it starts, on the first `threads` processors."""
    processors = sorted(os.sched_getaffinity(0))[:threads]
    if len(processors) < threads:
        raise Failed(f"{threads} processors are wanted, {len(processors)} are there")
    os.sched_setaffinity(0, processors)


def warm(paths):
    """Reads files, and all files below folders, so that they are in the page cache."""
    for path in paths:
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file():
                with file.open("rb", buffering=0) as stream:
                    while stream.read(1 << 24):
                        pass


def run(command, folder):
    """Runs `command` in `folder`. Linux counts `ru_maxrss` in KiB."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        words = [str(word) for word in command]
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            said = err.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failed(f"exit code {process.returncode}: {' / '.join(said)[-300:]}")
        return Run(wall, wall, usage.ru_maxrss * 1024 / 1e6, out.read().decode())
