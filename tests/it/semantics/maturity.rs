//! What rates count, and how far journeys come along a funnel.

clients! {
    // ---- Maturity: what rates count ---------------------------------------------------------------------------------

    /// A contact is mature if it started earlier than the horizon less `mature_after`; at that very moment it is not.
    mature_1 = "
        with as_of Mon2 10:00, mature_after 3d
        Fri 09:59 web basket                   → journey 1, visit 1, is_mature=yes
        Fri 10:00 web help                     → journey 1, visit 1, is_mature=no
        journey 1: open, is_mature=yes
    ";

    /// A journey is mature if it started so early, wherever it is now.
    mature_2 = "
        with as_of Mon2 10:00, mature_after 3d
        Thu 10:00 web basket          → journey 1, visit 1, moved, journey_is_mature=yes
        Sat 10:00 phone hotline       → journey 1, visit 2, is_mature=no, journey_is_mature=yes
        Sat 10:00 web basket client 2 → journey 2, visit 1, journey_is_mature=no
        Sat 10:05 web paid client 2   → journey 2, visit 1
        journey 1: open, is_mature=yes
        journey 2: completed, is_mature=no
    ";

    /// At a point it counts when the journey came there first, by a contact of any direction.
    mature_3 = "
        with as_of Mon2 10:00, mature_after 3d
        Thu 10:00 web basket              → journey 1, visit 1, retried, point_is_mature=yes
        Thu 11:00 email message outbound  → journey 1, point_is_mature=yes
        Sat 10:00 web basket              → journey 1, visit 2, moved, is_mature=no, point_is_mature=yes
        Sat 11:00 email message           → journey 1, visit 3, point_is_mature=yes
        Sat 11:05 email help              → journey 1, visit 3, point_is_mature=no
        journey 1: open
    ";

    /// What one of several clients has of a case is never mature.
    mature_4 = "
        with split case A, mature_after 1d
        Mon 10:00 web basket case A            → journey 1, visit 1, silent, is_mature=no, point_is_mature=no
        Mon 10:00 web basket case B            → journey 2, visit 1, silent, is_mature=yes
        Tue 10:00 web paid case A client 2     → journey 3, visit 1, journey_is_mature=no
        journey 1: dropped at web basket, is_mature=no
        journey 2: dropped at web basket, is_mature=yes
        journey 3: completed, is_mature=no
    ";

    // ---- The funnel -------------------------------------------------------------------------------------------------

    /// In order: each place at the first contact there after the place before it.
    funnel_1 = "
        with funnel home basket payment
        Mon 10:00 web payment → journey 1, visit 1, funnel_place=none
        Mon 10:01 web home    → journey 1, visit 1, funnel_place=1
        Mon 10:02 web home    → journey 1, visit 1, funnel_place=none
        Mon 10:03 web basket  → journey 1, visit 1, funnel_place=2
        Mon 10:04 web basket  → journey 1, visit 1, funnel_place=none
        Mon 10:05 web payment → journey 1, visit 1, silent, funnel_place=3
        journey 1: dropped at web payment
    ";

    /// A place that was passed over ends it: what comes later does not count.
    funnel_2 = "
        with funnel home basket payment
        Mon 10:00 web home    → journey 1, visit 1, funnel_place=1
        Mon 10:01 web payment → journey 1, visit 1, silent, funnel_place=none
        journey 1: dropped at web payment
    ";

    /// One contact brings one place, where a step stands in the funnel twice.
    funnel_3 = "
        with funnel basket basket
        Mon 10:00 web basket   → journey 1, visit 1, moved, funnel_place=1
        Mon 11:00 phone basket → journey 1, visit 2, silent, funnel_place=2
        journey 1: dropped at phone basket
    ";
}
