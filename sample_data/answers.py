"""The known answers of the sample project: who dropped off where, and why, worked out the slow and obvious way.

In: the logs (through `read_logs.py`). Out: `answers/files.csv`, `journeys.csv`, `points.csv` and `horizon.txt`.
The rules are those of dropoff and of `dropoff.toml`, written again by hand, one after another, without any cleverness,
so that the two can check each other. Needs Python 3.11 and its standard library.

    python3 answers.py
"""

import csv
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from read_logs import Contact, read_all

ANSWERS = Path(__file__).parent / "answers"
SOURCES = ["web", "phone", "agency"]

GAP = timedelta(days=4)
GAP_BY_MOTIVE = {"claim": timedelta(days=10)}
VISIT_GAP = timedelta(minutes=30)
GOALS = {"order_confirmed", "breakdown_solved", "claim_settled", "invoice_explained", "cancellation_done",
         "stays_with_new_offer"}
REFUSALS = {"credit_refused", "claim_rejected"}
WITHDRAWALS = {"order_withdrawn"}

# (family, code, condition on a contact's measures `m` and a `Step`), first in priority first.
RULES = [
    ("organisational", "promise_not_kept", lambda m, step: step.promise_broken),
    ("commercial", "price_too_high", lambda m, step: m.get("offer") == "too_expensive"),
    ("commercial", "offer_does_not_fit", lambda m, step: m.get("offer") == "no_fit"),
    ("technical", "error_shown", lambda m, step: m.get("error_code") is not None),
    ("technical", "slow_page", lambda m, step: step.contact.channel == "web" and (m.get("load_seconds") or 0) > 4),
    ("technical", "line_dropped", lambda m, step: bool(m.get("line_dropped"))),
    ("ergonomic", "form_errors", lambda m, step: (m.get("form_errors") or 0) >= 2),
    ("ergonomic", "lost_in_menus", lambda m, step: step.contact.step == "menu_main" and step.times_at_step >= 3),
    ("relational", "long_wait", lambda m, step: step.contact.step == "queue" and (m.get("wait_seconds") or 0) >= 240),
    ("relational", "told_again", lambda m, step: step.contact.agent is not None and step.agents_so_far >= 3),
    ("relational", "too_many_reminders", lambda m, step: step.reminders_so_far >= 3),
    ("relational", "too_many_questions", lambda m, step: (m.get("questions") or 0) >= 6),
    ("organisational", "agency_full", lambda m, step: m.get("agency_state") == "full"),
]


def is_goal(contact):
    return contact.step in GOALS or (contact.step == "signed" and contact.channel == "agency")


def ends(contact):
    return is_goal(contact) or contact.step in REFUSALS or contact.step in WITHDRAWALS


@dataclass
class Step:
    """A contact in its journey."""
    contact: Contact
    visit: int | None = None
    exit: str | None = None
    times_at_step: int = 0
    agents_so_far: int = 0
    reminders_so_far: int = 0
    promise_broken: bool = False
    signals: list = field(default_factory=list)


@dataclass
class Journey:
    client: str
    motive: str | None
    steps: list = field(default_factory=list)
    ended: bool = False
    status: str | None = None
    visits: int = 0
    point: Step | None = None
    cause: tuple | None = None

    def contacts(self):
        return [step.contact for step in self.steps]

    def client_contacts(self):
        return [contact for contact in self.contacts() if not contact.by_company]

    def gap(self):
        return GAP_BY_MOTIVE.get(self.motive, GAP)

    def open_at(self, moment):
        return not self.ended and moment - self.client_contacts()[-1].end <= self.gap()

    def add(self, contact):
        self.steps.append(Step(contact))
        self.ended = self.ended or ends(contact)

    def ended_at(self):
        last = self.client_contacts()[-1].end
        return self.contacts()[-1].end if self.contacts()[-1].by_company and ends(self.contacts()[-1]) else last


# --- which journey a contact belongs to ---

def journeys_of(client, contacts):
    """The journeys of one client, from the client's contacts in order."""
    journeys, latest = [], []  # `latest`: the journeys, the one with the latest client contact last
    for contact in contacts:
        candidates = [journey for journey in reversed(latest) if journey.open_at(contact.started_at)]
        if contact.motive is not None:
            same = [journey for journey in candidates if journey.motive == contact.motive]
            without = [journey for journey in candidates if journey.motive is None]
            candidates = same or without
        journey = candidates[0] if candidates else None
        if contact.by_company:
            if journey is not None:
                journey.add(contact)
            continue
        if journey is None:
            journey = Journey(client, contact.motive)
            journeys.append(journey)
        else:
            latest.remove(journey)
        latest.append(journey)
        journey.motive = journey.motive or contact.motive
        journey.add(contact)
    return journeys


# --- how a journey went ---

