"""A figure of a log: its SQL, the rows counted from the raw file, the rows published, and how they are written out.

In: raw logs. Out: text for the reader, or a test file. Fails with `FileNotFoundError` where a log is absent.
"""

import csv
import gzip
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


class Figures:
    """The figures of one log: each with its SQL, the rows counted here, and the rows published, where there are any."""

    def __init__(self, log):
        self.log = log
        self.figures = []

    def add(self, title, types, sql, rows, published=None):
        """`rows`: tuples of text and whole numbers; `published`: those among them that are printed elsewhere."""
        rows = sorted(tuple(str(value) for value in row) for row in rows)
        if published is not None:
            published = sorted(tuple(str(value) for value in row) for row in published)
        self.figures.append(SimpleNamespace(title=title, types=types, sql=sql.strip(), rows=rows, published=published))

    def differing(self, figure):
        """The published rows that the raw file does not bear out."""
        return [row for row in figure.published or [] if row not in figure.rows]

    def slt(self):
        """The figures as a test file in the sqllogictest format, rows sorted as its `rowsort` sorts them."""
        parts = [
            f"# Figures of the log `{self.log}`, over a store made from docs/examples/{self.log}/dropoff.toml.\n"
            "# Written by docs/examples/figures.py, which counts them from the raw file; do not edit by hand.\n"
        ]
        for figure in self.figures:
            comment = f"# {figure.title}"
            for row in self.differing(figure):
                comment += f"\n# (published with the log as {' '.join(row)}; the raw file says otherwise)"
            rows = "\n".join(" ".join(row) for row in figure.rows)
            parts.append(f"{comment}\nquery {figure.types} rowsort\n{figure.sql}\n----\n{rows}\n")
        return "\n".join(parts)

    def show(self):
        """Prints every figure, and how it compares with the published one."""
        print(f"== {self.log}")
        for figure in self.figures:
            differing = self.differing(figure)
            if figure.published is None:
                verdict = ""
            elif differing:
                verdict = "  DIFFERS from the published " + "; ".join(" ".join(row) for row in differing)
            else:
                verdict = "  agrees with the published figures"
            print(f"\n{figure.title}{verdict}")
            for row in figure.rows:
                print("   ", "  ".join(row))
        print()


def read(file, delimiter=","):
    with gzip.open(DATA / file, "rt", encoding="utf-8", newline="") as log:
        return list(csv.DictReader(log, delimiter=delimiter))


def counted(values):
    """Rows of (value, how often)."""
    return [(*key, n) if isinstance(key, tuple) else (key, n) for key, n in Counter(values).items()]


def add_rows(figures, read, kept, skipped=0, without_client=0, published=None):
    """Every row read is accounted for."""
    figures.add(
        "Rows read, kept, skipped, rejected, duplicates; rows kept without a client.",
        "IIIIII",
        'select sum("read"), sum(kept), sum(skipped), sum(rejected), sum(duplicates), sum(without_client) from files',
        [(read, kept, skipped, 0, 0, without_client)],
        published,
    )


def add_journeys(figures, found):
    """The figures that every log has: statuses, drop-off points, exits."""
    status = "select status, count(*) from journeys group by status"
    figures.add("Journeys by status.", "TI", status, counted(journey.status for journey in found))
    figures.add(
        "Contacts that belong to a journey, and journeys.",
        "II",
        'select count(*), sum(case when "position" = 1 then 1 else 0 end) from steps',
        [(sum(len(journey.contacts) for journey in found), len(found))],
    )
    points = counted((journey.point.channel, journey.point.step) for journey in found if journey.point)
    figures.add(
        "Drop-off points, as marked in `steps`.",
        "TTI",
        "select channel, step, count(*) from steps where is_drop_off_point group by channel, step",
        points,
    )
    figures.add(
        "Drop-off points, as named in `journeys`.",
        "TTI",
        """
select drop_channel, drop_step, count(*)
from journeys
where status = 'dropped'
group by drop_channel, drop_step
""",
        points,
    )
    figures.add(
        "Exits by channel, step and kind: moved to another channel, retried on the same one, silent.",
        "TTTI",
        'select channel, step, "exit", count(*) from steps where is_exit group by channel, step, "exit"',
        counted(exit for journey in found for exit in journey.exits),
    )
