"""The logs of the sample project as contacts, read the slow and obvious way, for `answers.py`.

In: the three logs. Out: for each source its contacts, in the order of the file, and what became of its rows.
It shares no code with dropoff and does not read `dropoff.toml`: it says the same things again, by hand.
"""

import csv
import json
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

LOGS = Path(__file__).parent / "logs"
PARIS = ZoneInfo("Europe/Paris")


class Unreadable(Exception):
    """The row cannot become a contact."""


@dataclass
class Contact:
    source: str
    row: int
    client: str | None
    started_at: datetime
    channel: str
    step: str
    ended_at: datetime | None = None
    motive: str | None = None
    direction: str | None = None
    outcome: str | None = None
    agent: str | None = None
    site: str | None = None
    segment: str | None = None
    promised_by: datetime | None = None
    score: float | None = None
    measures: dict = field(default_factory=dict)

    @property
    def end(self):
        return self.ended_at or self.started_at

    @property
    def by_company(self):
        return self.direction in ("outbound", "system")

    def without_place(self):
        """All that the log says, but not where in the log."""
        return tuple(str(getattr(self, column.name)) for column in fields(self) if column.name != "row")


@dataclass
class Account:
    """read = kept + skipped + rejected + duplicates"""
    source: str
    read: int = 0
    kept: int = 0
    skipped: int = 0
    rejected: int = 0
    duplicates: int = 0
    without_client: int = 0


def read_all():
    """Contacts of all sources, and the account of each source, in the order of the configuration."""
    contacts, accounts = [], []
    for source, rows, skip, make in [
        ("web", csv_rows("web-2026-03.csv", "cp1252", ";"), web_skip, web_contact),
        ("phone", json_rows("phone.ndjson"), phone_skip, phone_contact),
        ("agency", csv_rows("agency.csv", "utf-8", ","), lambda row: False, agency_contact),
    ]:
        account, seen = Account(source), set()
        for number, row in enumerate(rows, start=1):
            account.read += 1
            try:
                if row is None:
                    raise Unreadable("too many fields")
                if skip(row):
                    account.skipped += 1
                    continue
                contact = make(number, row)
            except (Unreadable, ValueError):
                account.rejected += 1
                continue
            if contact.client is not None:
                if contact.without_place() in seen:
                    account.duplicates += 1
                    continue
                seen.add(contact.without_place())
            account.kept += 1
            account.without_client += contact.client is None
            contacts.append(contact)
        accounts.append(account)
    return contacts, accounts


# --- rows ---

def csv_rows(name, encoding, delimiter):
    """Rows as dictionaries of text, empty cells as None; None for a row with too many fields."""
    with open(LOGS / name, encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        header = next(reader)
        for values in reader:
            fits = len(values) <= len(header)
            yield {name: value or None for name, value in zip(header, values)} if fits else None


def json_rows(name):
    for line in (LOGS / name).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


# --- cells ---

def paris_time(text, form):
    """A time without offset. One that the clocks of Paris never showed cannot be read."""
    if text is None:
        raise Unreadable("no time")
    local = datetime.strptime(text, form).replace(tzinfo=PARIS)
    moment = local.astimezone(timezone.utc)
    if moment.astimezone(PARIS).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Unreadable("a time that did not exist")
    return moment


def offset_time(text):
    if text is None:
        raise Unreadable("no time")
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def number(text, kind):
    return None if text is None else kind(str(text).replace(",", "."))


# --- the three logs ---

WEB_STEPS = {
    "accueil": "home", "offres": "offers", "panier": "basket", "identification": "identity", "signature": "signed",
    "paiement": "payment", "confirmation": "order_confirmed", "refus_credit": "credit_refused",
    "annulation": "order_withdrawn", "aide": "help", "test_ligne": "line_test", "panne_resolue": "breakdown_solved",
    "reclamation": "claim_form", "depot_pieces": "claim_documents", "reclamation_deposee": "claim_filed",
    "compte": "account", "facture": "invoice", "facture_expliquee": "invoice_explained",
    "resiliation": "how_to_cancel",
}
WEB_MOTIVES = {
    "Commande": "order", "Panne": "breakdown", "Réclamation": "claim", "Facture": "invoice",
    "Résiliation": "cancellation", None: None,
}
PHONE_REASONS = {
    "ORD": "order", "BRK": "breakdown", "CLM": "claim", "INV": "invoice", "CAN": "cancellation", None: None,
}


def web_skip(row):
    return row["navigateur"] == "robot-supervision"


def web_contact(place, row):
    return Contact(
        "web", place, row["id_client"], paris_time(row["horodatage"], "%d/%m/%Y %H:%M:%S"),
        channel="web", step=WEB_STEPS[row["page"]], motive=WEB_MOTIVES[row["motif"]], direction="inbound",
        segment={"Particulier": "household", "Société": "company", None: None}[row["segment"]],
        measures={
            "load_seconds": number(row["temps_s"], float), "error_code": row["code_erreur"],
            "form_errors": number(row["nb_erreurs"], int), "error_fields": row["champs_erreur"],
        },
    )


def phone_skip(row):
    return row["kind"] == "test"


def phone_contact(place, row):
    started_at = offset_time(row.get("ts"))
    promised = row.get("promised_by")
    kind = row["kind"]
    return Contact(
        "phone", place, row.get("customer"), started_at,
        channel={"voice": "phone", "text": "sms"}[row["medium"]],
        step=f"menu_{row['name']}" if kind == "menu" else row["name"] if kind == "close" else kind,
        ended_at=started_at + timedelta(seconds=row["dur_s"]), motive=PHONE_REASONS[row.get("reason")],
        direction={"out": "outbound", "auto": "system"}.get(row["dir"], "inbound"), outcome=row.get("result"),
        agent=row.get("agent"), promised_by=offset_time(promised) if promised else None,
        measures={
            "wait_seconds": row.get("wait_s"), "menus": row.get("menus"), "questions": row.get("questions"),
            "offer": row.get("offer"), "line_dropped": row.get("result") == "line_dropped",
        },
    )


def agency_contact(place, row):
    started_at = paris_time(f"{row['date']} {row['hour']}", "%Y-%m-%d %H:%M:%S")
    hours, minutes, seconds = (int(part) for part in row["duration"].split(":"))
    return Contact(
        "agency", place, row["client"], started_at, channel="agency", step=row["service"],
        ended_at=started_at + timedelta(hours=hours, minutes=minutes, seconds=seconds), motive=row["reason"],
        outcome=row["result"], agent=row["adviser"], site=row["site"], score=number(row["satisfaction"], float),
        measures={
            "questions": number(row["questions"], int),
            "offer": {"offer_too_expensive": "too_expensive", "offer_no_fit": "no_fit"}.get(row["result"]),
            "agency_state": "full" if row["result"] == "full" else None,
        },
    )
