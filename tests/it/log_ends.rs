//! Rates, evidence and comparisons where a log ends: drawn logs, and what is known to be true of them.
//!
//! A client starts at any moment and goes through three steps. At each they are dropped, get what they came for, or go on,
//! minutes or days later; what is drawn does not depend on where the log ends. A signal comes and goes. Short logs and long
//! gaps are where a careless count goes wrong. Tests that take minutes are ignored: `cargo test --release log_ends -- --ignored`.

use std::fmt::Write;

use dropoff::engine::{Engine, Options};
use dropoff::query::{Params, QuerySet};

use crate::project::{Project, ok};
use crate::reports::{Row, report};

const DAY_S: f64 = 86_400.0;
/// 5 January 2026, a Monday, in seconds since 1970.
const START_S: f64 = 1_767_571_200.0;
const STEPS: [&str; 3] = ["offer", "basket", "payment"];
/// Of those at each step without the signal: dropped there.
const DROPPED: [f64; 3] = [0.20, 0.15, 0.25];
/// Of those not dropped: done at once.
const DONE: [f64; 3] = [0.10, 0.25, 1.0];

/// When the signal can be met.
#[derive(Clone, Copy, Debug)]
enum Signal {
    Always,
    /// Until a gap before the end of the log.
    Mended,
    /// From a gap before the end of the log on.
    New,
    /// Every other week.
    Recurring,
}

/// What a log is drawn from.
#[derive(Clone, Copy, Debug)]
struct World {
    gap_days: f64,
    span_days: f64,
    /// Whether clients take days between steps, up to nine tenths of the gap, or minutes.
    is_long: bool,
    signal: Signal,
    /// How many times as often clients with the signal are dropped.
    ratio: f64,
    /// Standard deviation of the weeks' drop-off rate around the mean.
    spread: f64,
    journeys: usize,
}

impl World {
    fn meets(&self, day: f64, draw: &mut Draw) -> bool {
        let can = match self.signal {
            Signal::Always => true,
            Signal::Mended => day < self.span_days - self.gap_days,
            Signal::New => day >= self.span_days - self.gap_days,
            Signal::Recurring => (day / 7.0).floor() % 2.0 == 0.0,
        };
        can && draw.below(0.3)
    }

    /// A log as CSV. Clients who start before it begins are in it with what they do later.
    fn log(&self, draw: &mut Draw) -> String {
        let mut text = "client,time,step,slow\n".to_owned();
        let before = if self.is_long { 3.0 * self.gap_days } else { 0.0 };
        let count = (self.journeys as f64 * (self.span_days + before) / self.span_days) as usize;
        let weeks: Vec<f64> = (0..200).map(|_| self.spread * draw.normal()).collect();
        for client in 0..count {
            let mut day = draw.uniform() * (self.span_days + before) - before;
            let of_week = weeks[(day / 7.0).floor().rem_euclid(200.0) as usize];
            for place in 0..STEPS.len() {
                let is_slow = self.meets(day, draw);
                self.write(&mut text, client, day, STEPS[place], is_slow);
                let dropped = (DROPPED[place] + of_week).clamp(0.01, 0.95) * if is_slow { self.ratio } else { 1.0 };
                if draw.below(dropped) {
                    break;
                }
                day += if self.is_long { draw.uniform() * 0.9 * self.gap_days } else { 0.005 * draw.uniform() };
                if draw.below(DONE[place]) {
                    self.write(&mut text, client, day, "done", false);
                    break;
                }
            }
        }
        text
    }

    fn write(&self, text: &mut String, client: usize, day: f64, step: &str, is_slow: bool) {
        if (0.0..self.span_days).contains(&day) {
            let seconds = START_S + day * DAY_S;
            let time = chrono::DateTime::from_timestamp(seconds as i64, 0).expect("a moment").to_rfc3339();
            writeln!(text, "{client},{time},{step},{is_slow}").expect("text");
        }
    }

