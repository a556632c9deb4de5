-- ---
-- name     = "journeys_in_period"
-- title    = "Journeys in a period"
-- question = "Which journeys started in the period asked for?"
-- grain    = "one row of `journeys` per journey"
-- reads    = ["journeys"]
-- [params]
-- since = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until = { type = "date", help = "last day of the journeys' start, exclusive" }
-- [columns]
-- ---
-- The columns are those of `journeys`.
with
final as (
    select *
    from journeys
    where ($since is null or started_at >= $since)
      and ($until is null or started_at < $until)
)
select *
from final
