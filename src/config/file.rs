//! The file as a whole: read it, walk its sections, check what spans several of them.

use std::io::ErrorKind;
use std::path::Path;

use toml::de::DeTable;

use super::document::Document;
use super::model::{Config, Source};
use super::source::State;
use super::walk::Table;
use super::{causes, channels, ingest, journey, report, source, store};
use crate::error::{Error, Result};

const KEYS: [&str; 7] = ["store", "ingest", "journey", "source", "causes", "cause", "report"];

/// A configuration file as far as it can be read: what is wrong in it is left out.
#[derive(Debug)]
pub struct Draft {
    pub config: Config,
    pub mistakes: Option<Error>,
    /// The sources that are left out. A column that is missing may be one of theirs.
    pub unsound: Vec<Unsound>,
}

/// A source with mistakes: placeholders stand in for what is wrong.
#[derive(Debug)]
pub struct Unsound {
    pub source: Source,
    /// Whether its mistakes are elsewhere than in how its files are read.
    pub can_be_read: bool,
}

/// Reads and checks a configuration file.
///
/// # Errors
/// One that holds all its mistakes, or the reason why the file cannot be read.
pub fn load(path: &Path) -> Result<Config> {
    let Draft { config, mistakes, .. } = draft(path)?;
    mistakes.map_or(Ok(config), Err)
}

/// Reads a configuration file, to look for further mistakes where it has some.
///
/// # Errors
/// Where it cannot be read, or is no TOML.
pub fn draft(path: &Path) -> Result<Draft> {
    parse_draft(&read(path)?, path)
}

fn read(path: &Path) -> Result<String> {
    let file = path.display();
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::user(format!("there is no configuration file `{file}`"))
            .hint("`dropoff demo` makes a sample project with one to start from"),
        ErrorKind::IsADirectory => Error::user(format!("`{file}` is a folder, not a configuration file")),
        _ => Error::environment(format!("cannot read `{file}`")).fact("reason", error.to_string()),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let readable = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(readable).filter(|byte| **byte == b'\n').count() + 1;
        Error::user(format!("`{file}` is not UTF-8 text")).fact("where", format!("{file}:{line}"))
    })
}

fn parse_draft(text: &str, path: &Path) -> Result<Draft> {
    let document = Document::new(text, path.display().to_string());
    let root = document.parse()?;
    let (config, unsound) = config(&document, &root, path);
    Ok(Draft { config, mistakes: document.verdict().err(), unsound })
}

/// Walks all sections; what is wrong is reported to the document.
fn config<'d>(document: &'d Document<'d>, root: &'d DeTable<'d>, path: &Path) -> (Config, Vec<Unsound>) {
    let root = Table::root(document, root, &KEYS);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (sources, states) = source::read(&root);
    let (report, funnel) = report::read(&root, folder);
    let (rules, mature_after_us) = journey::read(&root, funnel);
    let mut config = Config {
        path: path.to_owned(),
        folder: folder.to_owned(),
        store: store::read(&root, folder),
        ingest: ingest::read(&root),
        rules,
        mature_after_us,
        sources,
        causes: causes::read(&root),
        report,
    };
    let named = config.named_steps().into_iter().flat_map(|(_, patterns)| patterns);
    channels::check(document, &config.sources, named);
    let mut unsound = Vec::new();
    for (source, state) in std::mem::take(&mut config.sources).into_iter().zip(states) {
        match state {
            State::Sound => config.sources.push(source),
            State::CanBeRead => unsound.push(Unsound { source, can_be_read: true }),
            State::Unreadable => unsound.push(Unsound { source, can_be_read: false }),
        }
    }
    (config, unsound)
}

