"""Who does which task: dropoff, and every form of every peer."""

import csv
import io
import json
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import measure
from work import CHANNELS, REPORT

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Task:
    key: str
    title: str
    reads: list
    """Files and folders, relative to the log's folder."""
    peers: dict
    """name → what it does"""
    ours: str | None
    """What dropoff does, if it takes part."""


LOGS = [f"{channel}.csv" for channel in CHANNELS]
TASKS = [
    Task(
        "store",
        "Report from the store, from the peer's own sorted table",
        ["store", "duckdb", "clickhouse", "polars"],
        {
            "duckdb-store": "database file; streaming windows",
            "duckdb-store-bits": "the same; at most 63 points",
            "clickhouse-store": "MergeTree; arrays",
            "clickhouse-store-windows": "MergeTree; windows",
            "polars-store": "Arrow IPC; row before, streaming engine",
            "polars-store-bits": "the same; at most 64 points",
        },
        "`dropoff report`",
    ),
    Task(
        "raw",
        "Report from one raw Parquet file in time order (peers only)",
        ["contacts.parquet"],
        {"duckdb-raw": "sort, windows", "clickhouse-raw": "arrays", "polars-raw": "sort, row before"},
        None,
    ),
    Task(
        "ingest",
        "CSV logs into the store, into a sorted table of the peer's own",
        LOGS,
        {"duckdb-ingest": "Parquet", "clickhouse-ingest": "MergeTree, unmerged parts", "polars-ingest": "Parquet"},
        "`dropoff ingest`",
    ),
    Task(
        "csv",
        "CSV logs to report in one go",
        LOGS,
        {"duckdb-csv": "sort, windows", "clickhouse-csv": "arrays", "polars-csv": "sort, row before"},
        "`dropoff ingest`, `dropoff report`",
    ),
]


class Peer:
    """One form of one peer."""

    def __init__(self, name, folder):
        tool, self.form = name.split("-", 1)
        self.script, self.folder = HERE / f"{tool}_peer.py", folder

    def run(self, form=None):
        """(run, answer)"""
        command = [sys.executable, "-B", self.script, form or self.form, self.folder]
        run = measure.run(command, self.folder)
        told = json.loads(run.output)
        return replace(run, seconds=told["seconds"]), sorted(tuple(row) for row in told["rows"])


class Dropoff:
    """The program itself, on the log in `folder` that ends at `latest`."""

    def __init__(self, program, folder, latest):
        self.program, self.folder, self.latest = program, folder, latest

    def run(self, task):
        """(run, answer) of one task"""
        return {"store": self.store, "ingest": self.ingest, "csv": self.csv}[task]()

    def prepare(self):
        self._ingest("store")

    def store(self, name="store"):
        words = ["--config", f"{name}.toml", "report", REPORT, "--format", "csv", "--as-of", self.latest]
        run = self._call(words)
        return run, answer(run.output)

    def ingest(self):
        run = self._ingest("fresh")
        question = "select count(*) as contacts from contacts"
        count = self._call(["--config", "fresh.toml", "query", question, "--format", "csv"])
        return run, [(int(count.output.split()[1]),)]

    def csv(self):
        run = self._ingest("fresh")
        report, rows = self.store("fresh")
        return run.then(report), rows

    def _ingest(self, name):
        """Into a new store."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / f"{name}.key").unlink(missing_ok=True)
        return self._call(["--config", f"{name}.toml", "ingest"])

    def _call(self, words):
        return measure.run([self.program, *words], self.folder)


def answer(text):
    """Sorted rows of a report in CSV: channel, step, cause, drops, reached."""
    rows = csv.DictReader(io.StringIO(text))
    return sorted(
        (row["channel"], row["step"], f"{row['family']}.{row['cause']}", int(row["drops"]), int(row["reached"]))
        for row in rows
    )
