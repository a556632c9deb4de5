//! Whose journey a contact belongs to, and in which order contacts are taken.

clients! {
    // ---- Key: whose journey, and about what -------------------------------------------------------------------------

    /// All contacts of a client are one journey, whatever the channel.
    key_1 = "
        Mon 10:00 web basket    → journey 1, visit 1, moved
        Mon 11:00 phone hotline → journey 1, visit 2, silent
        journey 1: dropped at phone hotline
    ";

    /// Two clients never share a journey.
    key_2 = "
        Mon 10:00 web basket          → journey 1, visit 1, silent
        Mon 10:05 web basket client 2 → journey 2, visit 1, silent
        journey 1: dropped at web basket
        journey 2: dropped at web basket
    ";

    /// A contact without client is in no journey, whatever else it carries.
    key_3 = "
        Mon 10:00 web basket nobody        → no journey
        Mon 10:05 web upload nobody case A → no journey
        Mon 10:10 web basket               → journey 1, visit 1, silent
        journey 1: dropped at web basket
    ";

    /// Each case id is a journey of its own, even when the contacts alternate.
    key_4 = "
        Mon 10:00 web upload case A    → journey 1, visit 1, moved
        Mon 10:10 web upload case B    → journey 2, visit 1, moved
        Mon 11:00 phone hotline case A → journey 1, visit 2, silent
        Mon 11:10 phone hotline case B → journey 2, visit 2, silent
        journey 1: dropped at phone hotline, case_id=A
        journey 2: dropped at phone hotline, case_id=B
    ";

    /// The same case id of two clients is two journeys.
    key_5 = "
        Mon 10:00 web upload case A          → journey 1, visit 1, silent
        Mon 10:10 web upload case A client 2 → journey 2, visit 1, silent
        journey 1: dropped at web upload, client=1, case_id=A
        journey 2: dropped at web upload, client=2, case_id=A
    ";

    /// Without `by_motive` a motive opens no journey of its own; the journey carries the first one brought.
    key_6 = "
        Mon 10:00 web help                   → journey 1, visit 1, moved
        Mon 11:00 phone hotline motive order → journey 1, visit 2, moved
        Mon 12:00 email message motive claim → journey 1, visit 3, silent
        journey 1: dropped at email message, motive=order
    ";

    /// With `by_motive` each motive has its journey, side by side.
    key_7 = "
        with by_motive
        Mon 10:00 web basket motive order    → journey 1, visit 1, moved
        Mon 10:10 web upload motive claim    → journey 2, visit 1, moved
        Mon 11:00 phone hotline motive order → journey 1, visit 2, silent
        Mon 11:10 phone hotline motive claim → journey 2, visit 2, silent
        journey 1: dropped at phone hotline, motive=order
        journey 2: dropped at phone hotline, motive=claim
    ";

    /// A contact without motive joins the open journey with the latest client contact.
    key_8 = "
        with by_motive
        Mon 10:00 web basket motive order → journey 1, visit 1, retried
        Mon 10:10 web upload motive claim → journey 2, visit 1, silent
        Mon 12:00 web basket motive order → journey 1, visit 2, moved
        Mon 12:30 phone hotline           → journey 1, visit 3, silent
        journey 1: dropped at phone hotline, motive=order
        journey 2: dropped at web upload, motive=claim
    ";

    /// A contact that brings a motive joins the open journey that has none yet, which takes it.
    key_9 = "
        with by_motive
        Mon 10:00 web help                   → journey 1, visit 1, moved
        Mon 11:00 phone hotline motive claim → journey 1, visit 2, moved
        Mon 12:00 email message motive order → journey 2, visit 1, silent
        Mon 13:00 letter form motive claim   → journey 1, visit 3, silent
        journey 1: dropped at letter form, motive=claim
        journey 2: dropped at email message, motive=order
    ";

    /// The open journey of the motive comes before a later one without motive.
    key_10 = "
        with by_motive
        Mon 10:00 web basket motive order    → journey 1, visit 1, moved
        Mon 11:00 letter form case A         → journey 2, visit 1, silent
        Mon 12:00 phone hotline motive order → journey 1, visit 2, silent
        journey 1: dropped at phone hotline, motive=order
        journey 2: dropped at letter form, motive=none, case_id=A
    ";

    /// A contact without case id can join a journey that has one, and give it its motive.
    key_11 = "
        with by_motive
        Mon 10:00 web upload case A          → journey 1, visit 1, moved
        Mon 11:00 phone hotline motive claim → journey 1, visit 2, moved
        Mon 12:00 email message              → journey 1, visit 3, silent
        journey 1: dropped at email message, motive=claim, case_id=A
    ";

    /// A contact with a case id never joins a journey without it.
    key_12 = "
        Mon 10:00 web basket        → journey 1, visit 1, silent
        Mon 10:10 web basket case A → journey 2, visit 1, silent
        journey 1: dropped at web basket, case_id=none
        journey 2: dropped at web basket, case_id=A
    ";

    /// Of several open journeys of one motive, a contact joins the one with the latest client contact.
    key_13 = "
        with by_motive
        Mon 10:00 phone hotline case A motive claim → journey 1, visit 1, silent
        Mon 11:00 phone hotline case B motive claim → journey 2, visit 1, moved
        Mon 12:00 web upload motive claim           → journey 2, visit 2, silent
        journey 1: dropped at phone hotline, case_id=A
        journey 2: dropped at web upload, case_id=B
    ";

    /// Company contacts do not make a journey the latest.
    key_14 = "
        with by_motive
        Mon 10:00 web basket motive order            → journey 1, visit 1, silent
        Mon 11:00 web upload motive claim            → journey 2, visit 1, moved
        Mon 12:00 sms reminder outbound motive order → journey 1
        Mon 13:00 phone hotline                      → journey 2, visit 2, silent
        journey 1: dropped at web basket, motive=order
        journey 2: dropped at phone hotline, motive=claim
    ";

    /// A case keeps its journey under a new motive; the first motive stays.
    key_15 = "
        with by_motive
        Mon 10:00 web upload case A motive claim    → journey 1, visit 1, moved
        Mon 11:00 phone hotline case A motive order → journey 1, visit 2, silent
        journey 1: dropped at phone hotline, motive=claim, case_id=A
    ";

    // ---- Order: which contact comes first ---------------------------------------------------------------------------

    /// By start, however the rows stand in the log.
    order_1 = "
        Mon 12:00 email message → journey 1, visit 3, silent, position=3
        Mon 10:00 web basket    → journey 1, visit 1, moved, position=1
        Mon 11:00 phone hotline → journey 1, visit 2, moved, position=2
        journey 1: dropped at email message
    ";

    /// At the same moment, the source that stands first in the configuration.
    order_2 = "
        Mon 10:00 phone hotline source 2 → journey 1, visit 2, silent, position=2
        Mon 10:00 web basket source 1    → journey 1, visit 1, moved, position=1
        journey 1: dropped at phone hotline
    ";

    /// At the same moment in one source, the file name.
    order_3 = "
        Mon 10:00 phone hotline file b.csv → journey 1, visit 2, silent, position=2
        Mon 10:00 web basket file a.csv    → journey 1, visit 1, moved, position=1
        journey 1: dropped at phone hotline
    ";

    /// In one file, the row number, as a number.
    order_4 = "
        Mon 10:00 phone hotline row 10 → journey 1, visit 2, silent, position=2
        Mon 10:00 web basket row 9     → journey 1, visit 1, moved, position=1
        journey 1: dropped at phone hotline
    ";

    /// The source counts before the file, and the file before the row.
    order_5 = "
        Mon 10:00 email message source 2 file a.csv row 1 → journey 1, visit 3, silent, position=3
        Mon 10:00 phone hotline source 1 file b.csv row 2 → journey 1, visit 2, moved, position=2
        Mon 10:00 web basket source 1 file a.csv row 3    → journey 1, visit 1, moved, position=1
        journey 1: dropped at email message
    ";

    /// Ends do not count: the later start is the last contact, even if it ends first.
    order_6 = "
        Mon 10:00 phone hotline until 12:00 → journey 1, visit 1, moved, position=1
        Mon 11:00 web basket until 11:10    → journey 1, visit 2, silent, position=2
        journey 1: dropped at web basket, ended_at=Mon 11:10
    ";
}
