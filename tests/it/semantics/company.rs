//! Contacts by the company: what they join, end and leave alone.

clients! {
    // ---- Company contacts: outbound and system ----------------------------------------------------------------------

    /// They join the open journey, and belong to no visit.
    company_1 = "
        Mon 10:00 web basket              → journey 1, visit 1, silent
        Tue 10:00 email reminder outbound → journey 1
        Tue 11:00 email receipt system    → journey 1
        journey 1: dropped at web basket, contacts=3, visits=1
    ";

    /// They start no journey.
    company_2 = "
        Mon 09:00 email advert outbound → no journey
        Mon 10:00 web basket            → journey 1, visit 1, silent
        journey 1: dropped at web basket, contacts=1
    ";

    /// The journey is open until exactly the gap after its last client contact,
    company_3 = "
        Mon 10:00 web basket               → journey 1, visit 1, silent
        Mon2 10:00 email reminder outbound → journey 1
        journey 1: dropped at web basket
    ";

    /// … and no longer.
    company_4 = "
        Mon 10:00 web basket                         → journey 1, visit 1, silent
        Mon2 10:00:00.000001 email reminder outbound → no journey
        journey 1: dropped at web basket
    ";

    /// Trailing reminders do not keep a journey alive,
    company_5 = "
        Mon 10:00 web basket               → journey 1, visit 1, silent
        Fri 10:00 email reminder outbound  → journey 1
        Tue2 10:00 email reminder outbound → no journey
        Wed2 10:00 web basket              → journey 2, visit 1, silent
        journey 1: dropped at web basket, contacts=2
        journey 2: dropped at web basket
    ";

    /// … neither for joining nor for its status.
    company_6 = "
        with as_of Tue2 10:00
        Mon 10:00 web basket              → journey 1, visit 1, silent
        Fri 10:00 email reminder outbound → journey 1
        journey 1: dropped at web basket, ended_at=Mon 10:00
    ";

    /// They do not cut a visit, and the visit's gap runs over them.
    company_7 = "
        Mon 10:00 web basket        → journey 1, visit 1
        Mon 10:10 sms code outbound → journey 1
        Mon 10:20 web payment       → journey 1, visit 1, retried
        Mon 10:40 sms code outbound → journey 1
        Mon 10:55 web payment       → journey 1, visit 2, silent
        journey 1: dropped at web payment, visits=2
    ";

    /// A letter that refuses ends the journey.
    company_8 = "
        Mon 10:00 web form                → journey 1, visit 1
        Tue 10:00 letter refused outbound → journey 1
        Wed 10:00 web form                → journey 2, visit 1, silent
        journey 1: refused, ended_at=Tue 10:00
        journey 2: dropped at web form
    ";

    /// So does a goal that the system notes,
    company_9 = "
        Mon 10:00 web payment     → journey 1, visit 1
        Mon 10:10 web paid system → journey 1
        Mon 10:20 web help        → journey 2, visit 1, silent
        journey 1: completed, ended_at=Mon 10:10
        journey 2: dropped at web help
    ";

    /// … and after the end nothing joins.
    company_10 = "
        Mon 10:00 web paid               → journey 1, visit 1
        Mon 10:10 email receipt outbound → no journey
        journey 1: completed, contacts=1
    ";

    /// With a case id they join that case, open or not,
    company_11 = "
        Mon 10:00 web upload case A                → journey 1, visit 1, silent
        Mon4 10:00 letter decision outbound case A → journey 1
        journey 1: dropped at web upload, contacts=2
    ";

    /// … but only once it has started; they do not turn to another journey.
    company_12 = "
        Mon 09:00 web basket                     → journey 1, visit 1, silent
        Mon 10:00 letter receipt outbound case A → no journey
        Mon 11:00 web upload case A              → journey 2, visit 1, silent
        journey 1: dropped at web basket, contacts=1
        journey 2: dropped at web upload, contacts=1
    ";

    /// With `by_motive`, a motive leads to the open journey of that motive,
    company_13 = "
        with by_motive
        Mon 10:00 web basket motive order              → journey 1, visit 1, silent
        Mon 11:00 web upload motive claim              → journey 2, visit 1, silent
        Mon 12:00 email reminder outbound motive order → journey 1
        journey 1: dropped at web basket
        journey 2: dropped at web upload
    ";

    /// … else to the open journey without motive, which does not take it,
    company_14 = "
        with by_motive
        Mon 10:00 web help                             → journey 1, visit 1, silent
        Mon 11:00 email reminder outbound motive order → journey 1
        journey 1: dropped at web help, motive=none
    ";

    /// … else to none.
    company_15 = "
        with by_motive
        Mon 10:00 web upload motive claim              → journey 1, visit 1, silent
        Mon 11:00 email reminder outbound motive order → no journey
        journey 1: dropped at web upload, contacts=1
    ";

    /// Without motive, or without `by_motive`, they join the open journey with the latest client contact.
    company_16 = "
        Mon 10:00 web basket motive order              → journey 1, visit 1, silent
        Mon 11:00 web upload case A motive claim       → journey 2, visit 1, silent
        Mon 12:00 email reminder outbound motive order → journey 2
        journey 1: dropped at web basket
        journey 2: dropped at web upload, contacts=2
    ";

    /// `inbound` is the same as no direction.
    company_17 = "
        Mon 10:00 web basket inbound → journey 1, visit 1, moved
        Mon 11:00 phone hotline      → journey 1, visit 2, silent
        journey 1: dropped at phone hotline
    ";
}
