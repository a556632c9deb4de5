//! A scenario as written → a checked one, or everything that is wrong with it.

use std::collections::BTreeSet;

use super::checker::Checker;
use super::scenario::{Cause, Channel, LETTERS, Letter, MOST_MEASURES, Point, Scenario, Way};
use super::sheet::{CauseSheet, LetterSheet, PointSheet, ScenarioSheet, WaySheet};
use crate::error::Result;
use crate::journey::Family;

/// Columns of logs; a measure cannot have their names.
const COLUMNS: [&str; 9] =
    ["client_id", "time", "channel", "step", "motive", "agent", "site", "duration_s", "direction"];
/// Pauses within a visit and between visits must stand clear of both gaps.
const SHORTEST_GAP_S: i64 = 4 * 3600;
const SHORTEST_VISIT_GAP_S: i64 = 60;
/// A contact does not last longer than a day.
const LONGEST_S: i32 = 86_400;

/// Checks a scenario; `shown` is the name of its file.
pub(super) fn check(sheet: ScenarioSheet, shown: &str) -> Result<Scenario> {
    let mut checker = Checker::new(shown);
    let scenario = checker.scenario(sheet);
    checker.verdict().map(|()| scenario)
}

impl Checker {
    fn scenario(&mut self, sheet: ScenarioSheet) -> Scenario {
        self.points = sheet.point.iter().map(|point| format!("{}.{}", point.channel, point.step)).collect();
        let channels = self.channels(&sheet);
        let points: Vec<Point> = sheet.point.iter().map(|point| self.point(point, &channels)).collect();
        self.refuse_twice("point", &self.points.clone());
        let mut scenario = Scenario {
            gap: self.span("gap", sheet.gap),
            visit_gap: self.span("visit_gap", sheet.visit_gap),
            returning: self.share("returning", sheet.returning, 0.95),
            duplicates: self.share("duplicates", sheet.duplicates, 1.0),
            without_client: self.share("without_client", sheet.without_client, 0.5),
            company_contacts: self.share("company_contacts", sheet.company_contacts, 1.0),
            start: self.ways("start", &sheet.start),
            motives: sheet.motives,
            channels,
            points,
            causes: Vec::new(),
            letters: sheet.letter.iter().map(|letter| self.letter(letter)).collect(),
        };
        for cause in &sheet.cause {
            self.cause(cause, &mut scenario);
        }
        self.whole(&scenario);
        scenario
    }

    /// Reports what is wrong with the scenario as a whole.
    fn whole(&mut self, scenario: &Scenario) {
        let (gap_s, visit_gap_s) = (scenario.gap.seconds, scenario.visit_gap.seconds);
        if gap_s < SHORTEST_GAP_S.max(4 * visit_gap_s) || visit_gap_s < SHORTEST_VISIT_GAP_S {
            let found = format!("a gap of {}, a visit gap of {}", scenario.gap.text, scenario.visit_gap.text);
            let expected = "a gap of at least 4h and four visit gaps, a visit gap of at least 1m";
            self.report("the gaps are too short", &[("found", &found), ("expected", expected)]);
        }
        if scenario.start.is_empty() {
            self.report("journeys start nowhere", &[("expected", "points under `start`")]);
        }
        if scenario.motives.is_empty() {
            self.report("there are no motives", &[("expected", "one or more")]);
        }
        if scenario.company_contacts > 0.0 && scenario.letters.is_empty() {
            self.report("`company_contacts` is above 0, and there is no `[[letter]]`", &[]);
        }
        scenario.motives.iter().for_each(|motive| self.plain(motive));
        let codes: Vec<String> =
            scenario.causes.iter().map(|cause| format!("{}.{}", cause.family.name(), cause.code)).collect();
        self.refuse_twice("cause", &codes);
        let measures: Vec<String> = scenario.causes.iter().map(|cause| cause.measure.clone()).collect();
        self.refuse_twice("measure", &measures);
        for (point, name) in scenario.points.iter().zip(self.points.clone()) {
            if point.causes.len() > MOST_MEASURES {
                let found = point.causes.len().to_string();
                let expected = format!("at most {MOST_MEASURES}");
                self.report(format!("too many causes at `{name}`"), &[("found", &found), ("expected", &expected)]);
            }
        }
    }

