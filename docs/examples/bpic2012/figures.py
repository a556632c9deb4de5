"""The figures of the loan applications, counted from the raw file."""

from collections import defaultdict
from datetime import datetime, timedelta
from types import SimpleNamespace

from counting import Figures, add_journeys, add_rows, counted, read
from rules import journeys


LOAN_CHANNEL = {
    "A_SUBMITTED": "web",
    "A_PARTLYSUBMITTED": "web",
    "W_Nabellen offertes": "phone",
    "W_Nabellen incomplete dossiers": "phone",
    "W_Afhandelen leads": "phone",
    "O_SENT": "letter",
    "O_SENT_BACK": "letter",
}


def loan_direction(row):
    step = row["concept:name"]
    if row["lifecycle:transition"] == "SCHEDULE":
        return "system"
    if step in ("A_SUBMITTED", "A_PARTLYSUBMITTED", "O_SENT_BACK"):
        return "inbound"
    if step == "O_SENT":
        return "outbound"
    return None if LOAN_CHANNEL.get(step) == "phone" else "system"


def figures_of_log():
    figures = Figures("bpic2012")
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
    cases = defaultdict(list)
    for contact in sorted(contacts, key=lambda contact: contact.start):
        cases[contact.case].append(contact)
    reached = {case: {contact.step for contact in steps} for case, steps in cases.items()}
    cancelled = {case for case, steps in reached.items() if "A_CANCELLED" in steps}

    add_rows(figures, len(rows), len(rows), published=[(262200, 262200, 0, 0, 0, 0)])
    figures.add(
        "Contacts by step.",
        "TI",
        "select step, count(*) from contacts group by step",
        counted(contact.step for contact in contacts),
    )
    figures.add(
        "Contacts by channel and direction.",
        "TTI",
        "select channel, coalesce(direction, 'none'), count(*) from contacts group by channel, direction",
        counted((contact.channel, contact.direction or "none") for contact in contacts),
    )
    outcomes = ("A_APPROVED", "A_DECLINED", "A_CANCELLED")
    figures.add(
        "Cases approved, declined, cancelled, with none of the three.",
        "IIII",
        """
select
    sum(approved),
    sum(declined),
    sum(cancelled),
    sum(case when approved + declined + cancelled = 0 then 1 else 0 end)
from (
    select
        case_id,
        max(case when step = 'A_APPROVED' then 1 else 0 end) as approved,
        max(case when step = 'A_DECLINED' then 1 else 0 end) as declined,
        max(case when step = 'A_CANCELLED' then 1 else 0 end) as cancelled
    from contacts
    group by case_id
)
""",
        [
            (
                *(sum(outcome in steps for steps in reached.values()) for outcome in outcomes),
                sum(steps.isdisjoint(outcomes) for steps in reached.values()),
            )
        ],
        [(2246, 7635, 2807, 399)],
    )
    points = ["A_SUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "O_SENT", "O_SENT_BACK", "A_APPROVED"]
    listed = ", ".join(f"'{point}'" for point in points)
    figures.add(
        "Journeys that reached a step.",
        "TI",
        f"""
select step, sum(case when first_at_point then 1 else 0 end)
from steps
where step in ({listed})
group by step
""",
        [(point, sum(point in steps for steps in reached.values())) for point in points],
        zip(points, (13087, 7367, 5113, 5015, 3254, 2246)),
    )
    figures.add(
        "Cancelled among the journeys that reached a step.",
        "TI",
        f"""
select s.step, count(*)
from steps s
join (select distinct case_id from steps where step = 'A_CANCELLED') c on s.case_id = c.case_id
where s.first_at_point
  and s.step in ({listed})
group by s.step
""",
        [(point, n) for point in points if (n := sum(point in reached[case] for case in cancelled))],
        [("A_PREACCEPTED", 2806), ("A_ACCEPTED", 1706), ("O_SENT", 1640), ("O_SENT_BACK", 158)],
    )
    last_calls = []
    for case in cancelled:
        before = []
        for contact in cases[case]:
            if contact.step == "A_CANCELLED":
                break
            before.append(contact)
        last_calls.append(next((c.step for c in reversed(before) if c.channel == "phone"), "none"))
    figures.add(
        "Last step on the phone before A_CANCELLED.",
        "TI",
        """
with
cancelled as (
    select case_id, min("position") as cancelled_at
    from steps
    where step = 'A_CANCELLED'
    group by case_id
),
last_calls as (
    select s.case_id, max(s."position") as called_at
    from steps s
    join cancelled c on s.case_id = c.case_id
    where s.channel = 'phone' and s."position" < c.cancelled_at
    group by s.case_id
),
final as (
    select coalesce(s.step, 'none') as step
    from cancelled c
    left join last_calls l on c.case_id = l.case_id
    left join steps s on l.case_id = s.case_id and l.called_at = s."position"
)
select step, count(*) from final group by step
""",
        counted(last_calls),
        [
            ("W_Nabellen offertes", 1500),
            ("W_Afhandelen leads", 397),
            ("W_Nabellen incomplete dossiers", 140),
            ("none", 770),
        ],
    )
    figures.add(
        "Euros asked for, over all approved applications.",
        "I",
        "select sum(amount) from steps where step = 'A_APPROVED'",
        [(sum(int(row["case:AMOUNT_REQ"]) for row in rows if row["concept:name"] == "A_APPROVED"),)],
    )
    add_journeys(
        figures,
        journeys(
            contacts, timedelta(days=30), timedelta(minutes=30), ["A_APPROVED"], ["A_DECLINED"], ["A_CANCELLED"]
        ),
    )
    return figures
