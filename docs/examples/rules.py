"""The written rules of journeys, once more and plainly, for logs where all contacts have a case id or none has.

In: contacts with `client`, `case`, `start`, `end`, `channel`, `step`, `direction`, in the order of the file, from one
source and without motives. Out: journeys with `contacts`, `status`, `point` (the drop-off point, or None) and `exits`.
It knows nothing of the program: that is its worth.
"""

from types import SimpleNamespace


def journeys(contacts, gap, visit_gap, goals=(), refusals=(), withdrawals=()):
    """The journeys of all clients, in the order in which they start."""
    horizon = max(contact.start for contact in contacts)
    found, current = [], {}
    for contact in sorted(contacts, key=lambda contact: contact.start):  # stable: ties stay in file order
        if contact.client is None:
            continue
        key = (contact.client, contact.case)
        journey = current.get(key)
        if journey and contact.case is None and (journey.ended or contact.start - journey.end > gap):
            journey = None
        if journey is None:
            if is_company(contact):
                continue
            journey = current[key] = SimpleNamespace(contacts=[], ended=False, end=None)
            found.append(journey)
        journey.contacts.append(contact)
        journey.ended |= contact.step in {*goals, *refusals, *withdrawals}
        if not is_company(contact):
            journey.end = contact.end or contact.start
    for journey in found:
        steps = [contact.step for contact in journey.contacts]
        marks = [place for place, step in enumerate(steps) if step in withdrawals]
        if any(step in goals for step in steps):
            journey.status = "completed"
        elif any(step in refusals for step in steps):
            journey.status = "refused"
        elif marks or journey.end + gap < horizon:
            journey.status = "dropped"
        else:
            journey.status = "open"
        follow(journey, marks, visit_gap, goals)
    return found


def follow(journey, marks, visit_gap, goals):
    """Adds the drop-off point (a contact or None) and the exits (channel, step, kind) of a journey."""
    dropped = journey.status == "dropped"
    counting = journey.contacts[: marks[0]] if dropped and marks else journey.contacts
    counting = [contact for contact in counting if not is_company(contact)] or journey.contacts[marks[0] : marks[0] + 1]
    visits = []
    for contact in counting:
        last = visits[-1][-1] if visits else None
        if last and contact.channel == last.channel and contact.start - (last.end or last.start) < visit_gap:
            visits[-1].append(contact)
        else:
            visits.append([contact])
    journey.point = counting[-1] if dropped else None
    journey.exits = []
    for visit, after in zip(visits, visits[1:]):
        if not any(contact.step in goals for contact in visit):
            kind = "retried" if after[0].channel == visit[-1].channel else "moved"
            journey.exits.append((visit[-1].channel, visit[-1].step, kind))
    if dropped:
        journey.exits.append((journey.point.channel, journey.point.step, "silent"))


def is_company(contact):
    return contact.direction in ("outbound", "system")
