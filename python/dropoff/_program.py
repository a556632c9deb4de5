"""Runs the program, and makes of its streams what Python expects: stdout is a table, stderr warnings or an exception."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

StrPath = str | os.PathLike[str]


class DropoffError(Exception):
    """The program has failed; its words are those of the command line."""


class CheckFailed(DropoffError):
    """A check of the data has failed (exit code 1)."""


class UserMistake(DropoffError):
    """Something that you can mend: the configuration, the SQL, an argument, a log (exit code 2)."""


class EnvironmentFailed(DropoffError):
    """The machine has failed: a disk, memory, permissions (exit code 3)."""


class DropoffBug(DropoffError):
    """A bug of dropoff (exit code 70, or it was killed)."""


class DropoffWarning(UserWarning):
    """What the program warns of beside an answer."""


_ERRORS: dict[int, type[DropoffError]] = {1: CheckFailed, 2: UserMistake, 3: EnvironmentFailed}


def program() -> str:
    """The path of the program: that of this installation, else the one on the ``PATH``.

    Raises:
        FileNotFoundError: there is none.
    """
    name = "dropoff.exe" if sys.platform == "win32" else "dropoff"
    schemes = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    for folder in schemes:
        if (Path(folder) / name).is_file():
            return str(Path(folder) / name)
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"the program `{name}` is neither in {' nor in '.join(schemes)} nor on the PATH")
    return found


def query(sql: str, *, config: StrPath = "dropoff.toml", as_of: str | None = None) -> pyarrow.Table:
    """The answer to SQL over the tables of a store; it can only read.

    Args:
        sql: a select.
        config: the configuration file.
        as_of: answers as if the logs ended then: a day, or a moment as in RFC 3339.

    Raises:
        UserMistake: the SQL or the configuration is wrong.
        DropoffError: see its kinds.
    """
    return _table(["query", "--format", "arrow", *_as_of(as_of), "--", sql], config)


def report(
    name: str,
    *,
    config: StrPath = "dropoff.toml",
    params: Mapping[str, object] | None = None,
    as_of: str | None = None,
) -> pyarrow.Table:
    """A report as a table, without its total row.

    Args:
        name: name of the report, as ``dropoff report --list`` shows it.
        config: the configuration file.
        params: parameters of the report, such as ``{"since": "2026-03-01"}``.
        as_of: answers as if the logs ended then: a day, or a moment as in RFC 3339.

    Raises:
        UserMistake: there is no such report or parameter, or the configuration is wrong.
        DropoffError: see its kinds.
    """
    given = [f"--param={key}={value}" for key, value in (params or {}).items()]
    return _table(["report", "--format", "arrow", *_as_of(as_of), *given, "--", name], config)


def run(config: StrPath = "dropoff.toml", *, out: StrPath | None = None, as_of: str | None = None) -> None:
    """Ingests new logs, then writes all reports: what the nightly job calls.

    Args:
        config: the configuration file.
        out: where the reports go; ``reports`` beside the configuration where absent.
        as_of: answers as if the logs ended then: a day, or a moment as in RFC 3339.

    Raises:
        DropoffError: see its kinds.
    """
    _bytes(["run", *_as_of(as_of), *([] if out is None else ["--out", os.fspath(out)])], config)


def _as_of(as_of: str | None) -> list[str]:
    return [] if as_of is None else ["--as-of", as_of]


def _table(arguments: Sequence[str], config: StrPath) -> pyarrow.Table:
    try:
        import pyarrow.ipc
    except ImportError as error:
        raise ImportError("answers are Arrow tables: pip install 'dropoff[arrow]'") from error
    return pyarrow.ipc.open_stream(_bytes(arguments, config)).read_all()


def _bytes(arguments: Sequence[str], config: StrPath) -> bytes:
    """What the program writes to stdout. Its words come as warnings, or, where it fails, as an exception."""
    ended = subprocess.run([program(), "--config", os.fspath(config), *arguments], capture_output=True)
    words = ended.stderr.decode(errors="replace").strip()
    if ended.returncode != 0:
        raise _ERRORS.get(ended.returncode, DropoffBug)(words)
    for line in words.splitlines():
        if line.startswith("warning: "):
            # At the call in the user's code: above `_table` and the function that they called.
            warnings.warn(line.removeprefix("warning: "), DropoffWarning, stacklevel=4)
    return ended.stdout
