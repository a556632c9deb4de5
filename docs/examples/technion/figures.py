"""The figures of the call centre, counted from the raw file."""

from collections import defaultdict
from datetime import datetime, timedelta
from types import SimpleNamespace

from counting import Figures, add_journeys, add_rows, counted, read
from rules import journeys


def figures_of_log():
    figures = Figures("technion")
    everything = read("technion_february.tsv.gz", "\t")
    rows = [row for row in everything if row["outcome"] != "PHANTOM"]
    contacts = []
    for row in rows:
        start = datetime.strptime(row["date"], "%y%m%d") + clock(row["vru_entry"])
        queued, served = int(row["q_time"]) > 0, row["outcome"] == "AGENT"
        contacts.append(
            SimpleNamespace(
                client=None if row["customer_id"] == "0" else row["customer_id"],
                case=None,
                start=start,  # local: February has no change of clock
                end=start + timedelta(seconds=sum(int(row[part]) for part in ("vru_time", "q_time", "ser_time"))),
                channel="phone",
                step="agent" if served else "hung_up_in_queue" if queued else "hung_up_in_menu",
                direction="inbound",
                row=row,
            )
        )
    known = [contact for contact in contacts if contact.client is not None]
    queued = [contact for contact in contacts if int(contact.row["q_time"]) > 0]

    add_rows(
        figures,
        len(everything),
        len(rows),
        skipped=len(everything) - len(rows),
        without_client=len(contacts) - len(known),
        published=[(33344, 33066, 278, 0, 0, 19502)],
    )
    figures.add(
        "Calls by what became of them.",
        "TI",
        "select step, count(*) from contacts group by step",
        counted(contact.step for contact in contacts),
        [("agent", 27162), ("hung_up_in_queue", 3932), ("hung_up_in_menu", 1972)],
    )
    figures.add(
        "Calls that queued, and hung up in the queue, in all and in ten-thousandths.",
        "III",
        """
select queued, hung_up, cast(round(10000.0 * hung_up / queued) as bigint)
from (
    select count(*) as queued, sum(case when step = 'hung_up_in_queue' then 1 else 0 end) as hung_up
    from contacts
    where q_time > 0
)
""",
        [share(queued)],
        [(18028, 3932, 2181)],
    )
    for measure, published in (
        (
            "type",
            [
                ("PS", 11261, 1667),
                ("NW", 4527, 1950),
                ("NE", 1637, 181),
                ("TT", 311, 56),
                ("IN", 201, 62),
                ("PE", 91, 16),
            ],
        ),
        ("priority", [(0, 5023, 2118), (1, 4238, 911), (2, 8767, 903)]),
    ):
        figures.add(
            f"Calls that queued, and hung up in the queue, by {measure}.",
            "TII" if measure == "type" else "III",
            f"""
select "{measure}", count(*), sum(case when step = 'hung_up_in_queue' then 1 else 0 end)
from contacts
where q_time > 0
group by "{measure}"
""",
            [
                (value, *share([contact for contact in queued if contact.row[measure] == value])[:2])
                for value in {contact.row[measure] for contact in queued}
            ],
            published,
        )
    figures.add(
        "Identified clients and their calls.",
        "II",
        "select count(distinct client), count(*) from contacts where client is not null",
        [(len({contact.client for contact in known}), len(known))],
        [(4021, 13564)],
    )
    figures.add(
        "Hang-ups of identified clients: all, called again within 1 hour, within 24 hours.",
        "III",
        """
select
    count(*),
    sum(case when next_at <= started_at + interval '1 hour' then 1 else 0 end),
    sum(case when next_at <= started_at + interval '24 hours' then 1 else 0 end)
from (
    select step, started_at, lead(started_at) over (partition by client order by started_at, "row") as next_at
    from contacts
    where client is not null
)
where step <> 'agent'
""",
        [repeats(known)],
        [(1839, 885, 1226)],
    )
    figures.add(
        "Dirty rows: served without a start of service; queued with a menu that ends before it begins.",
        "II",
        """
select
    sum(case when step = 'agent' and ser_start = '0:00:00' then 1 else 0 end),
    sum(case when q_time > 0 and vru_time < 0 then 1 else 0 end)
from contacts
""",
        [
            (
                sum(c.step == "agent" and c.row["ser_start"] == "0:00:00" for c in contacts),
                sum(int(c.row["vru_time"]) < 0 for c in queued),
            )
        ],
        [(50, 23)],
    )
    figures.add(
        "Calls whose service crosses midnight, by the clock times of the log.",
        "I",
        """
select count(*)
from contacts
where lpad(cast(ser_exit as varchar), 8, '0') < lpad(cast(ser_start as varchar), 8, '0')
""",
        [(sum(clock(contact.row["ser_exit"]) < clock(contact.row["ser_start"]) for contact in contacts),)],
        [(4,)],
    )
    figures.add(
        "Seconds in the menu, in the queue, with an agent; the same from start to end.",
        "IIII",
        """
select
    sum(vru_time),
    sum(q_time),
    sum(ser_time),
    cast(sum(date_part('epoch', ended_at) - date_part('epoch', started_at)) as bigint)
from contacts
""",
        [
            (
                *(sum(int(row[part]) for row in rows) for part in ("vru_time", "q_time", "ser_time")),
                sum(int((contact.end - contact.start).total_seconds()) for contact in contacts),
            )
        ],
    )
    figures.add(
        "Agents, and calls that name one.",
        "II",
        "select count(distinct agent), count(agent) from contacts",
        [
            (
                len({row["server"] for row in rows} - {"NO_SERVER"}),
                sum(row["server"] != "NO_SERVER" for row in rows),
            )
        ],
    )
    add_journeys(figures, journeys(contacts, timedelta(days=1), timedelta(seconds=1), ["agent"]))
    return figures


def clock(text):
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def share(calls):
    """Calls, hung up in the queue among them, and their share in ten-thousandths."""
    hung_up = sum(call.step == "hung_up_in_queue" for call in calls)
    return len(calls), hung_up, round(10000 * hung_up / len(calls))


def repeats(calls):
    """Hang-ups, and those followed by another call of the client within 1 and 24 hours, from start to start."""
    by_client = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.start):
        by_client[call.client].append(call)
    hang_ups, waits = 0, []
    for of_client in by_client.values():
        hang_ups += sum(call.step != "agent" for call in of_client)
        waits += [after.start - call.start for call, after in zip(of_client, of_client[1:]) if call.step != "agent"]
    return hang_ups, sum(wait <= timedelta(hours=1) for wait in waits), sum(wait <= timedelta(days=1) for wait in waits)
