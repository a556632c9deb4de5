"""What the clients of a small internet provider do in March 2026, and what happens to them.

In: one seeded `random.Random` and three lists, one for each log, which the clients fill.
Out: rows as dictionaries, with times in UTC; `make.py` turns them into files.

A client has one `Path` for each motive. A path is a chain of attempts, each on one channel. An attempt ends the matter
(goal, refusal, withdrawal), or the client leaves for a reason, and then falls silent or tries again, maybe elsewhere.
The chances below are the story; the README tells it in words.
"""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
PHONE_AGENTS = [f"A{number:02}" for number in range(1, 13)]
ADVISERS = {"Gare": ["B01", "B02"], "Centre": ["B03", "B04"], "Port": ["B05"]}
KEEPS_EVERY_PROMISE = "A07"

# First and last hour of the day, local time; phone and agency rest on Sundays.
OPEN = {"phone": (8, 19), "agency": (9, 18)}

# Chance that a client who left for this reason is not seen again.
SILENCE = {
    "basket": 0.62, "form": 0.50, "slow": 0.66, "error": 0.50, "just_left": 0.45,
    "menus": 0.62, "wait": 0.55, "told_again": 0.75, "promise": 0.66, "line": 0.35, "unsolved": 0.30,
    "price": 0.76, "no_fit": 0.85, "full": 0.40, "waiting": 0.45, "sent_to_agency": 0.04, "reminded": 0.97,
}

# Where a client tries again, by the channel just left.
NEXT = {
    "web": {"web": 0.30, "phone": 0.48, "agency": 0.22},
    "phone": {"web": 0.12, "phone": 0.58, "agency": 0.30},
    "agency": {"web": 0.20, "phone": 0.35, "agency": 0.45},
}

MESSAGES = {
    "E402": "Paiement refusé : 59,90 € ; essayez une autre carte",
    "E503": "Service indisponible",
    "SIG-12": 'La signature "à distance" a expiré; recommencez',
}


