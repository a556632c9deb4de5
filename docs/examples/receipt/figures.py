"""The figures of the permit applications, counted from the raw file."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from counting import Figures, add_journeys, add_rows, counted, read
from rules import journeys


PERMIT_CHANNEL = {"Internet": "web", "Desk": "agency", "Post": "letter", "e-mail": "email", "Intern": "internal"}


def figures_of_log():
    figures = Figures("receipt")
    rows = read("receipt.csv.gz")
    contacts = [
        SimpleNamespace(
            client=row["case:concept:name"],
            case=row["case:concept:name"],
            start=datetime.fromisoformat(row["time:timestamp"]),
            end=None,
            channel=PERMIT_CHANNEL[row["case:channel"]],
            step=row["concept:name"],
            direction=None,
        )
        for row in rows
    ]
    cases = {contact.case: contact.channel for contact in contacts}
    reached = {contact.case for contact in contacts if contact.step.startswith("T10 ")}
    goals = sorted({contact.step for contact in contacts if contact.step.startswith("T10 ")})

    add_rows(figures, len(rows), len(rows), published=[(8577, 8577, 0, 0, 0, 0)])
    figures.add(
        "Contacts by step.",
        "TI",
        "select step, count(*) from contacts group by step",
        counted(contact.step for contact in contacts),
    )
    figures.add(
        "Cases by channel.",
        "TI",
        "select channel, count(distinct case_id) from contacts group by channel",
        counted(cases.values()),
        [("web", 1250), ("agency", 109), ("letter", 53), ("email", 21), ("internal", 1)],
    )
    by_channel = []
    for channel, n in counted(cases.values()):
        there = sum(cases[case] == channel for case in reached)
        by_channel.append((channel, n, there, round(1000 * there / n)))
    figures.add(
        "Cases by channel: all, those that reach T10, and their share in thousandths (published: 89.3% and 89.0%).",
        "TIII",
        """
select channel, count(*), sum(reached), cast(round(1000.0 * sum(reached) / count(*)) as bigint)
from (
    select case_id, channel, max(case when step like 'T10 %' then 1 else 0 end) as reached
    from steps
    group by case_id, channel
)
group by channel
""",
        by_channel,
        [("web", 1250, 1116, 893), ("agency", 109, 97, 890)],
    )
    found = journeys(contacts, timedelta(days=30), timedelta(minutes=30), goals)
    figures.add(
        "Journeys by channel and status.",
        "TTI",
        "select first_channel, status, count(*) from journeys group by first_channel, status",
        counted((journey.contacts[0].channel, journey.status) for journey in found),
    )
    add_journeys(figures, found)
    return figures
