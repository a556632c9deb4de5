//! How a journey stands, and the moment up to which that is known.

clients! {
    // ---- Status: how a journey stands -------------------------------------------------------------------------------

    /// A goal anywhere: completed, however fresh the journey is.
    status_1 = "
        with as_of Mon 10:05
        Mon 10:00 web basket → journey 1, visit 1
        Mon 10:05 web paid   → journey 1, visit 1
        journey 1: completed
    ";

    /// A refusal and no goal: refused.
    status_2 = "
        with as_of Mon 10:05
        Mon 10:00 web basket  → journey 1, visit 1
        Mon 10:05 web refused → journey 1, visit 1
        journey 1: refused
    ";

    /// A withdrawal and neither of the two: dropped, without waiting for the gap.
    status_3 = "
        with as_of Mon 10:05
        Mon 10:00 web basket    → journey 1, visit 1, silent
        Mon 10:05 web cancelled → journey 1
        journey 1: dropped at web basket
    ";

    /// The gap ends exactly at the horizon: still open.
    status_4 = "
        with as_of Mon2 10:00
        Mon 10:00 web basket → journey 1, visit 1
        journey 1: open
    ";

    /// The gap ended before the horizon, by however little: dropped.
    status_5 = "
        with as_of Mon2 10:00:00.000001
        Mon 10:00 web basket → journey 1, visit 1, silent
        journey 1: dropped at web basket
    ";

    /// The gap runs from the end of the last contact.
    status_6 = "
        with as_of Mon2 10:30
        Mon 10:00 phone hotline until 10:30 → journey 1, visit 1
        journey 1: open
    ";

    /// It is the gap of the journey's motive.
    status_7 = "
        with as_of Wed2 10:00, gap of claim 21d
        Mon 10:00 web upload motive claim → journey 1, visit 1
        Mon 10:00 web basket client 2     → journey 2, visit 1, silent
        journey 1: open
        journey 2: dropped at web basket
    ";

    /// A goal outweighs a refusal and a withdrawal, wherever they stand (only a case can have them all).
    status_8 = "
        Mon 10:00 web cancelled case A → journey 1, visit 1, moved
        Mon 11:00 phone refused case A → journey 1, visit 2, moved
        Mon 12:00 agency signed case A → journey 1, visit 3
        journey 1: completed
    ";

    /// A refusal outweighs a withdrawal.
    status_9 = "
        Mon 10:00 web cancelled case A → journey 1, visit 1, moved
        Mon 11:00 phone refused case A → journey 1, visit 2
        journey 1: refused
    ";

    /// A case is held to the gap for its status, though nothing cuts it.
    status_10 = "
        with as_of Wed2 10:00
        Mon 10:00 web upload case A → journey 1, visit 1, silent
        Wed 10:00 web upload case B → journey 2, visit 1
        journey 1: dropped at web upload
        journey 2: open
    ";

    // ---- Horizon: the moment up to which the logs are complete ------------------------------------------------------

    /// The earliest, over the sources, of the latest contact; what came after it is in no journey yet.
    horizon_1 = "
        with horizon from logs
        Mon 10:00 web basket source 1             → journey 1, visit 1
        Tue 10:00 phone hotline source 2 client 2 → journey 2, visit 1
        Mon3 10:00 web basket source 1 client 3   → no journey
        journey 1: open
        journey 2: open
    ";

    /// When every log has gone on for longer than the gap, the silent client has dropped off.
    horizon_2 = "
        with horizon from logs
        Mon 10:00 web basket source 1              → journey 1, visit 1, silent
        Tue2 10:00 phone hotline source 2 client 2 → journey 2, visit 1
        Mon3 10:00 web basket source 1 client 3    → no journey
        journey 1: dropped at web basket
        journey 2: open
    ";

    /// A contact without client moves the horizon.
    horizon_3 = "
        with horizon from logs
        Mon 10:00 web basket         → journey 1, visit 1, silent
        Tue2 10:00 web basket nobody → no journey
        journey 1: dropped at web basket
    ";

    /// A source without any contact says nothing.
    horizon_4 = "
        with horizon from logs, sources 2
        Mon 10:00 web basket source 1           → journey 1, visit 1, silent
        Tue2 10:00 web basket source 1 client 2 → journey 2, visit 1
        journey 1: dropped at web basket
        journey 2: open
    ";

    /// Starts count, not ends.
    horizon_5 = "
        with horizon from logs
        Mon 10:00 web basket                          → journey 1, visit 1
        Mon2 09:00 phone hotline until 11:00 client 2 → journey 2, visit 1
        journey 1: open
        journey 2: open
    ";

    /// `--as-of` sets the horizon; contacts that started later are in no journey, one at that moment is.
    horizon_6 = "
        with as_of Tue 10:00
        Mon 10:00 web basket         → journey 1, visit 1, retried
        Tue 10:00 web basket         → journey 1, visit 2
        Tue 10:00:00.000001 web paid → no journey
        journey 1: open
    ";

    /// A goal that only one source has seen yet makes no completion: a drop-off could not be known there.
    horizon_7 = "
        with horizon from logs
        Mon 10:00 web basket source 1             → journey 1, visit 1
        Tue 10:00 phone hotline source 2 client 2 → journey 2, visit 1
        Wed 10:00 web paid source 1               → no journey
        journey 1: open
        journey 2: open
    ";

    /// `--as-of` may lie after the end of the logs.
    horizon_8 = "
        with as_of Mon4 00:00
        Mon 10:00 web basket → journey 1, visit 1, silent
        journey 1: dropped at web basket
    ";
}
