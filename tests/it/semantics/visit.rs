//! Visits, the mark of a withdrawal, and exits.

clients! {
    // ---- Visits -----------------------------------------------------------------------------------------------------

    /// Contacts on one channel less than `visit_gap` apart are one visit.
    visit_1 = "
        Mon 10:00 web help      → journey 1, visit 1
        Mon 10:29:59 web basket → journey 1, visit 1, silent
        journey 1: dropped at web basket, visits=1
    ";

    /// Exactly `visit_gap` apart are two.
    visit_2 = "
        Mon 10:00 web help   → journey 1, visit 1, retried
        Mon 10:30 web basket → journey 1, visit 2, silent
        journey 1: dropped at web basket, visits=2
    ";

    /// The time runs from the end of the previous contact.
    visit_3 = "
        Mon 10:00 web help until 10:20 → journey 1, visit 1
        Mon 10:40 web basket           → journey 1, visit 1, silent
        journey 1: dropped at web basket
    ";

    /// Another channel is another visit, at once; so is the way back.
    visit_4 = "
        Mon 10:00 web help     → journey 1, visit 1, moved
        Mon 10:00 chat hotline → journey 1, visit 2, moved
        Mon 10:01 web basket   → journey 1, visit 3, silent
        journey 1: dropped at web basket, visits=3
    ";

    /// No channel differs from any channel, and not from no channel.
    visit_5 = "
        Mon 10:00 web help          → journey 1, visit 1, moved
        Mon 10:01 no-channel help   → journey 1, visit 2
        Mon 10:02 no-channel basket → journey 1, visit 2, moved
        Mon 10:03 web basket        → journey 1, visit 3, silent
        journey 1: dropped at web basket, visits=3
    ";

    /// Contacts of another journey do not cut a visit.
    visit_6 = "
        with by_motive
        Mon 10:00 web basket motive order    → journey 1, visit 1
        Mon 10:05 phone hotline motive claim → journey 2, visit 1, silent
        Mon 10:10 web payment motive order   → journey 1, visit 1, silent
        journey 1: dropped at web payment
        journey 2: dropped at phone hotline
    ";

    // ---- Withdrawal: the mark, and the point before it --------------------------------------------------------------

    /// The withdrawal marks the end; the point is the client contact before it. From the mark on there is no visit.
    withdrawal_1 = "
        Mon 10:00 web basket      → journey 1, visit 1, moved
        Mon 11:00 phone hotline   → journey 1, visit 2, silent, is_drop_off_point=yes
        Mon 11:05 phone cancelled → journey 1, is_drop_off_point=no, visits_so_far=2
        journey 1: dropped at phone hotline, contacts=3, visits=2, last_step=cancelled
    ";

    /// The withdrawal itself is the point where nothing came before.
    withdrawal_2 = "
        Mon 10:00 phone cancelled → journey 1, visit 1, silent, is_drop_off_point=yes
        journey 1: dropped at phone cancelled, visits=1
    ";

    /// The company may note it.
    withdrawal_3 = "
        Mon 10:00 web basket              → journey 1, visit 1, silent
        Tue 10:00 email reminder outbound → journey 1
        Wed 10:00 letter cancelled system → journey 1
        journey 1: dropped at web basket, ended_at=Wed 10:00, last_step=basket
    ";

    /// Of several withdrawals the first is the mark; what follows it in a case is in no visit.
    withdrawal_4 = "
        Mon 10:00 web upload case A      → journey 1, visit 1, silent
        Mon 11:00 web cancelled case A   → journey 1
        Mon 12:00 phone hotline case A   → journey 1, visits_so_far=1
        Mon 13:00 phone cancelled case A → journey 1
        journey 1: dropped at web upload, contacts=4, visits=1, channels=web+phone, last_step=cancelled
    ";

    /// A case that begins with the mark has one visit, the mark alone.
    withdrawal_5 = "
        Mon 10:00 web cancelled case A → journey 1, visit 1, silent, is_drop_off_point=yes
        Mon 10:05 web upload case A    → journey 1
        journey 1: dropped at web cancelled, visits=1, last_step=upload
    ";

    /// In a journey that is not dropped a withdrawal is a contact like others.
    withdrawal_6 = "
        Mon 10:00 web upload case A    → journey 1, visit 1
        Mon 10:05 web cancelled case A → journey 1, visit 1, moved
        Mon 11:00 agency signed case A → journey 1, visit 2
        journey 1: completed, visits=2
    ";

    // ---- Exits: how each visit ended --------------------------------------------------------------------------------

    /// The next visit is on another channel: moved.
    exit_1 = "
        Mon 10:00 web basket    → journey 1, visit 1
        Mon 10:05 web payment   → journey 1, visit 1, moved, is_exit=yes
        Mon 10:06 phone hotline → journey 1, visit 2, silent
        journey 1: dropped at phone hotline
    ";

    /// The next visit is on the same channel: retried.
    exit_2 = "
        Mon 10:00 web payment → journey 1, visit 1, retried, is_exit=yes
        Tue 10:00 web payment → journey 1, visit 2, silent
        journey 1: dropped at web payment
    ";

    /// The last visit of a dropped journey: silent, at the drop-off point.
    exit_3 = "
        Mon 10:00 web basket  → journey 1, visit 1, is_exit=no, is_drop_off_point=no
        Mon 10:05 web payment → journey 1, visit 1, silent, is_exit=yes, is_drop_off_point=yes
        journey 1: dropped at web payment
    ";

    /// The last visit of any other journey has no exit; those before it have.
    exit_4 = "
        with as_of Mon2 00:00
        Mon 10:00 web basket             → journey 1, visit 1, moved
        Mon 11:00 phone hotline          → journey 1, visit 2, is_exit=no, is_drop_off_point=no
        Mon 10:00 web basket client 2    → journey 2, visit 1, moved
        Mon 11:00 agency signed client 2 → journey 2, visit 2, is_exit=no
        Mon 10:00 web basket client 3    → journey 3, visit 1, retried
        Mon 11:00 web refused client 3   → journey 3, visit 2, is_exit=no
        journey 1: open
        journey 2: completed
        journey 3: refused
    ";

    /// A visit that reached a goal has no exit, even if the case goes on.
    exit_5 = "
        Mon 10:00 web paid case A      → journey 1, visit 1
        Mon 10:05 web help case A      → journey 1, visit 1, is_exit=no
        Mon 11:00 phone hotline case A → journey 1, visit 2, moved
        Mon 12:00 web help case A      → journey 1, visit 3
        journey 1: completed
    ";

    /// A goal that the company notes is in no visit, and takes no exit away.
    exit_6 = "
        Mon 10:00 web upload case A      → journey 1, visit 1, moved
        Mon 10:05 web paid system case A → journey 1
        Mon 11:00 phone hotline case A   → journey 1, visit 2
        journey 1: completed
    ";
}
