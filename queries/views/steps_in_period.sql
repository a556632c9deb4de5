-- ---
-- name     = "steps_in_period"
-- title    = "Steps in a period"
-- question = "Which contacts are of journeys that started in the period asked for?"
-- grain    = "one row of `steps` per contact"
-- reads    = ["steps"]
-- [params]
-- since = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until = { type = "date", help = "last day of the journeys' start, exclusive" }
-- [columns]
-- ---
-- The columns are those of `steps`.
with
final as (
    select *
    from steps
    where ($since is null or journey_started_at >= $since)
      and ($until is null or journey_started_at < $until)
)
select *
from final
