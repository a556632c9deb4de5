//! Where one journey ends and the next begins.

clients! {
    // ---- Boundaries: where one journey ends and the next begins -----------------------------------------------------

    /// Exactly the gap later is the same journey.
    boundary_1 = "
        Mon 10:00 web basket  → journey 1, visit 1, retried
        Mon2 10:00 web basket → journey 1, visit 2, silent
        journey 1: dropped at web basket
    ";

    /// More than the gap later, by however little, is a new journey.
    boundary_2 = "
        Mon 10:00 web basket            → journey 1, visit 1, silent
        Mon2 10:00:00.000001 web basket → journey 2, visit 1, silent
        journey 1: dropped at web basket
        journey 2: dropped at web basket
    ";

    /// The gap runs from the end of the previous contact.
    boundary_3 = "
        Mon 10:00 phone hotline until 11:00 → journey 1, visit 1, retried
        Mon2 11:00 phone hotline            → journey 1, visit 2, silent
        journey 1: dropped at phone hotline
    ";

    /// The previous contact is the last in order, even where an earlier one ended later.
    boundary_4 = "
        Mon 10:00 phone hotline until Tue 10:00 → journey 1, visit 1, moved
        Mon 11:00 web basket                    → journey 1, visit 2, silent
        Mon2 11:01 web basket                   → journey 2, visit 1, silent
        journey 1: dropped at web basket
        journey 2: dropped at web basket
    ";

    /// A contact that begins before the previous one ends is in the same journey and visit.
    boundary_5 = "
        Mon 10:00 web help until 10:30   → journey 1, visit 1
        Mon 10:20 web basket until 10:25 → journey 1, visit 1, silent
        journey 1: dropped at web basket
    ";

    /// A goal ends the journey; what follows is a new one.
    boundary_6 = "
        Mon 10:00 web basket → journey 1, visit 1
        Mon 10:05 web paid   → journey 1, visit 1
        Mon 10:10 web basket → journey 2, visit 1, silent
        journey 1: completed
        journey 2: dropped at web basket
    ";

    /// A refusal ends the journey.
    boundary_7 = "
        Mon 10:00 agency refused → journey 1, visit 1
        Mon 10:10 agency hotline → journey 2, visit 1, silent
        journey 1: refused
        journey 2: dropped at agency hotline
    ";

    /// A withdrawal ends the journey.
    boundary_8 = "
        Mon 10:00 web basket    → journey 1, visit 1, silent
        Mon 10:05 web cancelled → journey 1
        Mon 10:10 web basket    → journey 2, visit 1, silent
        journey 1: dropped at web basket
        journey 2: dropped at web basket
    ";

    /// A goal that is bound to a channel is none on another.
    boundary_9 = "
        Mon 10:00 web signed    → journey 1, visit 1, moved
        Mon 11:00 agency signed → journey 1, visit 2
        Mon 12:00 agency help   → journey 2, visit 1, silent
        journey 1: completed
        journey 2: dropped at agency help
    ";

    /// Nothing cuts a case: no gap,
    boundary_10 = "
        Mon 10:00 web upload case A  → journey 1, visit 1, retried
        Mon4 10:00 web upload case A → journey 1, visit 2, silent
        journey 1: dropped at web upload
    ";

    /// … and no goal, refusal or withdrawal.
    boundary_11 = "
        Mon 10:00 web upload case A    → journey 1, visit 1
        Mon 10:05 web paid case A      → journey 1, visit 1
        Mon 12:00 phone refused case A → journey 1, visit 2, moved
        Mon 13:00 web cancelled case A → journey 1, visit 3, moved
        Mon 14:00 email message case A → journey 1, visit 4
        journey 1: completed
    ";

    /// A contact without case id does not join a case after its gap,
    boundary_12 = "
        Mon 10:00 web upload case A  → journey 1, visit 1, retried
        Mon2 10:01 web basket        → journey 2, visit 1, silent
        Mon2 10:10 web upload case A → journey 1, visit 2, silent
        journey 1: dropped at web upload
        journey 2: dropped at web basket
    ";

    /// … nor after a contact that ended it, even if the case has gone on since.
    boundary_13 = "
        Mon 10:00 web paid case A   → journey 1, visit 1
        Mon 10:05 web upload case A → journey 1, visit 1
        Mon 10:10 web basket        → journey 2, visit 1, silent
        journey 1: completed
        journey 2: dropped at web basket
    ";

    /// A motive can have a longer gap,
    boundary_14 = "
        with by_motive, gap of claim 21d
        Mon 10:00 web upload motive claim  → journey 1, visit 1, retried
        Mon4 10:00 web upload motive claim → journey 1, visit 2, silent
        journey 1: dropped at web upload
    ";

    /// … or a shorter one, which holds for every contact that would join.
    boundary_15 = "
        with by_motive, gap of order 1d
        Mon 10:00 web basket motive order → journey 1, visit 1, silent
        Wed 10:00 phone hotline           → journey 2, visit 1, silent
        journey 1: dropped at web basket
        journey 2: dropped at phone hotline
    ";

    /// The motive's gap holds without `by_motive` too.
    boundary_16 = "
        with gap of claim 21d
        Mon 10:00 web upload motive claim → journey 1, visit 1, moved
        Mon3 10:00 phone hotline          → journey 1, visit 2, silent
        journey 1: dropped at phone hotline
    ";

    /// It is the journey's motive that counts, not the one that the new contact brings.
    boundary_17 = "
        with gap of claim 21d
        Mon 10:00 web help                    → journey 1, visit 1, silent
        Wed2 10:00 phone hotline motive claim → journey 2, visit 1, silent
        journey 1: dropped at web help
        journey 2: dropped at phone hotline
    ";

    /// A motive that arrives later sets the gap from then on.
    boundary_18 = "
        with gap of claim 21d
        Mon 10:00 web help                   → journey 1, visit 1, moved
        Tue 10:00 phone hotline motive claim → journey 1, visit 2, retried
        Tue4 10:00 phone hotline             → journey 1, visit 3, silent
        journey 1: dropped at phone hotline, motive=claim
    ";

    /// The long gap of one motive does not hold the client's other journeys open.
    boundary_19 = "
        with by_motive, gap of claim 21d
        Mon 10:00 web upload motive claim  → journey 1, visit 1, retried
        Tue 10:00 web basket motive order  → journey 2, visit 1, silent
        Mon3 10:00 web upload motive claim → journey 1, visit 2, silent
        Mon3 11:00 web basket motive order → journey 3, visit 1, silent
        journey 1: dropped at web upload
        journey 2: dropped at web basket
        journey 3: dropped at web basket
    ";
}
