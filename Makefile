# One profile everywhere: what is tested is what is shipped.

.PHONY: demo test lint bless ci

demo:            ## build, and run the sample project whole
	cargo run --release -- demo

test:            ## every test
	cargo test --release

lint:            ## formatting, clippy, documentation; warnings are errors
	cargo fmt --check
	cargo clippy --release --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps

bless:           ## write what the tests found over what they expected; read the diff before you commit it
	DROPOFF_BLESS=1 INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test --release

ci:              ## what must pass before a merge
	.ci/run
