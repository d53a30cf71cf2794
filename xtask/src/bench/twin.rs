//! A calendar of the size and shape of the large one among the samples, for machines that do not have these: an export of ten
//! years of one person's events, most of them single, some in series, with texts that nobody reads.

use super::lots::Lots;

/// As many as the sample has.
const EVENTS: u64 = 4_778;
/// Every so manieth repeats.
const SERIES: u64 = 27;

const HEAD: &str = "BEGIN:VCALENDAR\nPRODID:-//Waymark//Twin//EN\nVERSION:2.0\nCALSCALE:GREGORIAN\nMETHOD:PUBLISH\n\
X-WR-TIMEZONE:Europe/London\nBEGIN:VTIMEZONE\nTZID:Europe/London\nBEGIN:DAYLIGHT\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n\
TZNAME:BST\nDTSTART:19700329T010000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nBEGIN:STANDARD\n\
TZOFFSETFROM:+0100\nTZOFFSETTO:+0000\nTZNAME:GMT\nDTSTART:19701025T020000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n\
END:STANDARD\nEND:VTIMEZONE\n";

/// The same calendar for the same seed.
pub fn calendar(seed: u64) -> String {
    let mut lots = Lots::new(seed);
    let mut text = HEAD.to_owned();
    for number in 0..EVENTS {
        event(&mut lots, number, &mut text);
    }
    text.push_str("END:VCALENDAR\n");
    text.replace('\n', "\r\n")
}

fn event(lots: &mut Lots, number: u64, text: &mut String) {
    let (year, month, day) = (2010 + lots.below(11), 1 + lots.below(12), 1 + lots.below(28));
    let (hour, minute) = (7 + lots.below(13), 15 * lots.below(4));
    let date = format!("{year}{month:02}{day:02}");
    let is_series = number.is_multiple_of(SERIES);
    let times = match (lots.below(14), is_series) {
        (0, _) => format!("DTSTART;VALUE=DATE:{date}\n"),
        (_, true) => {
            let zone = ";TZID=Europe/London";
            format!(
                "DTSTART{zone}:{date}T{hour:02}{minute:02}00\nDTEND{zone}:{date}T{:02}{minute:02}00\n",
                hour + 1
            )
        }
        _ => format!("DTSTART:{date}T{hour:02}{minute:02}00Z\nDTEND:{date}T{:02}{minute:02}00Z\n", hour + 1),
    };
    let until = format!("UNTIL={}1231T090000Z", year + lots.below(3));
    let weekday = lots.one(&["MO", "TU", "WE", "TH", "FR"]);
    let rule = match lots.below(4) {
        0 => "FREQ=YEARLY".to_owned(),
        1 => format!("FREQ=MONTHLY;{until};BYMONTHDAY={day}"),
        2 => format!("FREQ=WEEKLY;{until};BYDAY={weekday}"),
        _ => format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}"),
    };
    // A series of whole days may not end at a time.
    let rule = if times.contains("VALUE=DATE") { "FREQ=YEARLY".to_owned() } else { rule };
    text.push_str("BEGIN:VEVENT\n");
    text.push_str(&times);
    if is_series {
        text.push_str(&format!("RRULE:{rule}\n"));
    }
    text.push_str(&format!(
        "DTSTAMP:20200101T000000Z\nUID:{number:08x}@twin.example\nCREATED:20100101T000000Z\n\
         DESCRIPTION:xxxx xx xxxxx xxx xxxx xxxxxxxx xxx xxxxxx xxx xxxx xxxxx xx\n  xxxxx xxxxxxxxxxx xxx xxx xxxxx xx\n\
         LAST-MODIFIED:20110101T000000Z\nLOCATION:xxxxx xxxxxx\\, xxxx\nSEQUENCE:0\nSTATUS:CONFIRMED\nSUMMARY:xxxxx xxx\n\
         TRANSP:{}\nEND:VEVENT\n",
        if lots.below(20) == 0 { "TRANSPARENT" } else { "OPAQUE" },
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twin_is_as_large_as_the_sample() {
        let twin = calendar(1);
        assert_eq!(twin, calendar(1));
        assert_eq!(twin.matches("BEGIN:VEVENT").count(), 4_778);
        assert!((150..200).contains(&twin.matches("\nRRULE:FREQ").count()));
        assert!(twin.len() > 1_000_000, "{}", twin.len());
        assert!(twin.lines().all(|line| line.len() <= 75));
    }
}