def judge(journey, horizon):
    """Status, visits, exits, drop-off point, signals and cause."""
    contacts = journey.contacts()
    if any(is_goal(contact) for contact in contacts):
        journey.status = "completed"
    elif any(contact.step in REFUSALS for contact in contacts):
        journey.status = "refused"
    elif any(contact.step in WITHDRAWALS for contact in contacts):
        journey.status = "dropped"
    elif journey.client_contacts()[-1].end + journey.gap() >= horizon:
        journey.status = "open"
    else:
        journey.status = "dropped"
    in_visits = steps_in_visits(journey)
    number_visits(journey, in_visits)
    mark_exits(journey, in_visits)
    look_around(journey, horizon)
    if journey.status == "dropped":
        journey.point = in_visits[-1]
        journey.cause = primary_cause(journey)


def steps_in_visits(journey):
    """The client's contacts; in a dropped journey only those before a withdrawal, if there are any."""
    steps = [step for step in journey.steps if not step.contact.by_company]
    if journey.status == "dropped":
        places = [place for place, step in enumerate(steps) if step.contact.step in WITHDRAWALS]
        if places:
            return steps[:places[0]] or steps[:1]
    return steps


def number_visits(journey, steps):
    before = None
    for step in steps:
        contact = step.contact
        if before is None or contact.channel != before.channel or contact.started_at - before.end >= VISIT_GAP:
            journey.visits += 1
        step.visit, before = journey.visits, contact


def mark_exits(journey, steps):
    for number in range(1, journey.visits + 1):
        visit = [step for step in steps if step.visit == number]
        if number == journey.visits:
            if journey.status == "dropped":
                visit[-1].exit = "silent"
        elif not any(is_goal(step.contact) for step in visit):
            following = next(step for step in steps if step.visit == number + 1)
            moved = following.contact.channel != visit[-1].contact.channel
            visit[-1].exit = "moved" if moved else "retried"


def look_around(journey, horizon):
    """What the rules may ask about a contact's place in its journey; then the rules."""
    for place, step in enumerate(journey.steps):
        contact, so_far = step.contact, journey.contacts()[:place + 1]
        step.times_at_step = sum((one.channel, one.step) == (contact.channel, contact.step) for one in so_far)
        step.agents_so_far = len({one.agent for one in so_far if one.agent is not None})
        step.reminders_so_far = sum(one.direction == "outbound" for one in so_far)
        if contact.promised_by is not None and contact.promised_by < horizon:
            step.promise_broken = not any(
                other.direction == "outbound" and contact.started_at < other.started_at <= contact.promised_by
                for other in journey.contacts()
            )
        step.signals = [bit for bit, (_, _, when) in enumerate(RULES) if when(contact.measures, step)]


def primary_cause(journey):
    """Of the drop-off point; else of its visit; else unexplained."""
    if journey.point.signals:
        return RULES[min(journey.point.signals)][:2]
    of_visit = [bit for step in journey.steps if step.visit == journey.point.visit for bit in step.signals]
    return RULES[min(of_visit)][:2] if of_visit else ("unexplained", "unexplained")


# --- the answers ---

def iso(moment: datetime):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def journey_row(journey):
    dropped = journey.point is not None
    return {
        "client": journey.client, "motive": journey.motive, "started_at": iso(journey.contacts()[0].started_at),
        "ended_at": iso(journey.ended_at()), "status": journey.status, "contacts": len(journey.steps),
        "visits": journey.visits,
        "drop_channel": journey.point.contact.channel if dropped else None,
        "drop_step": journey.point.contact.step if dropped else None,
        "family": journey.cause[0] if dropped else None, "cause": journey.cause[1] if dropped else None,
    }


def point_rows(journeys):
    reached, exits = Counter(), Counter()
    for journey in journeys:
        reached.update({(step.contact.channel, step.contact.step) for step in journey.steps})
        exits.update((step.contact.channel, step.contact.step, step.exit) for step in journey.steps if step.exit)
    drops = Counter((one.point.contact.channel, one.point.contact.step) for one in journeys if one.point)
    return [
        {"channel": channel, "step": step, "reached": reached[channel, step], "drops": drops[channel, step],
         **{name: exits[channel, step, name] for name in ("moved", "retried", "silent")}}
        for channel, step in sorted(reached)
    ]


def write(name, rows):
    with open(ANSWERS / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main():
    contacts, accounts = read_all()
    horizon = min(max(one.started_at for one in contacts if one.source == source) for source in SOURCES)
    # What all sources say is known up to the horizon only: what came after it is in no journey yet.
    contacts = [one for one in contacts if one.started_at <= horizon]
    contacts.sort(key=lambda one: (one.started_at, SOURCES.index(one.source), one.row))
    journeys = []
    for client in sorted({one.client for one in contacts if one.client is not None}):
        journeys += journeys_of(client, [one for one in contacts if one.client == client])
    for journey in journeys:
        judge(journey, horizon)
    ANSWERS.mkdir(exist_ok=True)
    write("files.csv", [asdict(account) for account in accounts])
    rows = [journey_row(journey) for journey in journeys]
    write("journeys.csv", sorted(rows, key=lambda row: (row["client"], row["started_at"], row["motive"] or "")))
    write("points.csv", point_rows(journeys))
    (ANSWERS / "horizon.txt").write_text(iso(horizon) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
