//! What a contact knows of its journey, and what drop-off points are measured against.

clients! {
    // ---- Reach: what a drop-off point is measured against -----------------------------------------------------------

    /// A journey reaches a point once, however often it comes back.
    reach_1 = "
        Mon 10:00 web basket   → journey 1, visit 1, first_at_point=yes
        Mon 10:05 web basket   → journey 1, visit 1, moved, first_at_point=no
        Mon 11:00 phone basket → journey 1, visit 2, retried, first_at_point=yes
        Mon 12:00 phone basket → journey 1, visit 3, silent, first_at_point=no
        journey 1: dropped at phone basket
        point web basket: reach=1, open=0, moved=1, retried=0, silent=0, rate=0
        point phone basket: reach=1, open=0, moved=0, retried=1, silent=1, rate=1
    ";

    /// A later journey of the same client reaches it again.
    reach_2 = "
        Mon 10:00 web basket  → journey 1, visit 1, silent, first_at_point=yes
        Mon3 10:00 web basket → journey 2, visit 1, silent, first_at_point=yes
        journey 1: dropped at web basket
        journey 2: dropped at web basket
        point web basket: reach=2, open=0, silent=2, rate=1
    ";

    /// Company contacts reach points too.
    reach_3 = "
        Mon 10:00 email message         → journey 1, visit 1, silent, first_at_point=yes
        Tue 10:00 email answer outbound → journey 1, first_at_point=yes
        Wed 10:00 email answer outbound → journey 1, first_at_point=no
        journey 1: dropped at email message
        point email answer: reach=1, silent=0
    ";

    /// No step, or no channel, is a point of its own.
    reach_4 = "
        Mon 10:00 web no-step        → journey 1, visit 1, first_at_point=yes
        Mon 10:05 web no-step        → journey 1, visit 1, moved, first_at_point=no
        Mon 10:10 no-channel no-step → journey 1, visit 2, silent, first_at_point=yes
        journey 1: dropped at no-channel no-step
        point web no-step: reach=1, moved=1
        point no-channel no-step: reach=1, silent=1
    ";

    /// The rate of a point is drops ÷ journeys that reached it, both of those that are mature there, and are not open.
    reach_5 = "
        with as_of Tue2 10:00
        Mon 10:00 web basket             → journey 1, visit 1, silent
        Mon 10:00 web basket client 2    → journey 2, visit 1
        Mon 10:05 web paid client 2      → journey 2, visit 1
        Fri 10:00 web basket client 3    → journey 3, visit 1
        Mon 10:00 web basket client 4    → journey 4, visit 1, moved
        Mon 10:05 phone hotline client 4 → journey 4, visit 2, silent
        journey 1: dropped at web basket
        journey 2: completed
        journey 3: open
        journey 4: dropped at phone hotline
        point web basket: reach=4, open=1, moved=1, retried=0, silent=1, rate=0.333
        point phone hotline: reach=1, open=0, silent=1, rate=1
    ";

    // ---- Context: what a contact knows of its journey ---------------------------------------------------------------

    /// Neighbours are the contacts before and after in the journey, of any direction; seconds run from start to start.
    context_1 = "
        Mon 10:00 web basket until 10:05  → journey 1, visit 1, moved, previous_channel=none, previous_step=none, next_channel=email, next_step=reminder, seconds_since_previous=none
        Mon 11:00 email reminder outbound → journey 1, previous_channel=web, previous_step=basket, next_channel=phone, seconds_since_previous=3600
        Mon 11:00:30 phone hotline        → journey 1, visit 2, silent, previous_channel=email, next_channel=none, next_step=none, seconds_since_previous=30
        journey 1: dropped at phone hotline
    ";

    /// `visits_so_far` counts the visits begun up to this contact; at a company contact too.
    context_2 = "
        Mon 10:00 web basket            → journey 1, visit 1, moved, visits_so_far=1
        Mon 10:30 sms reminder outbound → journey 1, visits_so_far=1
        Mon 11:00 phone hotline         → journey 1, visit 2, silent, visits_so_far=2
        Mon 11:30 sms reminder outbound → journey 1, visits_so_far=2
        journey 1: dropped at phone hotline
    ";

    /// `times_at_step` counts contacts at the same channel and step, this one included.
    context_3 = "
        Mon 10:00 web basket   → journey 1, visit 1, times_at_step=1
        Mon 10:05 web help     → journey 1, visit 1, times_at_step=1
        Mon 10:10 web basket   → journey 1, visit 1, moved, times_at_step=2
        Mon 10:15 phone basket → journey 1, visit 2, silent, times_at_step=1
        journey 1: dropped at phone basket
    ";

    /// `agents_so_far` counts different agents, on all channels and in all directions.
    context_4 = "
        Mon 10:00 web basket                        → journey 1, visit 1, moved, agents_so_far=0
        Mon 11:00 phone hotline agent ann           → journey 1, visit 2, moved, agents_so_far=1
        Mon 12:00 phone callback outbound agent bob → journey 1, agents_so_far=2
        Mon 13:00 agency desk agent ann             → journey 1, visit 3, silent, agents_so_far=2
        journey 1: dropped at agency desk
    ";

    /// `transfers_so_far` counts, over the journey, changes of agent within a visit; contacts without agent are passed over.
    context_5 = "
        Mon 10:00 phone hotline agent ann → journey 1, visit 1, transfers_so_far=0
        Mon 10:05 phone menu              → journey 1, visit 1, transfers_so_far=0
        Mon 10:10 phone billing agent bob → journey 1, visit 1, transfers_so_far=1
        Mon 10:15 phone billing agent bob → journey 1, visit 1, transfers_so_far=1
        Mon 10:20 phone hotline agent ann → journey 1, visit 1, retried, transfers_so_far=2
        Mon 12:00 phone hotline agent eve → journey 1, visit 2, silent, transfers_so_far=2
        journey 1: dropped at phone hotline
    ";

    /// A call by the company within a visit is no transfer.
    context_6 = "
        Mon 10:00 phone hotline agent ann           → journey 1, visit 1, transfers_so_far=0
        Mon 10:05 phone callback outbound agent bob → journey 1, transfers_so_far=0
        Mon 10:10 phone hotline agent ann           → journey 1, visit 1, silent, transfers_so_far=0
        journey 1: dropped at phone hotline
    ";

    /// `reminders_so_far` counts outbound contacts, this one included; system contacts are none.
    context_7 = "
        Mon 10:00 web basket              → journey 1, visit 1, moved, reminders_so_far=0
        Tue 10:00 email reminder outbound → journey 1, reminders_so_far=1
        Tue 10:00 email receipt system    → journey 1, reminders_so_far=1
        Wed 10:00 email reminder outbound → journey 1, reminders_so_far=2
        Thu 10:00 phone hotline           → journey 1, visit 2, silent, reminders_so_far=2
        journey 1: dropped at phone hotline
    ";

    /// `unanswered`: a written message by the client with no later outbound contact in the journey.
    context_8 = "
        Mon 10:00 email message           → journey 1, visit 1, moved, unanswered=no
        Mon 11:00 letter message          → journey 1, visit 2, moved, unanswered=no
        Mon 12:00 phone callback outbound → journey 1, unanswered=no
        Mon 13:00 chat message            → journey 1, visit 3, moved, unanswered=yes
        Mon 14:00 sms message             → journey 1, visit 4, moved, unanswered=yes
        Mon 14:05 sms receipt system      → journey 1, unanswered=no
        Mon 15:00 phone hotline           → journey 1, visit 5, silent, unanswered=no
        journey 1: dropped at phone hotline
    ";

    /// An outbound contact of another journey is no answer.
    context_9 = "
        with by_motive
        Mon 10:00 email message motive order         → journey 1, visit 1, silent, unanswered=yes
        Mon 11:00 email message motive claim         → journey 2, visit 1, silent, unanswered=no
        Mon 12:00 email answer outbound motive claim → journey 2
        journey 1: dropped at email message
        journey 2: dropped at email message
    ";

    /// A promise is kept by an outbound contact after this contact and no later than promised,
    context_10 = "
        Mon 10:00 phone hotline promised Tue 10:00 → journey 1, visit 1, silent, promise_broken=no
        Tue 10:00 phone callback outbound          → journey 1
        journey 1: dropped at phone hotline
    ";

    /// … not by a later one,
    context_11 = "
        Mon 10:00 phone hotline promised Tue 10:00  → journey 1, visit 1, silent, promise_broken=yes
        Tue 10:00:00.000001 phone callback outbound → journey 1
        journey 1: dropped at phone hotline
    ";

    /// … not by one at the same moment as the promise,
    context_12 = "
        Mon 10:00 phone hotline promised Tue 10:00 → journey 1, visit 1, silent, promise_broken=yes
        Mon 10:00 email advert outbound            → journey 1
        journey 1: dropped at phone hotline
    ";

    /// … and not by a system contact or the client's own.
    context_13 = "
        Mon 10:00 phone hotline promised Tue 10:00 → journey 1, visit 1, retried, promise_broken=yes
        Mon 11:00 sms receipt system               → journey 1
        Mon 12:00 phone hotline                    → journey 1, visit 2, silent, promise_broken=no
        journey 1: dropped at phone hotline
    ";

    /// A promise is not broken before the horizon has passed it.
    context_14 = "
        with as_of Tue 10:00
        Mon 10:00 phone hotline promised Tue 10:00          → journey 1, visit 1, promise_broken=no
        Mon 10:00 phone hotline promised Tue 09:59 client 2 → journey 2, visit 1, promise_broken=yes
        journey 1: open
        journey 2: open
    ";

    /// `days_since_reminder` runs from the latest outbound contact up to this one; a reminder itself has 0.
    context_15 = "
        Mon 10:00 web basket              → journey 1, visit 1, moved, days_since_reminder=none
        Tue 10:00 email reminder outbound → journey 1, days_since_reminder=0
        Tue 22:00 email receipt system    → journey 1, days_since_reminder=0.5
        Thu 10:00 phone hotline           → journey 1, visit 2, silent, days_since_reminder=2
        journey 1: dropped at phone hotline
    ";

    /// `unanswered_days` runs from an unanswered message to the horizon; other contacts have none.
    context_16 = "
        with as_of Fri 10:00
        Mon 10:00 email message           → journey 1, visit 1, moved, unanswered_days=none
        Mon 12:00 phone callback outbound → journey 1, unanswered_days=none
        Tue 22:00 chat message            → journey 1, visit 2, moved, unanswered=yes, unanswered_days=2.5
        Wed 10:00 phone hotline           → journey 1, visit 3, unanswered_days=none
        journey 1: open
    ";

    /// A message at the horizon has not waited yet.
    context_17 = "
        with as_of Tue 10:00
        Mon 10:00 web basket    → journey 1, visit 1, moved
        Tue 10:00 email message → journey 1, visit 2, unanswered=yes, unanswered_days=0
        journey 1: open
    ";

    /// `no_follow_up`: a client contact of a journey without any outbound contact; system contacts are none.
    context_18 = "
        with by_motive
        Mon 10:00 web basket motive order              → journey 1, visit 1, silent, no_follow_up=yes
        Mon 10:05 email receipt system motive order    → journey 1, no_follow_up=no
        Mon 11:00 web upload motive claim              → journey 2, visit 1, moved, no_follow_up=no
        Mon 12:00 phone callback outbound motive claim → journey 2, no_follow_up=no
        Mon 13:00 email message motive claim           → journey 2, visit 2, silent, no_follow_up=no
        journey 1: dropped at web basket
        journey 2: dropped at email message
    ";

    /// A `promise` is `kept` or `late` by the first outbound contact after this contact,
    context_19 = "
        Mon 10:00 phone hotline promised Tue 10:00           → journey 1, visit 1, silent, promise=kept
        Tue 10:00 phone callback outbound                    → journey 1, promise=none
        Mon 10:00 phone hotline promised Tue 10:00 client 2  → journey 2, visit 1, silent, promise=late
        Mon 10:00 email advert outbound client 2             → journey 2
        Tue 10:00:00.000001 phone callback outbound client 2 → journey 2
        journey 1: dropped at phone hotline
        journey 2: dropped at phone hotline
    ";

    /// … and without one it is `not_due` until the horizon has passed it, then `broken`.
    context_20 = "
        with as_of Tue 10:00
        Mon 10:00 phone hotline promised Tue 10:00          → journey 1, visit 1, promise=not_due
        Mon 10:00 phone hotline promised Tue 09:59 client 2 → journey 2, visit 1, promise=broken
        journey 1: open
        journey 2: open
    ";

    /// What comes after the horizon is not known yet: neither late nor broken.
    context_21 = "
        with as_of Mon 12:00
        Mon 10:00 phone hotline promised Mon 12:00 → journey 1, visit 1, promise=not_due, promise_broken=no
        Mon 13:00 phone callback outbound          → no journey
        journey 1: open
    ";

    /// `contradicts`: of the same step, another channel has last said another outcome.
    context_22 = "
        Mon 10:00 web offer outcome yes   → journey 1, visit 1, moved, contradicts=no
        Mon 11:00 phone offer outcome no  → journey 1, visit 2, moved, contradicts=yes
        Mon 12:00 agency offer outcome no → journey 1, visit 3, moved, contradicts=no
        Mon 13:00 web help outcome yes    → journey 1, visit 4, contradicts=no
        Mon 13:05 web offer               → journey 1, visit 4, contradicts=no
        Mon 13:10 web offer outcome yes   → journey 1, visit 4, silent, contradicts=yes
        journey 1: dropped at web offer
    ";

    /// A channel that changes its mind does not contradict itself,
    context_23 = "
        Mon 10:00 web offer outcome yes   → journey 1, visit 1, contradicts=no
        Mon 10:05 web offer outcome no    → journey 1, visit 1, moved, contradicts=no
        Mon 11:00 phone offer outcome no  → journey 1, visit 2, contradicts=no
        Mon 11:05 phone offer outcome yes → journey 1, visit 2, silent, contradicts=yes
        journey 1: dropped at phone offer
    ";

    /// … and without step or channel nothing is said.
    context_24 = "
        Mon 10:00 web no-step outcome yes      → journey 1, visit 1, moved, contradicts=no
        Mon 11:00 phone no-step outcome no     → journey 1, visit 2, moved, contradicts=no
        Mon 12:00 no-channel offer outcome yes → journey 1, visit 3, moved, contradicts=no
        Mon 13:00 phone offer outcome no       → journey 1, visit 4, silent, contradicts=no
        journey 1: dropped at phone offer
    ";

    /// Sums of the measures `wait_seconds`, `questions` and `menus` in the journey; none before the first value.
    context_25 = "
        Mon 10:00 web basket                       → journey 1, visit 1, moved, wait_so_far=none, questions_so_far=none
        Mon 11:00 phone hotline waited 120 asked 2 → journey 1, visit 2, wait_so_far=120, questions_so_far=2
        Mon 11:10 phone hotline waited 30.5        → journey 1, visit 2, moved, wait_so_far=150.5, questions_so_far=2
        Mon 12:00 email reminder outbound          → journey 1, wait_so_far=150.5
        Mon 13:00 agency desk asked 3              → journey 1, visit 3, silent, wait_so_far=150.5, questions_so_far=5
        Mon3 10:00 phone hotline asked 1           → journey 2, visit 1, silent, wait_so_far=none, questions_so_far=1
        journey 1: dropped at agency desk
        journey 2: dropped at phone hotline
    ";

    /// A measure that the logs do not have, here `menus`, has no sum.
    context_26 = "
        Mon 10:00 phone hotline waited 120 → journey 1, visit 1, silent, wait_so_far=120, menus_so_far=none
        journey 1: dropped at phone hotline
    ";
}