    async fn open(&self, seed: u64) -> (Project, Engine) {
        let project = Project::new(&format!(
            "[journey]\ngap = '{}h'\ngoals = ['done']\n
             [causes]\nshipped = false\n[[cause]]\nfamily = 'technical'\ncode = 'slow'\nwhen = 'slow'\n
             [[source]]\nname = 'web'\nfiles = 'web.csv'\nchannel = 'web'\nduplicates = 'keep'\n
             columns = {{ client = 'client', time = 'time', step = 'step' }}\n
             measures = {{ slow = {{ column = 'slow', type = 'bool' }} }}\n",
            (self.gap_days * 24.0).round() as i64
        ));
        project.write("web.csv", self.log(&mut Draw(seed)));
        ok(project.ingest().await);
        let engine = ok(project.open().await);
        (project, engine)
    }
}

/// Numbers drawn by chance: SplitMix64 (Steele, Lea and Flood 2014).
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }

    /// Box and Muller 1958.
    fn normal(&mut self) -> f64 {
        let (one, other) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
    }
}

/// Gap ÷ span of 0.05, 0.25 and 0.5, short journeys and long ones.
fn worlds(signal: Signal, ratio: f64, journeys: usize) -> Vec<World> {
    let mut worlds = Vec::new();
    for (gap_days, span_days) in [(7.0, 140.0), (7.0, 28.0), (14.0, 28.0)] {
        for is_long in [false, true] {
            worlds.push(World { gap_days, span_days, is_long, signal, ratio, spread: 0.0, journeys });
        }
    }
    worlds
}

/// What was found in many logs of one world.
#[derive(Debug, Default)]
struct Found {
    logs: usize,
    /// Errors of the rates at the three steps, summed up.
    error: [f64; 3],
    /// Errors of the rate over all closed journeys that came there, immature ones included.
    careless: [f64; 3],
    most_open: f64,
    warned: usize,
    tested: usize,
    supported: usize,
    covered: usize,
    changed: usize,
    compared: usize,
}

impl Found {
    async fn count(world: World, seeds: std::ops::Range<u64>) -> Found {
        let mut found = Found::default();
        for seed in seeds {
            let (_project, engine) = world.open(seed).await;
            found.logs += 1;
            found.most_open = found.most_open.max(engine.maturity().open_share);
            found.warned += usize::from(engine.maturity().has_many_open());
            let points = report(&engine, "drop_off_points", &[]).await;
            let closed = "select step, count(*) filter (where first_at_point) as closed from steps
                where status <> 'open' group by step";
            let closed = crate::reports::named_rows(&engine, closed).await;
            for (place, step) in STEPS.iter().enumerate() {
                let at = |rows: &[Row]| rows.iter().position(|row| row.text("step") == *step);
                let Some(point) = at(&points) else { continue };
                found.error[place] += points[point].number("drop_off_rate") - DROPPED[place];
                let closed = closed[at(&closed).expect("the step")].number("closed");
                found.careless[place] += points[point].number("drops") / closed - DROPPED[place];
            }
            for row in report(&engine, "evidence", &[]).await.iter().filter(|row| row.text("cause") == "slow") {
                found.supported += usize::from(row.text("verdict") == "supported");
                if ["supported", "not supported"].contains(&row.text("verdict")) {
                    found.tested += 1;
                    let holds = row.number("low") <= world.ratio && world.ratio <= row.number("high");
                    found.covered += usize::from(holds);
                }
            }
            if let Some(p) = report(&engine, "change", &[]).await.first().and_then(|row| row.cell("p_value").number()) {
                found.compared += 1;
                found.changed += usize::from(p <= 0.05);
            }
        }
        found
    }

    /// The mean error of a rate, over the steps.
    fn error(&self) -> f64 {
        self.error.iter().map(|sum| (sum / self.logs as f64).abs()).fold(0.0, f64::max)
    }
}

/// Whether the 99% interval of `count` out of `of` reaches down to `share` (normal approximation of Wilson's).
fn reaches_down_to(count: usize, of: usize, share: f64) -> bool {
    let deviation = (share * (1.0 - share) / of as f64).sqrt();
    count as f64 / of as f64 <= share + 2.576 * deviation + 0.5 / of as f64
}

/// Whether a share may be between 93% and 97%, by its 99% interval.
fn is_about_95(count: usize, of: usize) -> bool {
    reaches_down_to(of - count, of, 0.07) && reaches_down_to(count, of, 0.97)
}

