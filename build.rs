//! The query files and the sample project are embedded in the program: it is built again when one of them changes.

fn main() {
    for path in ["queries", "sample_data/logs", "sample_data/dropoff.toml"] {
        println!("cargo:rerun-if-changed={path}");
    }
}
