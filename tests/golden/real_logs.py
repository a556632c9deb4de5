"""What statsmodels says of causes in two real logs: golden values for the report `evidence`.

    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 PythonMeta==1.26
    python real_logs.py     writes real_logs.json, read by tests/it/evidence/real_logs.rs

Journeys are rebuilt from the raw files by docs/examples/rules.py, the signals counted by plain loops, and the counts
given to `stratified` of statistics.py, which says where each value comes from. Fails where a log is absent.
"""

import json
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "docs" / "examples")]

from bpic2012.figures import LOAN_CHANNEL, loan_direction  # noqa: E402
from counting import read  # noqa: E402
from rules import is_company, journeys  # noqa: E402
from statistics import stratified  # noqa: E402
from technion.figures import clock  # noqa: E402


# How long before the end of the log a contact must lie for what became of it to be known.
MATURE_AFTER = {"bpic2012": timedelta(days=45), "technion": timedelta(days=2)}


def passages(found, has_signal, mature_before, withdrawals=()):
    """Client contacts of journeys that are not open, up to a withdrawal, before a moment: strata (a, b, c, d) by point."""
    strata = defaultdict(lambda: [0, 0, 0, 0])
    for journey in found:
        if journey.status == "open":
            continue
        before = None
        for contact in journey.contacts:
            if journey.status == "dropped" and contact.step in withdrawals:
                break
            if not is_company(contact) and contact.start < mature_before:
                cell = 2 * (not has_signal(contact, before)) + (contact is not journey.point)
                strata[contact.channel, contact.step][cell] += 1
            before = contact
    return strata.values()


def loans():
    """More than a week of silence, and only then the call."""
    rows = read("bpic2012.csv.gz")
    contacts = [
        SimpleNamespace(
            client=row["case:concept:name"],
            case=row["case:concept:name"],
            start=datetime.fromisoformat(row["time:timestamp"]),
            end=None,
            channel=LOAN_CHANNEL.get(row["concept:name"], "back_office"),
            step=row["concept:name"],
            direction=loan_direction(row),
        )
        for row in rows
    ]
    ends = (["A_APPROVED"], ["A_DECLINED"], ["A_CANCELLED"])
    found = journeys(contacts, timedelta(days=30), timedelta(minutes=30), *ends)
    week = timedelta(days=7)
    is_late = lambda call, before: call.channel == "phone" and before is not None and call.start - before.start > week
    return passages(found, is_late, latest(contacts) - MATURE_AFTER["bpic2012"], ends[2])


def calls():
    """More than a minute in the queue."""
    rows = [row for row in read("technion_february.tsv.gz", "\t") if row["outcome"] != "PHANTOM"]
    contacts = []
    for row in rows:
        start = datetime.strptime(row["date"], "%y%m%d") + clock(row["vru_entry"])
        queued, served = int(row["q_time"]) > 0, row["outcome"] == "AGENT"
        contacts.append(
            SimpleNamespace(
                client=None if row["customer_id"] == "0" else row["customer_id"],
                case=None,
                start=start,
                end=start + timedelta(seconds=sum(int(row[part]) for part in ("vru_time", "q_time", "ser_time"))),
                channel="phone",
                step="agent" if served else "hung_up_in_queue" if queued else "hung_up_in_menu",
                direction="inbound",
                wait=int(row["q_time"]),
            )
        )
    found = journeys(contacts, timedelta(days=1), timedelta(seconds=1), ["agent"])
    return passages(found, lambda call, _: call.wait > 60, latest(contacts) - MATURE_AFTER["technion"])


def latest(contacts):
    """One source: the log is complete up to its latest contact."""
    return max(contact.start for contact in contacts)


def case(log, cause, strata):
    """Points where passages can be compared, and what independent libraries say of them."""
    told = [(a, b, c, d) for a, b, c, d in strata if a + b and c + d >= 5 and a + c and b + d]
    a, b, c, d = (sum(column) for column in zip(*told))
    found = stratified(told)
    return {
        "log": log,
        "cause": cause,
        "mature_after_days": MATURE_AFTER[log].days,
        "exposed": a + b,
        "exposed_dropped": a,
        "unexposed": c + d,
        "unexposed_dropped": c,
        "risk_ratio": found["ratio"],
        "low": found["low"],
        "high": found["high"],
        "p_value": found["p_value"],
        "homogeneity_p": found["score_p"],
        "attributable": found["attributable"],
        "attributable_low": found["attributable_low"],
        "attributable_high": found["attributable_high"],
    }


if __name__ == "__main__":
    cases = [case("bpic2012", "slow_follow_up", loans()), case("technion", "long_wait", calls())]
    (HERE / "real_logs.json").write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")
