"""Writes the logs of the sample project: `logs/web-2026-03.csv`, `logs/phone.ndjson`, `logs/agency.csv`.

In: nothing but the seed below. Out: the same bytes at every run. Needs Python 3.11 and its standard library.
Who does what is in `story.py` and `motives.py`; here the rows get the shape, and the defects, that real logs have:
three clocks, two encodings, repeated rows, rows without a client, test robots, rows that cannot be read.

    python3 make.py
"""

import csv
import io
import json
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path as FilePath

from motives import MOTIVES
from story import PARIS, Path

SEED = 20260301
CLIENTS = 880
LOGS = FilePath(__file__).parent / "logs"
END = datetime(2026, 4, 1, tzinfo=PARIS).astimezone(timezone.utc)

MOTIVE_SHARES = {"order": 0.52, "breakdown": 0.19, "claim": 0.09, "invoice": 0.12, "cancellation": 0.08}
WEB_MOTIVES = {"order": "Commande", "breakdown": "Panne", "claim": "Réclamation", "invoice": "Facture",
               "cancellation": "Résiliation"}
PHONE_REASONS = {"order": "ORD", "breakdown": "BRK", "claim": "CLM", "invoice": "INV", "cancellation": "CAN"}
WEB_HEADER = ["horodatage", "id_client", "segment", "page", "motif", "temps_s", "code_erreur", "nb_erreurs",
              "champs_erreur", "message", "navigateur"]
AGENCY_HEADER = ["date", "hour", "client", "service", "reason", "site", "adviser", "duration", "result", "questions",
                 "satisfaction"]
BROWSERS = ["Firefox", "Chrome", "Safari", "Edge"]


def main():
    rng = random.Random(SEED)
    logs = {"web": [], "phone": [], "agency": []}
    for number in range(CLIENTS):
        live_one_client(rng, logs, number)
    withdrawals_out_of_the_blue(rng, logs)
    strangers(rng, logs)
    robots(rng, logs)
    for rows in logs.values():
        rows[:] = sorted((row for row in rows if row["at"] < END), key=lambda row: row["at"])
    LOGS.mkdir(exist_ok=True)
    (LOGS / "web-2026-03.csv").write_bytes(web_file(rng, logs["web"]).encode("cp1252"))
    (LOGS / "phone.ndjson").write_bytes(phone_file(rng, logs["phone"]).encode("utf-8"))
    (LOGS / "agency.csv").write_bytes(agency_file(rng, logs["agency"]).encode("utf-8"))


# --- who gets in touch, and when ---

def some_moment(rng):
    """A moment of March; more often by day and in the evening."""
    hours = [1, 1, 1, 0, 0, 1, 3, 8, 20, 30, 32, 30, 26, 22, 22, 24, 26, 30, 44, 48, 42, 20, 10, 4]
    hour = rng.choices(range(24), weights=hours)[0]
    day = rng.randint(1, 31)
    local = datetime(2026, 3, day, hour, rng.randrange(60), rng.randrange(60), tzinfo=PARIS)
    return local.astimezone(timezone.utc)


def live_one_client(rng, logs, number):
    """One matter; for some clients a second one at the same time, or another later in the month."""
    client = f"C{1000 + 7 * number:06}"
    segment = "Société" if rng.random() < 0.18 else "Particulier"
    motive = rng.choices(list(MOTIVE_SHARES), weights=list(MOTIVE_SHARES.values()))[0]
    start = some_moment(rng)
    MOTIVES[motive](Path(rng, logs, client, segment, motive, start))
    if rng.random() < 0.07:
        other = rng.choice([name for name in MOTIVES if name != motive])
        at = start + timedelta(minutes=rng.randint(2, 2000))
        MOTIVES[other](Path(rng, logs, client, segment, other, at))
    if rng.random() < 0.12 and start.day < 16:
        at = start + timedelta(days=rng.randint(11, 15), minutes=rng.randint(0, 600))
        again = rng.choice(list(MOTIVES))
        MOTIVES[again](Path(rng, logs, client, segment, again, at))


def withdrawals_out_of_the_blue(rng, logs):
    """An order of last month, cancelled from a link in an e-mail: the only contact of the month."""
    for number in range(6):
        path = Path(rng, logs, f"C{90000 + number:06}", "Particulier", "order", some_moment(rng))
        path.page("annulation")


def strangers(rng, logs):
    """Contacts that no client id came with: not logged in, number withheld, no card shown."""
    for _ in range(55):
        path = Path(rng, logs, "", "", "", some_moment(rng))
        path.page("accueil")
        if path.chance(0.5):
            path.page("offres")
    for _ in range(14):
        path = Path(rng, logs, None, "", "", some_moment(rng))
        path.until_open("phone")
        path.step("menu", rng.randint(5, 40), name="main", menus=1, result="hangup")
    for _ in range(9):
        path = Path(rng, logs, "", "", "order", some_moment(rng))
        path.visit_agency(full=0)