    /// The channels of the points, in their order.
    fn channels(&mut self, sheet: &ScenarioSheet) -> Vec<Channel> {
        let mut channels: Vec<Channel> = Vec::new();
        for point in &sheet.point {
            if channels.iter().any(|channel| channel.name == point.channel) {
                continue;
            }
            self.plain(&point.channel);
            if point.channel == LETTERS {
                self.report(format!("a channel of clients cannot be named `{LETTERS}`"), &[]);
            }
            let written = sheet.channel.get(&point.channel).cloned().unwrap_or_default();
            if let Some(duration_s) = written.duration_s {
                self.range(&format!("duration_s of `{}`", point.channel), duration_s, [0, LONGEST_S]);
            }
            channels.push(Channel {
                name: point.channel.clone(),
                duration_s: written.duration_s,
                agents: written.agents,
                sites: written.sites,
            });
        }
        for name in sheet.channel.keys() {
            if !channels.iter().any(|channel| channel.name == *name) {
                let error = self.mistake(format!("no point is on channel `{name}`"));
                self.mistakes.push(error.did_you_mean(name, channels.iter().map(|channel| channel.name.as_str())));
            }
        }
        channels
    }

    fn point(&mut self, point: &PointSheet, channels: &[Channel]) -> Point {
        let name = format!("{}.{}", point.channel, point.step);
        self.plain(&point.step);
        if point.end.is_none() && point.next.is_empty() {
            let expected = "`next`, or `end` = completed, refused or withdrawn";
            self.report(format!("point `{name}` leads nowhere"), &[("expected", expected)]);
        }
        if point.end.is_some() && (!point.next.is_empty() || point.drop != 0.0) {
            self.report(format!("point `{name}` ends journeys, and has `next` or `drop`"), &[]);
        }
        Point {
            channel: channels.iter().position(|channel| channel.name == point.channel).unwrap_or(0),
            step: point.step.clone(),
            drop: self.share(&format!("drop of {name}"), point.drop, 0.95),
            next: self.ways(&name, &point.next),
            end: point.end,
            causes: Vec::new(),
        }
    }

    fn ways(&mut self, from: &str, ways: &[WaySheet]) -> Vec<Way> {
        let mut found = Vec::new();
        for way in ways {
            self.weight(from, way.weight);
            if let Some(point) = self.point_named(&way.point, from) {
                found.push(Way { point, weight: way.weight, retry: way.retry });
            }
        }
        found
    }

    fn cause(&mut self, cause: &CauseSheet, scenario: &mut Scenario) {
        let name = format!("{}.{}", cause.family, cause.code);
        let family = Family::ALL.into_iter().find(|family| family.name() == cause.family);
        if family.is_none() {
            let error = self.mistake(format!("unknown family `{}`", cause.family));
            self.mistakes.push(error.did_you_mean(&cause.family, Family::ALL.map(Family::name)));
        }
        self.plain(&cause.code);
        self.plain(&cause.measure);
        if COLUMNS.contains(&cause.measure.as_str()) {
            self.report(format!("measure `{}` has the name of a column of the logs", cause.measure), &[]);
        }
        if !(cause.ratio > 0.0 && cause.ratio.is_finite()) {
            self.report(format!("the ratio of `{name}` is not above 0"), &[("found", &cause.ratio.to_string())]);
        }
        for range in [Some(cause.met), cause.otherwise].into_iter().flatten() {
            self.range(&format!("a measure of `{name}`"), range, [i32::MIN + 1, i32::MAX]);
        }
        let exposure = self.share(&format!("exposure of {name}"), cause.exposure, 1.0);
        let at: BTreeSet<usize> = match (&cause.channel, cause.at.as_slice()) {
            (Some(channel), []) => {
                let on_channel = |point: &usize| scenario.channels[scenario.points[*point].channel].name == *channel;
                let all = 0..scenario.points.len();
                all.filter(|point| on_channel(point) && scenario.points[*point].end.is_none()).collect()
            }
            (None, points) => points.iter().filter_map(|point| self.point_named(point, &name)).collect(),
            (Some(_), _) => {
                self.report(format!("`{name}` has both `at` and `channel`"), &[]);
                return;
            }
        };
        if at.iter().any(|&point| scenario.points[point].end.is_some()) {
            self.report(format!("`{name}` stands at a point that ends journeys"), &[]);
        }
        if at.is_empty() {
            self.report(format!("`{name}` stands at no point"), &[("expected", "points in `at`, or a `channel`")]);
        }
        let number = scenario.causes.len();
        at.iter().for_each(|&point| scenario.points[point].causes.push(number));
        scenario.causes.push(Cause {
            family: family.unwrap_or(Family::Technical),
            code: cause.code.clone(),
            exposure,
            ratio: cause.ratio,
            measure: cause.measure.clone(),
            met: cause.met,
            otherwise: cause.otherwise,
            when: cause.when.clone(),
        });
    }

    fn letter(&mut self, letter: &LetterSheet) -> Letter {
        let name = format!("{}.{}", letter.channel, letter.step);
        self.plain(&letter.channel);
        self.plain(&letter.step);
        self.weight(&name, letter.weight);
        if self.points.contains(&name) {
            self.report(format!("`{name}` is a point of clients and a letter"), &[]);
        }
        Letter { channel: letter.channel.clone(), step: letter.step.clone(), weight: letter.weight }
    }
}
