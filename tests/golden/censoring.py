"""What lifelines says of open journeys: golden values for the report `censoring_aware_rate`.

    pip install lifelines==0.30.3
    python censoring.py     writes a log drawn by chance and its rates, both read by tests/it/over_time.rs

Journeys are rebuilt by docs/examples/rules.py, which knows nothing of the program. Durations are seconds from the
first contact at a point to the moment at which the journey counts as dropped there, or else to the end of the log.
lifelines takes events before censorings of the same moment, and makes Greenwood's interval on the scale of log(-log).
"""

import csv
import json
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from lifelines import KaplanMeierFitter

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parents[1] / "docs" / "examples"))

from rules import journeys  # noqa: E402

START, DAYS, CLIENTS = datetime(2026, 3, 1), 45, 240
GAP, VISIT_GAP = timedelta(days=6), timedelta(minutes=30)
GOALS, WITHDRAWALS = ("paid",), ("cancelled",)
POINTS = [("web", "basket"), ("web", "address"), ("phone", "hotline")]
AT_RISK = 10


def draw(rng):
    """Contacts of clients who come at any time, and go on within the gap, or do not."""
    contacts = []
    for client in range(CLIENTS):
        at = START + timedelta(minutes=rng.randrange(DAYS * 24 * 60))
        while at < START + timedelta(days=DAYS):
            channel, step = rng.choices(POINTS, (5, 3, 2))[0]
            contacts.append((f"c{client}", at, channel, step))
            fate = rng.random()
            if fate < 0.3:
                break
            at += timedelta(minutes=rng.randrange(10, 5 * 24 * 60))
            if fate < 0.55 and at < START + timedelta(days=DAYS):
                contacts.append((f"c{client}", at, "web", "paid" if fate < 0.45 else "cancelled"))
                break
    return sorted(contacts, key=lambda contact: contact[1])


def rates(contacts):
    """The rows of the report, by channel and step."""
    horizon = max(contact.start for contact in contacts)
    followed = {}
    for journey in journeys(contacts, GAP, VISIT_GAP, GOALS, (), WITHDRAWALS):
        mark = next((contact for contact in journey.contacts if contact.step in WITHDRAWALS), None)
        closed = mark.start if mark else journey.end + GAP
        reached = {}
        for contact in journey.contacts:
            if contact is mark and reached:
                break
            reached.setdefault((contact.channel, contact.step), contact.start)
        for point, start in reached.items():
            is_event = journey.point is not None and (journey.point.channel, journey.point.step) == point
            seconds = ((closed if is_event else horizon) - start) // timedelta(seconds=1)
            followed.setdefault(point, []).append((seconds, is_event, journey.status == "open"))
    return [rate(point, rows) for point, rows in sorted(followed.items()) if any(row[1] for row in rows)]


def rate(point, rows):
    times, events, is_open = zip(*rows)
    last = max(time for time in times if sum(other >= time for other in times) >= AT_RISK)
    fitted = KaplanMeierFitter().fit(times, events)
    staying = float(fitted.survival_function_at_times(last).iloc[0])
    bounds = fitted.confidence_interval_survival_function_
    low, high = bounds[bounds.index <= last].iloc[-1]
    return {
        "channel": point[0],
        "step": point[1],
        "reached": len(rows),
        "open": sum(is_open),
        "drops": sum(events),
        "followed_seconds": last,
        "rate": 1 - staying,
        "low": 1 - float(high),
        "high": 1 - float(low),
    }


def main():
    drawn = draw(random.Random(1958))
    with open(HERE / "censoring.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["client", "time", "channel", "step"])
        writer.writerows((client, at.strftime("%Y-%m-%d %H:%M"), channel, step) for client, at, channel, step in drawn)
    contacts = [
        SimpleNamespace(client=client, case=None, start=at, end=None, channel=channel, step=step, direction=None)
        for client, at, channel, step in drawn
    ]
    text = json.dumps(rates(contacts), indent=1)
    (HERE / "censoring.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
