//! Reading what test runners print, line by line.

/// What a runner's lines said so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    /// Tests that the runner passed over (`ignored`, `skipped`, `todo`).
    pub ignored: usize,
    /// Lines by which a test says that it could not run and why.
    pub skipped: Vec<String>,
    quiet: bool,
}

impl Tally {
    /// Of a runner that could not even start.
    pub fn broken() -> Self {
        Self { failed: 1, ..Self::default() }
    }

    /// Takes one line. Says whether it is worth showing: what passing tests print is not, unless it says `skipped:`.
    pub fn read(&mut self, line: &str) -> bool {
        if line == "successes:" {
            self.quiet = true;
        } else if line == "failures:" || line.starts_with("test result: ") {
            self.quiet = false;
        }
        if line.starts_with("skipped:") {
            self.skipped.push(line.to_owned());
            return true;
        }
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.libtest(rest);
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("\u{2139} ")) {
            self.node(rest);
        }
        !self.quiet
    }

    /// `ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
    fn libtest(&mut self, rest: &str) {
        for part in rest.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    /// The closing lines of node's runner: `# pass 3` (TAP) or `ℹ pass 3` (spec).
    fn node(&mut self, rest: &str) {
        let mut words = rest.split_whitespace();
        let (Some(word), Some(number), None) = (words.next(), words.next(), words.next()) else {
            return;
        };
        let Ok(number) = number.parse::<usize>() else {
            return;
        };
        match word {
            "pass" => self.passed += number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.ignored += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Tally, Vec<String>) {
        let mut tally = Tally::default();
        let shown = text.lines().filter(|line| tally.read(line)).map(String::from).collect();
        (tally, shown)
    }

    #[test]
    fn cargo_s_results_add_up() {
        let (tally, _) = read(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s\n\
             test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n",
        );
        assert_eq!((tally.passed, tally.failed, tally.ignored), (14, 3, 1));
    }

    #[test]
    fn node_s_results_are_read_in_both_forms() {
        for mark in ["#", "\u{2139}"] {
            let (tally, _) = read(&format!(
                "{mark} tests 6\n{mark} suites 0\n{mark} pass 3\n{mark} fail 1\n{mark} cancelled 1\n{mark} skipped 1\n{mark} todo 0\n{mark} duration_ms 81.3\n"
            ));
            assert_eq!((tally.passed, tally.failed, tally.ignored), (3, 2, 1));
        }
    }

    #[test]
    fn what_passing_tests_print_is_hidden_but_for_skips() {
        let (tally, shown) = read(
            "test a ... ok\nsuccesses:\n---- a stdout ----\nchatter\nskipped: no samples\nfailures:\nb broke\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n",
        );
        assert_eq!(tally.skipped, ["skipped: no samples"]);
        assert!(!shown.contains(&"chatter".to_owned()));
        assert!(shown.contains(&"skipped: no samples".to_owned()));
        assert!(shown.contains(&"b broke".to_owned()));
    }
}
