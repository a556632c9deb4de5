//! Signals, the primary cause, and the row of a journey.

clients! {
    // ---- Signals and the primary cause ------------------------------------------------------------------------------

    /// The signal of highest priority at the drop-off point.
    cause_1 = "
        Mon 10:00 web basket       → journey 1, visit 1, signals=none
        Mon 10:01 web basket       → journey 1, visit 1, signals=none
        Mon 10:02 web basket error → journey 1, visit 1, silent, signals=error+circles
        journey 1: dropped at web basket, family=technical, cause=error, signals=error+circles
    ";

    /// The point comes before its visit, even with a signal of lower priority.
    cause_2 = "
        Mon 10:00 web basket error → journey 1, visit 1, signals=error
        Mon 10:01 web basket       → journey 1, visit 1, signals=none
        Mon 10:02 web basket       → journey 1, visit 1, silent, signals=circles
        journey 1: dropped at web basket, family=ergonomic, cause=circles, signals=error+circles
    ";

    /// Where nothing fired at the point: the signal of highest priority in its visit.
    cause_3 = "
        Mon 10:00 phone hotline promised Tue 10:00 → journey 1, visit 1, signals=promise_broken
        Mon 10:10 phone hotline error              → journey 1, visit 1, signals=error
        Mon 10:20 phone menu                       → journey 1, visit 1, silent, signals=none
        journey 1: dropped at phone menu, family=technical, cause=error, signals=error+promise_broken
    ";

    /// An earlier visit explains nothing: unexplained. The journey keeps the signal.
    cause_4 = "
        Mon 10:00 web basket error → journey 1, visit 1, moved, signals=error
        Mon 11:00 phone hotline    → journey 1, visit 2, silent, signals=none
        journey 1: dropped at phone hotline, family=unexplained, cause=unexplained, signals=error
    ";

    /// Company contacts carry signals, which the journey keeps but is not explained by.
    cause_5 = "
        Mon 10:00 web basket                    → journey 1, visit 1, silent, signals=none
        Mon 10:10 email reminder outbound error → journey 1, signals=error
        journey 1: dropped at web basket, family=unexplained, cause=unexplained, signals=error
    ";

    /// The mark of a withdrawal explains nothing.
    cause_6 = "
        Mon 10:00 web basket          → journey 1, visit 1, silent, signals=none
        Mon 10:01 web cancelled error → journey 1, signals=error
        journey 1: dropped at web basket, family=unexplained, cause=unexplained, signals=error
    ";

    /// A journey that is not dropped has no cause, and keeps its signals.
    cause_7 = "
        Mon 10:00 web payment error → journey 1, visit 1, signals=error, family=none, cause=none
        Mon 10:01 web paid          → journey 1, visit 1, signals=none, status=completed
        journey 1: completed, family=none, cause=none, drop_channel=none, drop_step=none, signals=error
    ";

    /// Every contact carries status and cause of its journey.
    cause_8 = "
        Mon 10:00 phone hotline agent ann → journey 1, visit 1, moved, status=dropped, family=relational, cause=retold
        Mon 11:00 agency desk agent bob   → journey 1, visit 2, moved, status=dropped, family=relational, cause=retold
        Mon 12:00 phone hotline agent eve → journey 1, visit 3, silent, signals=retold, family=relational, cause=retold
        journey 1: dropped at phone hotline, family=relational, cause=retold
    ";

    // ---- The row of a journey ---------------------------------------------------------------------------------------

    /// Contacts of every direction are counted; the channels, the first and the last are those of client contacts.
    journey_1 = "
        Mon 10:00 web basket              → journey 1, visit 1, moved
        Mon 10:30 email reminder outbound → journey 1
        Mon 11:00 phone hotline           → journey 1, visit 2, moved
        Mon 12:00 web help                → journey 1, visit 3, silent
        Mon 12:30 sms reminder outbound   → journey 1
        journey 1: dropped at web help, contacts=5, visits=3, channels=web+phone, first_channel=web, first_step=basket, last_channel=web, last_step=help, drop_channel=web, drop_step=help
    ";

    /// It starts with its first contact and ends with the end of its last client contact.
    journey_2 = "
        Mon 10:00 web basket                → journey 1, visit 1, moved
        Mon 11:00 phone hotline until 11:20 → journey 1, visit 2, silent
        Tue 11:00 sms reminder outbound     → journey 1
        journey 1: dropped at phone hotline, started_at=Mon 10:00, ended_at=Mon 11:20, duration_seconds=4800
    ";

    /// A company contact that ended it after that gives the end.
    journey_3 = "
        Mon 10:00 agency form until 10:30             → journey 1, visit 1
        Tue 10:00 letter refused outbound until 10:10 → journey 1
        journey 1: refused, ended_at=Tue 10:10, duration_seconds=87000, last_channel=agency
    ";

    /// In a case that the client takes up again, the later client contact gives the end.
    journey_4 = "
        Mon 10:00 agency form case A             → journey 1, visit 1, moved
        Tue 10:00 letter refused outbound case A → journey 1
        Wed 10:00 phone hotline case A           → journey 1, visit 2
        Thu 10:00 letter receipt outbound case A → journey 1
        journey 1: refused, ended_at=Wed 10:00
    ";

    /// Where the company ends a case twice, the later one gives the end.
    journey_5 = "
        Mon 10:00 agency form case A             → journey 1, visit 1
        Tue 10:00 letter refused outbound case A → journey 1
        Thu 10:00 letter refused outbound case A → journey 1
        journey 1: refused, ended_at=Thu 10:00
    ";

    /// A client contact without channel adds none to the list, and is first or last all the same.
    journey_6 = "
        Mon 10:00 no-channel help → journey 1, visit 1, moved
        Mon 11:00 web basket      → journey 1, visit 2, silent
        journey 1: dropped at web basket, channels=web, first_channel=none, first_step=help, visits=2
    ";
}
