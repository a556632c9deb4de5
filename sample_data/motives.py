"""The five motives for which clients get in touch, and their attempts on each channel.

In: a `Path`. Out: its rows. An attempt returns True when it ended the matter; else `left_because` says why not.
"""

from story import PARIS, live


# --- order ---

def order_on_web(path):
    """offers → basket → identity → signed → payment → order_confirmed, with the leaks of the story."""
    if path.chance(0.35):
        path.page("accueil", motive=path.chance(0.4))
    path.page("offres")
    path.page("panier")
    if path.chance(0.025):
        path.wait(0.1, 30, "hours")
        path.page("annulation")
        return True
    if path.chance(0.09):
        return abandoned(path, "basket")
    company = path.segment == "Société"
    if path.chance(0.80 if company else 0.07):  # the form wants a date of birth, which a company does not have
        fields = ("date_naissance", "civilite") if company else ("iban", "code_postal")
        if path.chance(0.4):
            fields += ("telephone",)
        text = 'Le champ "date de naissance" est obligatoire' if company else "Vérifiez l'IBAN; puis continuez"
        path.page("identification", errors=fields, message=text)
        if path.chance(0.78 if company else 0.35):
            return path.leave("form")
    path.page("identification")
    if path.chance(0.03):
        return path.leave("just_left")
    if path.chance(0.04):
        path.page("signature", code="SIG-12")
        return path.leave("error")
    path.page("signature")
    return payment(path)


def payment(path):
    evening = 18 <= path.at.astimezone(PARIS).hour < 21
    slow = path.chance(0.85 if evening else 0.04)
    load = path.rng.uniform(4.2, 11.5) if slow else path.rng.uniform(0.8, 3.6)
    failed = path.chance(0.06)
    path.page("paiement", load=load, code=path.pick({"E402": 0.4, "E503": 0.6}) if failed else "")
    if path.chance(0.60 if failed else 0.70 if slow else 0.04):
        return abandoned(path, "error" if failed else "slow" if slow else "just_left")
    if path.chance(0.03):
        path.page("refus_credit")
        return True
    path.page("confirmation")
    return True


def abandoned(path, reason):
    """An unfinished order: short messages remind the client, day after day."""
    if path.chance(0.45):
        left_at, reminders = path.at, path.rng.randint(1, 4)
        for _ in range(reminders):
            path.wait(17, 21, "hours")
            path.step("reminder", 0, medium="text", reason=path.motive, direction="out")
        if reminders >= 3 and path.chance(0.55):
            path.wait(1, 5, "hours")
            path.page("panier")
            return take_up_again(path) if path.chance(0.3) else path.leave("reminded")
        if reminders < 3 and path.chance(0.25):
            path.wait(1, 8, "hours")
            path.page("panier")
            return take_up_again(path)
        path.at = left_at
        return path.leave("reminded")
    return path.leave(reason)


def take_up_again(path):
    path.page("identification")
    path.page("signature")
    return payment(path)


def order_by_phone(path):
    return path.talk("order_confirmed", several=0.10, promise=0.18, to_agency=0.20, price=0.06)


def order_at_agency(path):
    site = path.visit_agency()
    if site is None:
        return False
    come_on_purpose = path.left_because is not None
    fate = path.pick({"price": 0.13, "no_fit": 0.03, "signed": 0.84} if come_on_purpose else
                     {"price": 0.34, "no_fit": 0.09, "signed": 0.57})
    if fate == "signed":
        path.adviser(site, "offers", "ok")
        path.adviser(site, "signed", "ok", score=path.rng.choice([3.5, 4, 4.5, 5]))
        return True
    path.adviser(site, "offers", "offer_too_expensive" if fate == "price" else "offer_no_fit",
                 score=path.rng.choice([None, 1, 2, 2.5]))
    return path.leave(fate)


def order(path):
    first = path.pick({"web": 0.66, "phone": 0.10, "agency": 0.24})
    live(path, {"web": order_on_web, "phone": order_by_phone, "agency": order_at_agency}, first)


# --- breakdown ---

def breakdown_on_web(path):
    path.page("aide")
    failed = path.chance(0.12)
    path.page("test_ligne", code="E503" if failed else "", load=path.rng.uniform(1.5, 3.9))
    if failed:
        return path.leave("error")
    if path.chance(0.45):
        path.page("panne_resolue")
        return True
    return path.leave("unsolved")


def breakdown_by_phone(path):
    return path.talk("breakdown_solved", several=0.42, promise=0.24)


def breakdown_at_agency(path):
    site = path.visit_agency()
    if site is None:
        return False
    path.adviser(site, "equipment", "ok")
    if path.chance(0.7):
        path.adviser(site, "breakdown_solved", "ok", score=4)
        return True
    return path.leave("unsolved")


def breakdown(path):
    first = path.pick({"web": 0.40, "phone": 0.55, "agency": 0.05})
    attempts = {"web": breakdown_on_web, "phone": breakdown_by_phone, "agency": breakdown_at_agency}
    live(path, attempts, first)


# --- claim ---

def claim_on_web(path):
    path.page("reclamation")
    if path.chance(0.10):
        path.page("depot_pieces", code="E503")
        return path.leave("error")
    path.page("depot_pieces")
    path.page("reclamation_deposee")
    return answered(path)


def answered(path):
    """The company acknowledges at once, and answers days later, or does not."""
    path.step("acknowledged", 0, medium="text", reason=path.motive, direction="auto")
    filed_at = path.at
    path.wait(2, 7, "days")
    path.until_open("phone")
    fate = path.pick({"claim_settled": 0.48, "claim_rejected": 0.17, "nothing": 0.35})
    if fate != "nothing":
        path.close(fate, direction="out")
        return True
    path.at = filed_at
    path.wait(2, 5, "days")
    return path.leave("waiting")


def claim_by_phone(path):
    return path.talk("claim_settled", several=0.25, promise=0.30)


def claim(path):
    live(path, {"web": claim_on_web, "phone": claim_by_phone}, path.pick({"web": 0.6, "phone": 0.4}))


# --- invoice ---

def invoice_on_web(path):
    path.page("compte", motive=path.chance(0.7))
    path.page("facture")
    if path.chance(0.66):
        path.page("facture_expliquee")
        return True
    return path.leave("unsolved")


def invoice_by_phone(path):
    return path.talk("invoice_explained", several=0.12, promise=0.16)


def invoice_at_agency(path):
    site = path.visit_agency()
    if site is None:
        return False
    path.adviser(site, "invoice_explained", "ok", score=path.rng.choice([None, 3, 4, 5]))
    return True


def invoice(path):
    first = path.pick({"web": 0.60, "phone": 0.30, "agency": 0.10})
    live(path, {"web": invoice_on_web, "phone": invoice_by_phone, "agency": invoice_at_agency}, first)


# --- cancellation ---

def cancellation_on_web(path):
    path.page("compte")
    path.page("resiliation")  # says only which number to call
    return path.leave("unsolved")


def cancellation_by_phone(path):
    goal = "cancellation_done" if path.chance(0.8) else "stays_with_new_offer"
    return path.talk(goal, several=0.20, promise=0.16)


def cancellation(path):
    attempts = {"web": cancellation_on_web, "phone": cancellation_by_phone}
    live(path, attempts, path.pick({"web": 0.5, "phone": 0.5}))


MOTIVES = {"order": order, "breakdown": breakdown, "claim": claim, "invoice": invoice, "cancellation": cancellation}