class Path:
    """One client, one motive, one clock. Every method writes rows and moves the clock on."""

    def __init__(self, rng, logs, client, segment, motive, at):
        self.rng, self.logs = rng, logs
        self.client, self.segment, self.motive, self.at = client, segment, motive, at
        self.agents, self.left_because = set(), None

    # --- the clock ---

    def chance(self, share):
        return self.rng.random() < share

    def pick(self, weights):
        return self.rng.choices(list(weights), weights=list(weights.values()))[0]

    def wait(self, low, high, unit="seconds"):
        """Moves on by `low` to `high` units, to a whole second."""
        later = self.at + timedelta(**{unit: self.rng.uniform(low, high)})
        self.at = later.replace(microsecond=0) + timedelta(seconds=1)

    def until_open(self, channel):
        """Moves on to the next moment at which the channel has staff; the web is always open."""
        while channel in OPEN:
            local = self.at.astimezone(PARIS)
            first, last = OPEN[channel]
            if local.weekday() < 6 and first <= local.hour < last:
                return
            morning = local.replace(hour=first, minute=0, second=0, microsecond=0)
            if local.hour >= first:
                morning += timedelta(days=1)
            self.at = morning.astimezone(timezone.utc) + timedelta(seconds=self.rng.randint(60, 6 * 3600))

    def leave(self, reason):
        self.left_because = reason
        return False

    # --- the three logs ---

    def page(self, page, motive=True, load=None, code="", errors=(), message=""):
        """One page view."""
        seconds = load if load is not None else min(3.9, self.rng.lognormvariate(0.1, 0.45))
        self.logs["web"].append({
            "at": self.at, "client": self.client, "page": page, "motive": self.motive if motive else "",
            "segment": self.segment, "load": seconds, "code": code, "fields": errors,
            "message": message or MESSAGES.get(code, ""),
        })
        self.wait(12, 110)

    def step(self, kind, seconds, **values):
        """One step of a call; or, with `medium="text"`, a short message."""
        self.logs["phone"].append({"at": self.at, "client": self.client, "kind": kind, "seconds": seconds, **values})
        if values.get("medium") != "text":
            self.at += timedelta(seconds=seconds, milliseconds=self.rng.choice([0, 250, 500]))

    def close(self, name, direction="in"):
        """What a call ended with, as the agent files it."""
        self.step("close", 5, name=name, reason=self.motive, direction=direction)

    def counter(self, service, minutes, site, **values):
        """One service in an agency."""
        self.at = self.at.replace(microsecond=0)
        self.logs["agency"].append({
            "at": self.at, "client": self.client, "service": service, "motive": self.motive, "site": site,
            "seconds": int(minutes * 60), **values,
        })
        self.at += timedelta(minutes=minutes)
        self.wait(5, 60)

    # --- the phone, the same for every motive ---

    def call(self):
        """Menus and queue. True once an agent answers."""
        self.until_open("phone")
        menus = 1
        if self.chance(0.11 if self.motive != "cancellation" else 0.24):  # the menu has no word for what they want
            for _ in range(self.rng.randint(2, 4)):
                self.step("menu", self.rng.randint(15, 45), name="main", menus=menus)
                self.step("menu", self.rng.randint(8, 25), name="other", menus=menus + 1)
                menus += 2
            if menus > 5 and self.chance(0.72):
                self.step("menu", self.rng.randint(5, 30), name="main", menus=menus, result="hangup")
                return self.leave("menus")
        if self.chance(0.02):
            self.step("menu", self.rng.randint(3, 12), name="main", menus=menus, result="hangup")
            return self.leave("just_left")
        self.step("menu", self.rng.randint(15, 45), name="main", menus=menus, reason=self.motive)
        self.step("menu", self.rng.randint(8, 30), name=self.motive, menus=menus + 1, reason=self.motive)
        local = self.at.astimezone(PARIS)
        crowd = (3.4 if local.weekday() == 0 else 1.0) * (2.4 if 12 <= local.hour < 14 else 1.0)
        wait = min(1500, int(self.rng.lognormvariate(4.5, 0.7) * crowd))
        gives_up = 0.62 if wait >= 480 else 0.16 if wait >= 240 else 0.02
        result = "hangup" if self.chance(gives_up) else "answered"
        self.step("queue", wait, wait_s=wait, menus=menus + 1, reason=self.motive, result=result)
        return True if result == "answered" else self.leave("wait")

    def agent(self, result, name=None, **values):
        """One agent; asks many questions one time in four, whatever comes of it."""
        name = name or self.rng.choice([other for other in PHONE_AGENTS if other not in self.agents] or PHONE_AGENTS)
        self.agents.add(name)
        questions = self.rng.randint(6, 9) if self.chance(0.25) else self.rng.randint(1, 5)
        self.step("agent", self.rng.randint(90, 700), agent=name, questions=questions, reason=self.motive,
                  result=result, **values)
        return name

    def talk(self, goal, several=0.16, promise=0.18, to_agency=0.0, price=0.0):
        """A call with one agent or more. True if it ended the matter."""
        if not self.call():
            return False
        while self.chance(several) and len(self.agents) < 5:
            self.agent("transfer")
        if len(self.agents) >= 2 and self.chance(0.60):
            self.agent("hangup")
            return self.leave("told_again")
        fate = self.pick({"promise": promise, "sent_to_agency": to_agency, "line": 0.05, "unsolved": 0.07,
                          "price": price, "solved": 1 - promise - to_agency - price - 0.12})
        if fate == "promise":
            return self.promised(goal)
        if fate == "price":
            self.agent("no_deal", offer="too_expensive")
        else:
            self.agent({"line": "line_dropped"}.get(fate, fate))
        if fate != "solved":
            return self.leave(fate)
        self.close(goal)
        return True

    def promised(self, goal):
        """A call back is promised for the next day; one agent always keeps the word, the others do half the time."""
        by = (self.at + timedelta(days=1)).replace(second=0, microsecond=0)
        while by.astimezone(PARIS).weekday() == 6:
            by += timedelta(days=1)
        name = KEEPS_EVERY_PROMISE if self.chance(0.15) else None
        agent = self.agent("promise", name=name, promised_by=by)
        hours = (by - self.at).total_seconds() / 3600
        if agent == KEEPS_EVERY_PROMISE or self.chance(0.40):
            self.wait(hours * 0.4, hours - 0.2, "hours")
            self.step("callback", self.rng.randint(60, 400), agent=agent, reason=self.motive, direction="out")
            if self.chance(0.9):
                self.close(goal, direction="out")
                return True
            return self.leave("unsolved")
        self.wait(hours + 1, hours + 9, "hours")
        if self.chance(0.25):
            self.until_open("phone")
            self.step("callback", self.rng.randint(8, 20), agent=agent, reason=self.motive, direction="out",
                      result="no_answer")
        return self.leave("promise")

    # --- the agency ---

    def visit_agency(self, full=0.10):
        """Reception. The site, once an adviser is free."""
        self.until_open("agency")
        site = self.pick({"Gare": 0.5, "Centre": 0.3, "Port": 0.2})
        if self.chance(full * (2 if site == "Gare" else 0.4)):
            self.counter("reception", 3, site, result="full")
            self.leave("full")
            return None
        self.counter("reception", self.rng.randint(2, 20), site, result="ok")
        return site

    def adviser(self, site, service, result, score=None):
        name = self.rng.choice(ADVISERS[site])
        self.agents.add(name)
        self.counter(service, self.rng.randint(6, 40), site, adviser=name, result=result, score=score,
                     questions=self.rng.randint(1, 7))


def live(path, attempts, first):
    """Attempts on one channel after another, until one ends the matter or the client falls silent."""
    channel = first
    for _ in range(5):
        if attempts[channel](path):
            if path.chance(0.05):  # the company asks how it went; by then the journey is over
                path.wait(1, 3, "days")
                path.step("survey", 0, medium="text", reason=path.motive, direction="auto")
            return
        if path.chance(SILENCE[path.left_because]):
            return
        channel = "agency" if path.left_because == "sent_to_agency" else path.pick(NEXT[channel])
        if channel not in attempts:
            channel = first
        path.wait(0.3, 52, "hours")