async fn rates_are_right(logs: u64, journeys: usize) {
    for world in worlds(Signal::Always, 1.0, journeys) {
        let found = Found::count(world, 0..logs).await;
        println!("{world:?}\n  {found:?}\n  largest mean error {:.4}", found.error());
        // Standard errors of a mean rate at the least frequent step, and what may be left.
        let chance = 3.0 * (0.25 / (0.2 * journeys as f64 * logs as f64)).sqrt();
        let bias = if found.most_open < 0.01 { 0.005 } else { 0.02 };
        assert!(found.error() < bias + chance || found.warned * 2 > found.logs, "{world:?}: {found:?}");
        assert!(reaches_down_to(found.supported, found.tested.max(1), 0.05), "{world:?}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_do_not_depend_on_where_the_log_ends() {
    rates_are_right(3, 2_500).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn rates_of_200_logs_have_no_error_on_average() {
    rates_are_right(200, 2_500).await;
}

async fn evidence_is_right(signals: &[Signal], logs: u64, journeys: usize) {
    for &signal in signals {
        for ratio in [1.0, 2.0] {
            for world in worlds(signal, ratio, journeys) {
                let found = Found::count(world, 1_000..1_000 + logs).await;
                println!(
                    "{world:?}\n  tested {} of {}, supported {}, covered {}, changed {} of {}",
                    found.tested, found.logs, found.supported, found.covered, found.changed, found.compared
                );
                if found.tested > 0 && ratio == 1.0 {
                    assert!(reaches_down_to(found.supported, found.tested, 0.05), "{world:?}: {found:?}");
                    // A signal without effect that comes and goes changes no rate.
                    assert!(reaches_down_to(found.changed, found.compared.max(1), 0.05), "{world:?}: {found:?}");
                }
                if found.tested > 0 {
                    assert!(is_about_95(found.covered, found.tested), "{world:?}: {found:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_that_come_and_go_are_neither_causes_nor_hidden() {
    evidence_is_right(&[Signal::Mended, Signal::New], 2, 2_500).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn signals_that_come_and_go_in_200_logs() {
    evidence_is_right(&[Signal::Mended, Signal::Recurring, Signal::New, Signal::Always], 200, 2_500).await;
}

/// Weeks differ by 5 points (standard deviation), and nothing else changes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn weeks_that_differ_are_no_change() {
    let world = World {
        gap_days: 7.0,
        span_days: 140.0,
        is_long: false,
        signal: Signal::Always,
        ratio: 1.0,
        spread: 0.05,
        journeys: 8_000,
    };
    let found = Found::count(world, 2_000..2_200).await;
    println!("changed {} of {}", found.changed, found.compared);
    assert!(found.compared == found.logs && reaches_down_to(found.changed, found.compared, 0.05), "{found:?}");
}

/// A year of weekly looks, over weeks that differ by 3 points: in how many years is there an alert.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn a_year_of_looks_hardly_ever_alerts_falsely() {
    let (mut years, mut with_alert) = (0, 0);
    for (spread, seeds) in [(0.0, 3_000..3_060), (0.03, 3_100..3_160)] {
        let world = World {
            gap_days: 5.0,
            span_days: 7.0 * 62.0,
            is_long: false,
            signal: Signal::Always,
            ratio: 1.0,
            spread,
            journeys: 12_000,
        };
        let mut alerts = 0;
        let logs = seeds.end - seeds.start;
        for seed in seeds {
            let (project, _) = world.open(seed).await;
            let query = ok(ok(QuerySet::load(None)).pick(&["drop_off_rate_has_risen".to_owned()])).remove(0);
            let mut has_alerted = false;
            for week in 10..62 {
                let as_of_us = ((START_S + f64::from(week) * 7.0 * DAY_S) * 1e6) as i64;
                let options = Options { as_of_us: Some(as_of_us), ..Options::default() };
                let engine = ok(Engine::open(&project.config, options).await);
                has_alerted |= ok(engine.answer(&query, &Params::new()).await).row_count() > 0;
            }
            alerts += usize::from(has_alerted);
        }
        println!("spread {spread}: {alerts} of {logs} years");
        assert!(reaches_down_to(alerts, logs as usize, 0.05), "spread {spread}: {alerts} of {logs}");
        years += logs;
        with_alert += alerts;
    }
    assert!(reaches_down_to(with_alert, years as usize, 0.05), "{with_alert} of {years}");
}
