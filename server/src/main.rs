//! The `waymark` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::commands::run()
}