def robots(rng, logs):
    """Two tests of the web site a day, one of the telephone lines a week; left out by `skip`."""
    for day in range(1, 32):
        for hour in (5, 13):
            at = datetime(2026, 3, day, hour, 30, tzinfo=PARIS).astimezone(timezone.utc)
            path = Path(rng, logs, "TEST-01", "", "order", at)
            path.page("paiement", load=rng.uniform(0.4, 0.9))
            logs["web"][-1]["browser"] = "robot-supervision"
    for week in range(5):
        at = datetime(2026, 3, 2 + 7 * week, 7, tzinfo=PARIS).astimezone(timezone.utc)
        Path(rng, logs, "TEST-01", "", "", at).step("test", 4)


# --- the files ---

def with_repeats(rng, lines, how_many):
    """Some lines twice: a log that was sent again, from the middle."""
    chosen = set(rng.sample(range(len(lines)), how_many))
    return [copy for place, line in enumerate(lines) for copy in ([line, line] if place in chosen else [line])]


def with_spoilt(rng, lines, spoilt):
    """Lines that nobody can read, somewhere among the others."""
    for line in spoilt:
        lines.insert(rng.randrange(len(lines)), line)
    return lines


def csv_line(values, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(values)
    return text.getvalue()


def web_file(rng, rows):
    """`;`, Windows-1252, decimal commas, the clock of Paris on the wall, lines ended as Windows does."""
    lines = []
    for row in rows:
        lines.append(csv_line([
            row["at"].astimezone(PARIS).strftime("%d/%m/%Y %H:%M:%S"), row["client"], row["segment"], row["page"],
            WEB_MOTIVES.get(row["motive"], ""), f"{row['load']:.2f}".replace(".", ","), row["code"],
            len(row["fields"]) or "", ";".join(row["fields"]), row["message"],
            row.get("browser") or rng.choice(BROWSERS),
        ], ";"))
    spoilt = [
        "29/03/2026 02:17:45;C001070;Particulier;offres;Commande;1,20;;;;;Chrome",  # that hour did not exist
        "29/03/2026 02:59:59;C001077;Particulier;panier;Commande;0,95;;;;;Safari",
        "31/02/2026 10:04:11;C001084;Particulier;offres;Commande;1,11;;;;;Edge",
        "2026-03-17 08:30:00;C001091;Particulier;offres;Commande;1,02;;;;;Firefox",
        ";C001098;Particulier;panier;Commande;1,40;;;;;Chrome",
        "12/03/2026 14:22:09;C001105;Société;identification;Commande;1,31;;2;siret;nom;Nom trop long;;Edge",
        "19/03/2026 21:40:55;C001112;Particulier;paiement;Commande;2,02;E402;;;Refus; voir banque;Chrome",
        "24/03/2026 09:12:31;C001119;Particulier;facture;Facture;n/d;;;;;Chrome",
    ]
    lines = with_spoilt(rng, with_repeats(rng, lines, 21), spoilt)
    return "\r\n".join([";".join(WEB_HEADER), *lines, ""])


def phone_time(at, zone):
    if zone is timezone.utc:
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
    return at.astimezone(zone).isoformat(timespec="milliseconds")


def phone_file(rng, rows):
    """One object a line, without what is not known. The menus keep UTC, the agents' desks local time and its offset."""
    lines = []
    for row in rows:
        zone = timezone.utc if row["kind"] in ("menu", "queue", "test") else PARIS
        entry = {
            "ts": phone_time(row["at"], zone), "customer": row["client"], "medium": row.get("medium", "voice"),
            "dir": row.get("direction", "in"), "kind": row["kind"], "name": row.get("name"),
            "reason": PHONE_REASONS.get(row.get("reason")), "dur_s": row["seconds"], "wait_s": row.get("wait_s"),
            "menus": row.get("menus"), "agent": row.get("agent"), "questions": row.get("questions"),
            "result": row.get("result"), "offer": row.get("offer"),
            "promised_by": phone_time(row["promised_by"], PARIS) if row.get("promised_by") else None,
        }
        known = {name: value for name, value in entry.items() if value is not None}
        lines.append(json.dumps(known, ensure_ascii=False, separators=(",", ":")))
    spoilt = [
        '{"ts":"2026-03-12T25:61:00Z","customer":"C001126","medium":"voice","dir":"in",'
        '"kind":"menu","name":"main","dur_s":12,"menus":1}',
        '{"customer":"C001133","medium":"voice","dir":"in","kind":"menu","name":"main","dur_s":9,"menus":1}',
    ]
    return "\n".join([*with_spoilt(rng, with_repeats(rng, lines, 13), spoilt), ""])


def agency_file(rng, rows):
    """Commas, UTF-8, date and hour apart, durations as h:mm:ss."""
    lines = []
    for row in rows:
        local, seconds = row["at"].astimezone(PARIS), row["seconds"]
        score = row.get("score")
        lines.append(csv_line([
            local.strftime("%Y-%m-%d"), local.strftime("%H:%M:%S"), row["client"], row["service"], row["motive"],
            row["site"], row.get("adviser", ""), f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}",
            row.get("result", ""), row.get("questions", ""), "" if score is None else score,
        ], ","))
    spoilt = [
        "2026-03-10,9h30,C001140,reception,order,Gare,,0:05:00,ok,,",
        "2026-03-21,11:15:00,C001147,offers,order,Port,B05,0:12:00,ok,3,4,see note, call back",
    ]
    return "\n".join([",".join(AGENCY_HEADER), *with_spoilt(rng, with_repeats(rng, lines, 6), spoilt), ""])


if __name__ == "__main__":
    main()
