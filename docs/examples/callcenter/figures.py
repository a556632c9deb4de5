"""The figures of the service desk, counted from the raw file."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from types import SimpleNamespace

from counting import Figures, add_journeys, add_rows, counted, read
from rules import journeys


DESK_CHANNEL = {
    "Inbound Call": "phone",
    "Call Outbound": "phone",
    "Inbound Email": "email",
    "Handle Email": "email",
    "Email Outbound": "email",
    "Handle Case": "back_office",
}
DESK_DIRECTION = {
    "Inbound Call": "inbound",
    "Inbound Email": "inbound",
    "Call Outbound": "outbound",
    "Email Outbound": "outbound",
    "Handle Email": "system",
    "Handle Case": "system",
}


def figures_of_log():
    figures = Figures("callcenter")
    rows = read("callcenter.csv.gz")
    contacts = [
        SimpleNamespace(
            client=row["Customer ID"],
            case=row["case:concept:name"],
            start=datetime.fromisoformat(row["Start Date"]),
            end=datetime.fromisoformat(row["time:timestamp"]),
            channel=DESK_CHANNEL[row["concept:name"]],
            step=row["concept:name"],
            direction=DESK_DIRECTION[row["concept:name"]],
        )
        for row in rows
    ]
    channels, cases, steps = defaultdict(set), defaultdict(set), Counter()
    for contact in contacts:
        channels[contact.client].add(contact.channel)
        cases[contact.client].add(contact.case)
        steps[contact.case] += 1

    add_rows(figures, len(rows), len(rows), published=[(7548, 7548, 0, 0, 0, 0)])
    figures.add(
        "Contacts by step.",
        "TI",
        "select step, count(*) from contacts group by step",
        counted(contact.step for contact in contacts),
        [
            ("Inbound Call", 4361),
            ("Handle Case", 931),
            ("Call Outbound", 661),
            ("Handle Email", 564),
            ("Email Outbound", 544),
            ("Inbound Email", 487),
        ],
    )
    figures.add(
        "Cases and clients.",
        "II",
        "select count(distinct case_id), count(distinct client) from contacts",
        [(len(steps), len(cases))],
        [(3885, 3232)],
    )
    figures.add(
        "Clients by the channels they were ever on: phone, e-mail, clients.",
        "III",
        """
select phone, email, count(*)
from (
    select
        client,
        max(case when channel = 'phone' then 1 else 0 end) as phone,
        max(case when channel = 'email' then 1 else 0 end) as email
    from contacts
    group by client
)
group by phone, email
""",
        counted((int("phone" in used), int("email" in used)) for used in channels.values()),
        [(1, 0, 2661), (0, 1, 323), (1, 1, 234), (0, 0, 14)],
    )
    figures.add(
        "Cases of a single contact.",
        "I",
        "select count(*) from (select case_id from contacts group by case_id having count(*) = 1)",
        [(sum(n == 1 for n in steps.values()),)],
        [(2482,)],
    )
    figures.add(
        "The most cases that one client has: the catch-all `Customer 3`.",
        "I",
        "select max(cases) from (select client, count(distinct case_id) as cases from contacts group by client)",
        [(max(len(of_client) for of_client in cases.values()),)],
        [(571,)],
    )
    figures.add(
        "Seconds spent on contacts, by channel.",
        "TI",
        """
select channel, cast(sum(date_part('epoch', ended_at) - date_part('epoch', started_at)) as bigint)
from contacts
group by channel
""",
        [
            (channel, sum(int((c.end - c.start).total_seconds()) for c in contacts if c.channel == channel))
            for channel in set(DESK_CHANNEL.values())
        ],
    )
    add_journeys(figures, journeys(contacts, timedelta(days=30), timedelta(minutes=30)))
    return figures
