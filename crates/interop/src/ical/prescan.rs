//! Limits, checked on the raw lines before anything is built from them.

use super::lines::lines;
use crate::problem::Sink;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// The most components within one another.
pub(super) const MAX_DEPTH: usize = 16;
/// The most components in one file.
pub(super) const MAX_COMPONENTS: usize = 200_000;
/// The longest content line after unfolding, in bytes.
pub(super) const MAX_LINE: usize = 1024 * 1024;

/// Gives an error where the file is no calendar, cut off, or beyond a limit.
pub(super) fn prescan(bytes: &[u8], sink: &Sink) {
    if bytes.len() > MAX_BYTES {
        sink.error("", "the file is larger than 32 MiB", "export a shorter period");
        return;
    }
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut components = 0;
    let mut calendars = 0;
    for line in lines(bytes) {
        let at = |what: &str| format!("{} (line {})", what.chars().take(40).collect::<String>(), line.number);
        if line.at_most() > MAX_LINE && line.bytes().len() > MAX_LINE {
            sink.error(at("VCALENDAR"), "a line is longer than 1 MiB", "leave attachments out of the export");
            return;
        }
        if let Some(name) = line.after("BEGIN") {
            if open.is_empty() && name != "VCALENDAR" {
                if calendars > 0 {
                    sink.error(at(&name), "it lies outside the calendar", "export the calendar again");
                    return;
                }
                break;
            }
            calendars += usize::from(open.is_empty());
            components += 1;
            open.push((name, line.number));
            if open.len() > MAX_DEPTH {
                sink.error(
                    at("VCALENDAR"),
                    "components lie more than 16 deep within one another",
                    "export the calendar again; this is not a usual calendar",
                );
                return;
            }
            if components > MAX_COMPONENTS {
                sink.error(at("VCALENDAR"), "more than 200,000 components", "export a shorter period");
                return;
            }
        } else if let Some(name) = line.after("END") {
            match open.pop() {
                Some((begun, _)) if begun == name => {}
                _ => {
                    sink.error(
                        at("VCALENDAR"),
                        "END does not match the last BEGIN",
                        "export the calendar again; the file is damaged",
                    );
                    return;
                }
            }
        }
    }
    if calendars == 0 {
        sink.error("", "this is not an iCalendar file", "choose a file that begins with BEGIN:VCALENDAR");
    } else if let Some((_, number)) = open.last() {
        sink.error(
            format!("VCALENDAR (line {number})"),
            "the file ends before what begins here has ended",
            "export or download the calendar again; it is cut off",
        );
    }
}