/// Checks the text of a configuration file.
#[cfg(test)]
pub(super) fn parse(text: &str, path: &Path) -> Result<Config> {
    let Draft { config, mistakes, .. } = parse_draft(text, path)?;
    mistakes.map_or(Ok(config), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ContactColumn, CsvSettings, Decimal, Duplicates, LogFormat, MeasureType, Origin};
    use crate::journey::{Family, StepPattern};

    const EXAMPLE: &str = r#"[store]
path = "store"                       # or s3://bucket/prefix

[journey]
gap       = "7d"
visit_gap = "30m"
goals     = ["order_confirmed", { step = "signed", channel = "agency" }]
refusals  = ["credit_refused"]
withdrawals = ["cancelled_by_client"]
by_motive = true
[journey.gap_by_motive]
claim = "45d"

[[source]]
name      = "web"
files     = ["logs/web-*.csv.gz"]
format    = "csv"                    # csv, ndjson, parquet
delimiter = ";"
encoding  = "windows-1252"           # default utf-8
timezone  = "Europe/Paris"           # of times without offset
channel   = "web"                    # a constant, or { column = "canal", map = { TEL = "phone", AGC = "agency" } }
[source.columns]                     # contact column = log column, or a table with format, map, constant
client    = "id_client"
time      = { column = "horodatage", format = "%d/%m/%Y %H:%M:%S" }
step      = "page"
motive    = "motif"
[source.measures]                    # any further columns, typed, usable in rules and reports
load_ms    = { column = "temps_ms", type = "int" }
error_code = { column = "code_erreur", type = "text" }

[causes]
shipped = true                       # false: only the rules below; one of the same family and code replaces a shipped one

[[cause]]                            # in order of priority, before the shipped ones
family = "technical"
code   = "slow_page"
when   = "channel = 'web' and load_ms > 4000"
"#;

    /// The least that a configuration needs: seven lines.
    const SOURCE: &str = r#"[[source]]
name = "web"
files = "web.csv"
channel = "web"
[source.columns]
client = "id"
time = "at"
"#;

    fn read(text: &str) -> Result<Config> {
        parse(text, Path::new("dropoff.toml"))
    }

    /// Place and message of every mistake.
    fn mistakes(text: &str) -> Vec<(String, String)> {
        let error = read(text).unwrap_err();
        error.mistakes().iter().map(|mistake| (mistake.facts[0].1.clone(), mistake.message.clone())).collect()
    }

    /// What is wrong with `SOURCE` followed by `more`, which begins on line 8.
    fn mistake_after_source(more: &str) -> String {
        read(&format!("{SOURCE}{more}")).unwrap_err().to_string()
    }

    #[test]
    fn reads_the_whole_example() {
        let config = parse(EXAMPLE, Path::new("project/dropoff.toml")).unwrap();
        assert_eq!(config.folder, Path::new("project"));
        assert_eq!(config.store.path, Path::new("project/store"));
        assert_eq!(config.store.key_file, Path::new("project/store.key"));

        let journey = &config.rules;
        assert_eq!((journey.gap_us, journey.visit_gap_us), (604_800_000_000, 1_800_000_000));
        assert_eq!(journey.gap_by_motive_us["claim"], 45 * 86_400_000_000);
        let pattern = |step: &str, channel: Option<&str>, line| StepPattern {
            step: step.to_owned(),
            channel: channel.map(str::to_owned),
            line,
        };
        assert_eq!(journey.goals, [pattern("order_confirmed", None, 7), pattern("signed", Some("agency"), 7)]);
        assert_eq!(journey.refusals, [pattern("credit_refused", None, 8)]);
        assert_eq!(journey.withdrawals, [pattern("cancelled_by_client", None, 9)]);
        assert!(journey.by_motive);

        let rule = &config.causes.rules[0];
        assert_eq!((rule.family, rule.code.as_str()), (Family::Technical, "slow_page"));
        assert_eq!((rule.when.text.as_str(), rule.when.line), ("channel = 'web' and load_ms > 4000", 37));
        assert!(config.causes.shipped);
    }

    #[test]
    fn reads_the_source_of_the_example() {
        let config = read(EXAMPLE).unwrap();
        let [web] = config.sources.as_slice() else { panic!("one source") };
        assert_eq!((web.name.as_str(), web.line, web.timezone.name()), ("web", 14, "Europe/Paris"));
        assert_eq!(web.files, ["logs/web-*.csv.gz"]);
        let LogFormat::Csv(csv) = &web.format else { panic!("a csv") };
        assert_eq!((csv.delimiter, csv.quote, csv.decimal), (b';', Some(b'"'), Decimal::Comma));
        assert_eq!(csv.encoding.name(), "windows-1252");

        let columns: Vec<_> = web.columns.iter().map(|(column, form)| (column.name(), form.line)).collect();
        assert_eq!(columns, [("client", 23), ("time", 24), ("channel", 21), ("step", 25), ("motive", 26)]);
        let origin = |column: ContactColumn| &web.columns[&column].origin;
        assert!(matches!(origin(ContactColumn::Channel), Origin::Constant(channel) if channel == "web"));
        assert!(matches!(origin(ContactColumn::Client), Origin::Column(column) if column == "id_client"));
        assert_eq!(web.columns[&ContactColumn::Time].format.as_deref(), Some("%d/%m/%Y %H:%M:%S"));

        let measures: Vec<_> = web.measures.iter().map(|measure| (measure.name.as_str(), measure.kind)).collect();
        assert_eq!(measures, [("load_ms", MeasureType::Int), ("error_code", MeasureType::Text)]);
    }

    #[test]
    fn fills_in_defaults() {
        let config = read(SOURCE).unwrap();
        assert_eq!(config.store.key_file, Path::new("./store.key"));
        assert_eq!((config.rules.gap_us, config.rules.by_motive), (604_800_000_000, false));
        assert_eq!(config.report.timezone.name(), "UTC");
        assert_eq!(config.sources[0].duplicates, Duplicates::AcrossFiles);
        let channel = &config.sources[0].columns[&ContactColumn::Channel];
        assert!(matches!(&channel.origin, Origin::Constant(channel) if channel == "web"));
        assert!(matches!(
            config.sources[0].format,
            LogFormat::Csv(CsvSettings { delimiter: b',', quote: Some(b'"'), decimal: Decimal::Point, .. })
        ));
    }

    #[test]
    fn reports_every_mistake_with_its_line() {
        let text = r#"[journey]
gap = "7 dayz"
goals = ["done", { step = "signed", chanel = "agency" }]

[[source]]
name = "web"
files = []
delimitr = ";"
timezone = "Europe/Pari"
encoding = "windows-125"
channel = "web"
[source.columns]
client = "id"
step = { column = "page", format = "%Y" }
[source.measures]
load_ms = { column = "ms", type = "integer" }

[[cause]]
family = "technicl"
code = "slow"
"#;
        let expected = [
            ("dropoff.toml:2", "wrong value for `gap` in `[journey]`"),
            ("dropoff.toml:3", "unknown key `chanel` in `goals` of `[journey]`"),
            ("dropoff.toml:7", "wrong value for `files` in `[[source]]`"),
            ("dropoff.toml:8", "unknown key `delimitr` in `[[source]]`"),
            ("dropoff.toml:9", "unknown time zone `Europe/Pari` in `[[source]]`"),
            ("dropoff.toml:10", "unknown encoding `windows-125` in `[[source]]`"),
            ("dropoff.toml:12", "`[source.columns]` has no `time`"),
            ("dropoff.toml:14", "`format` is for times only, not for `step` of `[source.columns]`"),
            ("dropoff.toml:16", "unknown type `integer` in `load_ms` of `[source.measures]`"),
            ("dropoff.toml:18", "`[[cause]]` has no `when`"),
            ("dropoff.toml:19", "unknown family `technicl` in `[[cause]]`"),
        ];
        assert_eq!(mistakes(text), expected.map(|(place, message)| (place.to_owned(), message.to_owned())));
    }

    #[test]
    fn shows_what_was_found_what_was_expected_and_the_nearest_name() {
        assert_eq!(
            mistake_after_source("[report]\nfunel = []\n"),
            "error: unknown key `funel` in `[report]`\n  where:    dropoff.toml:9\n  \
             expected: one of `funnel`, `queries`, `timezone`\n\nhint: did you mean `funnel`?\n"
        );
        assert_eq!(
            mistake_after_source("[journey]\nby_motive = \"yes\"\n"),
            "error: wrong value for `by_motive` in `[journey]`\n  where:    dropoff.toml:9\n  \
             found:    text `yes`\n  expected: true or false\n"
        );
        assert_eq!(
            mistake_after_source("[report]\ntimezone = \"Paris\"\n"),
            "error: unknown time zone `Paris` in `[report]`\n  where:    dropoff.toml:9\n  \
             expected: an IANA name such as `Europe/Paris` or `UTC`\n\nhint: did you mean `Europe/Paris`?\n"
        );
    }

    #[test]
    fn refuses_patterns_with_a_channel_that_does_not_exist() {
        let goal = "[journey]\ngoals = [{ step = \"signed\", channel = \"wab\" }]\n";
        assert_eq!(
            mistake_after_source(goal),
            "error: no source yields channel `wab`\n  where:     dropoff.toml:9\n  wanted by: step `signed`\n  \
             expected:  one of `agency`, `app`, `chat`, `email`, `letter`, `phone`, `sms`, `web`\n\n\
             hint: did you mean `web`?\n"
        );
        let unknowable = SOURCE.replace("channel = \"web\"", "channel = { column = \"canal\" }");
        assert!(read(&format!("{unknowable}{goal}")).is_ok());
    }

    #[test]
    fn refuses_what_contradicts_itself() {
        let twice = format!("{SOURCE}duration = \"s\"\nend_time = \"end\"\n[source.measures]\nms = \"ms\"\n{SOURCE}")
            + "[source.measures]\nms = { column = \"ms\", type = \"int\" }\nScore = \"s\"\n";
        let expected = [
            ("dropoff.toml:9", "`[source.columns]` has both `end_time` and `duration`"),
            ("dropoff.toml:12", "two sources have the name `web`"),
            ("dropoff.toml:20", "measure `ms` has two types"),
            ("dropoff.toml:21", "measure `Score` has the name of a column of `contacts`"),
        ];
        let expected = expected.map(|(place, message)| (place.to_owned(), message.to_owned()));
        assert_eq!(mistakes(&twice), expected);
    }

    #[test]
    fn refuses_rules_that_are_given_twice_or_too_many() {
        let rule = |code: usize| format!("[[cause]]\nfamily = \"technical\"\ncode = \"c{code}\"\nwhen = \"true\"\n");
        let rules: String = (0..63).map(rule).collect();
        assert_eq!(read(&format!("{SOURCE}{rules}")).unwrap().causes.rules.len(), 63);
        let more = format!("{SOURCE}{rules}{}", rule(62));
        let expected = [
            ("dropoff.toml:260".to_owned(), "cause `c62` of family `technical` is given twice".to_owned()),
            ("dropoff.toml:260".to_owned(), "too many `[[cause]]` rules".to_owned()),
        ];
        assert_eq!(mistakes(&more), expected);
    }

    #[test]
    fn says_that_there_is_no_file() {
        let error = load(Path::new("no/such/dropoff.toml")).unwrap_err();
        assert!(error.to_string().starts_with("error: there is no configuration file `no/such/dropoff.toml`\n"));
        assert_eq!(error.kind().exit_code(), 2);
    }
}
