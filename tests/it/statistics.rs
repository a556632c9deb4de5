//! The statistics agree with independent libraries, and SQL with the functions it is made of.
//!
//! Golden values: `tests/golden/statistics.json`, made by `statistics.py` beside it, which says where each comes from.

use arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::{SessionConfig, SessionContext};
use dropoff::engine::functions::{Functions, functions};
use dropoff::statistics::dispersion::Dispersion;
use dropoff::statistics::distributions::{chi_squared_p_value, normal_p_value, t_p_value, t_quantile};
use dropoff::statistics::evidence::{LARGEST_P, LEAST_EXPECTED, is_compared};
use dropoff::statistics::multiple::benjamini_hochberg;
use dropoff::statistics::rates::Proportion;
use dropoff::statistics::score::{score_high, score_low, score_p_value};
use dropoff::statistics::{Attributable, Evidence, Homogeneity, Interval, RiskRatio, Stratum};
use serde_json::Value;

use crate::project::repository;
use crate::sql::{rows, wait};

/// The cases of one kind.
fn golden(kind: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(repository("tests/golden/statistics.json")).expect("golden values");
    let all: Value = serde_json::from_str(&text).expect("golden values are JSON");
    all[kind].as_array().expect("cases of that kind").clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

fn strata(case: &Value) -> Vec<Stratum> {
    let counts = case["strata"].as_array().expect("strata");
    counts.iter().map(|counts| Stratum::from([0, 1, 2, 3].map(|place| count(&counts[place])))).collect()
}

#[track_caller]
fn assert_near(name: &str, found: Option<f64>, expected: f64) {
    let found = found.unwrap_or_else(|| panic!("no {name}"));
    assert!((found - expected).abs() <= 1e-12 + 1e-9 * expected.abs(), "{name}: {found}, not {expected}");
}

#[track_caller]
fn assert_ends(name: &str, found: Option<Interval>, low: &Value, high: &Value) {
    assert_near(name, found.map(|interval| interval.low), number(low));
    assert_near(name, found.map(|interval| interval.high), number(high));
}

#[test]
fn risk_ratios_are_golden() {
    for case in golden("stratified") {
        let found = RiskRatio::pooled(&strata(&case)).expect("a ratio");
        assert_near("ratio", Some(found.ratio), number(&case["ratio"]));
        assert_near("log_variance", Some(found.log_variance), number(&case["log_variance"]));
        assert_near("p_value", found.p_value(), number(&case["p_value"]));
        assert_ends("interval", Some(found.interval()), &case["low"], &case["high"]);
    }
}

#[test]
fn the_test_of_homogeneity_is_golden() {
    for case in golden("stratified") {
        let strata = strata(&case);
        let found = Homogeneity::of_risk_ratios(&strata);
        let is_tested = count(&case["informative"]) > 1;
        assert_eq!(found.is_some(), is_tested, "one stratum has nothing to differ from");
        if is_tested {
            assert_near("score", found.map(|found| found.statistic), number(&case["score"]));
            assert_near("score_p", found.and_then(|found| found.p_value()), number(&case["score_p"]));
        }
    }
}

#[test]
fn attributable_drop_offs_are_golden() {
    for case in golden("stratified") {
        let found = Attributable::standardised(&strata(&case)).expect("attributable drop-offs");
        assert_near("attributable", Some(found.drops), number(&case["attributable"]));
        assert_ends("interval", Some(found.interval()), &case["attributable_low"], &case["attributable_high"]);
    }
}

#[test]
fn a_side_without_drop_offs_is_golden() {
    for case in golden("one_sided") {
        let strata = strata(&case);
        // The library looks for its bounds by steps.
        let near = |found: Option<f64>, expected: f64| {
            let found = found.expect("a number");
            assert!((found - expected).abs() < 1e-12 + 1e-6 * expected, "{case}: {found}, not {expected}");
        };
        near(score_p_value(&strata), number(&case["p_value"]));
        assert_eq!(RiskRatio::pooled(&strata), None);
        match case["low"].as_f64() {
            Some(low) => near(score_low(&strata), low),
            None => assert!(strata.len() > 1 || score_low(&strata).is_none()),
        }
        match case["high"].as_f64() {
            Some(high) => near(score_high(&strata), high),
            None => assert!(strata.len() > 1 || score_high(&strata).is_none()),
        }
    }
}

#[test]
fn adjusted_p_values_are_golden() {
    for case in golden("adjusted") {
        let numbers = |name: &str| case[name].as_array().expect("numbers").iter().map(number).collect::<Vec<_>>();
        let p_values: Vec<Option<f64>> = numbers("p_values").into_iter().map(Some).collect();
        for (found, expected) in benjamini_hochberg(&p_values).into_iter().zip(numbers("adjusted")) {
            assert_near("adjusted", found, expected);
        }
    }
}

#[test]
fn dispersions_are_golden() {
    for case in golden("dispersion") {
        let rates = case["rates"].as_array().expect("rates").iter();
        let rates = rates.map(|rate| (count(&rate[0]), Proportion { count: count(&rate[1]), of: count(&rate[2]) }));
        let found = Dispersion::of(&rates.collect::<Vec<_>>()).expect("a dispersion");
        assert_near("factor", Some(found.factor), number(&case["factor"]));
        assert_eq!(found.degrees, count(&case["degrees"]));
    }
}

#[test]
fn proportions_are_golden() {
    for case in golden("proportions") {
        let before = Proportion { count: count(&case["before"][0]), of: count(&case["before"][1]) };
        assert_ends("wilson", before.wilson(), &case["wilson"][0], &case["wilson"][1]);
        assert_near("p_value", normal_p_value(number(&case["z"])), number(&case["p_value"]));
    }
}

#[test]
fn tails_are_golden() {
    for case in golden("normal") {
        assert_near("p_value", normal_p_value(number(&case["z"])), number(&case["p_value"]));
    }
    for case in golden("student") {
        assert_near("p_value", t_p_value(number(&case["t"]), number(&case["degrees"])), number(&case["p_value"]));
    }
    for case in golden("student_quantiles") {
        let found = t_quantile(number(&case["share"]), number(&case["degrees"])).expect("a quantile");
        let expected = number(&case["value"]);
        assert!((found / expected - 1.0).abs() < 1e-6, "{found}, not {expected}");
    }
    for case in golden("chi_squared") {
        let found = chi_squared_p_value(number(&case["x"]), number(&case["degrees"]));
        assert_near("p_value", found, number(&case["p_value"]));
    }
}

/// The rows that a session with the functions answers.
fn answer(partitions: usize, sql: &str) -> Result<Vec<Vec<String>>> {
    // One row a batch, so that a few rows are in several partitions.
    let config = SessionConfig::new().with_target_partitions(partitions).with_batch_size(1);
    let context = SessionContext::new_with_config(config);
    let Functions { scalars, aggregates, windows } = functions();
    scalars.into_iter().for_each(|function| context.register_udf(function));
    aggregates.into_iter().for_each(|function| context.register_udaf(function));
    windows.into_iter().for_each(|function| context.register_udwf(function));
    let found: Result<Vec<RecordBatch>> = wait(async { context.sql(sql).await?.collect().await });
    Ok(rows(&found?))
}

fn one_row(sql: &str) -> Vec<String> {
    let mut found = answer(1, sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Strata as a table of SQL, under the name `strata`.
fn table(strata: &[Stratum]) -> String {
    let row = |stratum: &Stratum| {
        let Stratum { exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed } = *stratum;
        format!("select {exposed_dropped} a, {exposed_stayed} b, {unexposed_dropped} c, {unexposed_stayed} d")
    };
    format!("with strata as ({})", strata.iter().map(row).collect::<Vec<_>>().join(" union all "))
}

const NAMES: [&str; 11] = [
    "risk_ratio",
    "low",
    "high",
    "p_value",
    "homogeneity_p",
    "attributable",
    "attributable_low",
    "attributable_high",
    "strata",
    "exposed",
    "exposed_dropped",
];

/// All fields, each taken from its own call, as a report does.
fn fields_of(call: &str) -> String {
    NAMES.map(|name| format!("({call})['{name}'] as {name}")).join(", ")
}

const EVIDENCE: &str = "stratified_evidence(a, b, c, d)";

#[test]
fn evidence_in_sql_is_that_of_the_functions() {
    for case in golden("stratified") {
        let found = one_row(&format!("{} select {} from strata", table(&strata(&case)), fields_of(EVIDENCE)));
        let expected = [
            "ratio",
            "low",
            "high",
            "p_value",
            "score_p",
            "attributable",
            "attributable_low",
            "attributable_high",
            "informative",
        ];
        let is_tested = Evidence::of(&strata(&case)).is_tested;
        for ((found, name), expected) in found.iter().zip(NAMES).zip(expected) {
            match case[expected].as_f64().filter(|_| is_tested || expected == "informative") {
                Some(expected) => assert_near(name, found.parse().ok(), expected),
                None => assert_eq!(found, "", "{name}"),
            }
        }
        let strata = strata(&case);
        let compared = strata.iter().filter(|stratum| is_compared(stratum));
        let totals = compared.fold([0, 0], |[exposed, dropped], stratum| {
            [exposed + stratum.exposed_dropped + stratum.exposed_stayed, dropped + stratum.exposed_dropped]
        });
        assert_eq!(found[9..], totals.map(|total| total.to_string()));
    }
}

#[test]
fn evidence_does_not_depend_on_how_strata_are_read() {
    let cases = golden("stratified");
    let mut strata = strata(&cases[5]);
    let sql = |strata: &[Stratum]| format!("{} select {} from strata", table(strata), fields_of(EVIDENCE));
    let expected = answer(1, &sql(&strata)).expect("an answer");
    for partitions in [1, 4] {
        strata.reverse();
        assert_eq!(answer(partitions, &sql(&strata)).expect("an answer"), expected);
    }
}

#[test]
fn evidence_is_grouped_and_filtered_like_any_aggregate() {
    let by_cause = "
        with strata as (
            select * from (values
                ('form', 1, 30, 70, 20, 180),
                ('form', 2, 60, 140, 10, 90),
                ('wait', 1, 5, 20, 0, 10),
                ('wait', 2, 0, 30, 9, 40)
            ) as t (cause, point, a, b, c, d)
        )";
    let found = answer(
        4,
        &format!(
            "{by_cause}, evidence as (
                select cause, {EVIDENCE} as e, stratified_evidence(a, b, c, d) filter (where point = 1) as first
                from strata group by cause
            )
            select cause, round(e['risk_ratio'], 6), round(e['attributable'], 6), e['strata'], e['exposed'],
                e['exposed_dropped'], first['risk_ratio'] is null, first['homogeneity_p'] is null
            from evidence order by cause"
        ),
    );
    let expected = [
        ["form", "3.0", "60.0", "2", "300", "90", "false", "true"],
        ["wait", "0.417989", "-0.510204", "2", "55", "5", "true", "true"],
    ];
    assert_eq!(found.expect("an answer"), expected);
}

#[test]
fn evidence_of_nothing_is_null_but_for_its_totals() {
    let nothing = ["", "", "", "", "", "", "", "", "0", "0", "0"];
    let none = format!("{} select {} from strata where a > 5", table(&[Stratum::default()]), fields_of(EVIDENCE));
    assert_eq!(one_row(&none), nothing);
    let silent = format!("{} select {} from strata", table(&[Stratum::from([3, 9, 0, 0])]), fields_of(EVIDENCE));
    assert_eq!(one_row(&silent), nothing);
    // What was not counted is no journey.
    let unknown = "select (stratified_evidence(a, b, c, d))['exposed']
        from (values (null, 5, 2, 8), (2, 3, cast(null as bigint), 9)) as t (a, b, c, d)";
    assert_eq!(one_row(unknown), ["10"]);
}

#[test]
fn evidence_refuses_what_is_no_count() {
    for (sql, message) in [
        ("select stratified_evidence(1, 2, -3, 4)", "a count of journeys is negative"),
        (
            "select count(*), stratified_evidence(distinct a, a, a, a) from (values (1)) as t (a)",
            "cannot be `distinct`",
        ),
    ] {
        let error = answer(1, sql).expect_err("an error").to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn functions_of_sql_are_those_of_rust() {
    let found = one_row(
        "select normal_p_value(-1.96), normal_p_value(2), chi_squared_p_value(3.84, 1), wilson_low(81, 263),
            wilson_high(81, 263), t_quantile_95(7), largest_p(), least_expected()",
    );
    let wilson = Proportion { count: 81, of: 263 }.wilson();
    let expected = [
        normal_p_value(1.96),
        normal_p_value(2.0),
        chi_squared_p_value(3.84, 1.0),
        wilson.map(|interval| interval.low),
        wilson.map(|interval| interval.high),
        t_quantile(0.975, 7.0),
        Some(LARGEST_P),
        Some(LEAST_EXPECTED),
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert_near("value", found.parse().ok(), expected.expect("a value"));
    }
    let nulls = one_row(
        "select normal_p_value(null), chi_squared_p_value(1, 0), chi_squared_p_value(null, 3), wilson_low(0, 0),
            wilson_high(3, 2), wilson_low(-1, 5), wilson_high(null, 5)",
    );
    assert_eq!(nulls, [""; 7]);
    let column = "select wilson_low(k, 20) from (values (0), (cast(null as bigint)), (20)) as t (k)";
    let column = answer(1, column).expect("an answer").concat();
    assert_eq!((column[0].as_str(), column[1].as_str(), column[2].starts_with("0.83")), ("0.0", "", true));
}

#[test]
fn functions_are_what_the_module_says() {
    let Functions { scalars, aggregates, windows } = functions();
    let names: Vec<&str> = scalars.iter().map(ScalarUDF::name).collect();
    let expected = [
        "normal_p_value",
        "t_p_value",
        "t_quantile",
        "t_quantile_95",
        "chi_squared_p_value",
        "wilson_low",
        "wilson_high",
        "evidence_verdict",
        "is_compared",
        "largest_p",
        "least_expected",
    ];
    assert_eq!(names, expected);
    let names: Vec<&str> = aggregates.iter().map(AggregateUDF::name).collect();
    assert_eq!(names, ["stratified_evidence", "kaplan_meier", "dispersion"]);
    assert_eq!(windows.iter().map(WindowUDF::name).collect::<Vec<_>>(), ["benjamini_hochberg"]);
}
