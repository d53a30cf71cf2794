//! Names of zones as Windows shows them to people, and offsets in place of names. Exchange and programs beside it write both
//! as TZID, often without a definition.

use chrono_tz::Tz;

use super::windows::windows;

/// What Windows shows behind the offset, and its own name for the zone: the comments of Unicode CLDR, `windowsZones.xml`; and
/// what older versions showed, with which calendars are full.
const SHOWN: &[(&str, &str)] = &[
    ("International Date Line West", "Dateline Standard Time"),
    ("Coordinated Universal Time-11", "UTC-11"),
    ("Midway Island, Samoa", "UTC-11"),
    ("Aleutian Islands", "Aleutian Standard Time"),
    ("Hawaii", "Hawaiian Standard Time"),
    ("Marquesas Islands", "Marquesas Standard Time"),
    ("Alaska", "Alaskan Standard Time"),
    ("Coordinated Universal Time-09", "UTC-09"),
    ("Baja California", "Pacific Standard Time (Mexico)"),
    ("Tijuana, Baja California", "Pacific Standard Time (Mexico)"),
    ("Coordinated Universal Time-08", "UTC-08"),
    ("Pacific Time (US & Canada)", "Pacific Standard Time"),
    ("Pacific Time (US & Canada); Tijuana", "Pacific Standard Time"),
    ("Arizona", "US Mountain Standard Time"),
    ("La Paz, Mazatlan", "Mountain Standard Time (Mexico)"),
    ("Chihuahua, La Paz, Mazatlan", "Mountain Standard Time (Mexico)"),
    ("Mountain Time (US & Canada)", "Mountain Standard Time"),
    ("Yukon", "Yukon Standard Time"),
    ("Central America", "Central America Standard Time"),
    ("Central Time (US & Canada)", "Central Standard Time"),
    ("Easter Island", "Easter Island Standard Time"),
    ("Guadalajara, Mexico City, Monterrey", "Central Standard Time (Mexico)"),
    ("Saskatchewan", "Canada Central Standard Time"),
    ("Bogota, Lima, Quito", "SA Pacific Standard Time"),
    ("Bogota, Lima, Quito, Rio Branco", "SA Pacific Standard Time"),
    ("Chetumal", "Eastern Standard Time (Mexico)"),
    ("Eastern Time (US & Canada)", "Eastern Standard Time"),
    ("Haiti", "Haiti Standard Time"),
    ("Havana", "Cuba Standard Time"),
    ("Indiana (East)", "US Eastern Standard Time"),
    ("Turks and Caicos", "Turks And Caicos Standard Time"),
    ("Asuncion", "Paraguay Standard Time"),
    ("Atlantic Time (Canada)", "Atlantic Standard Time"),
    ("Caracas", "Venezuela Standard Time"),
    ("Cuiaba", "Central Brazilian Standard Time"),
    ("Georgetown, La Paz, Manaus, San Juan", "SA Western Standard Time"),
    ("Santiago", "Pacific SA Standard Time"),
    ("Newfoundland", "Newfoundland Standard Time"),
    ("Araguaina", "Tocantins Standard Time"),
    ("Brasilia", "E. South America Standard Time"),
    ("Cayenne, Fortaleza", "SA Eastern Standard Time"),
    ("Buenos Aires", "Argentina Standard Time"),
    ("City of Buenos Aires", "Argentina Standard Time"),
    ("Greenland", "Greenland Standard Time"),
    ("Montevideo", "Montevideo Standard Time"),
    ("Punta Arenas", "Magallanes Standard Time"),
    ("Saint Pierre and Miquelon", "Saint Pierre Standard Time"),
    ("Salvador", "Bahia Standard Time"),
    ("Coordinated Universal Time-02", "UTC-02"),
    ("Mid-Atlantic", "Mid-Atlantic Standard Time"),
    ("Mid-Atlantic - Old", "Mid-Atlantic Standard Time"),
    ("Azores", "Azores Standard Time"),
    ("Cabo Verde Is.", "Cape Verde Standard Time"),
    ("Cape Verde Is.", "Cape Verde Standard Time"),
    ("Coordinated Universal Time", "UTC"),
    ("Dublin, Edinburgh, Lisbon, London", "GMT Standard Time"),
    ("Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", "GMT Standard Time"),
    ("Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London", "GMT Standard Time"),
    ("Monrovia, Reykjavik", "Greenwich Standard Time"),
    ("Sao Tome", "Sao Tome Standard Time"),
    ("Casablanca", "Morocco Standard Time"),
    ("Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "W. Europe Standard Time"),
    ("Belgrade, Bratislava, Budapest, Ljubljana, Prague", "Central Europe Standard Time"),
    ("Brussels, Copenhagen, Madrid, Paris", "Romance Standard Time"),
    ("Sarajevo, Skopje, Warsaw, Zagreb", "Central European Standard Time"),
    ("West Central Africa", "W. Central Africa Standard Time"),
    ("Amman", "Jordan Standard Time"),
    ("Athens, Bucharest", "GTB Standard Time"),
    ("Athens, Bucharest, Istanbul", "GTB Standard Time"),
    ("Beirut", "Middle East Standard Time"),
    ("Cairo", "Egypt Standard Time"),
    ("Chisinau", "E. Europe Standard Time"),
    ("E. Europe", "E. Europe Standard Time"),
    ("Damascus", "Syria Standard Time"),
    ("Gaza, Hebron", "West Bank Standard Time"),
    ("Harare, Pretoria", "South Africa Standard Time"),
    ("Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "FLE Standard Time"),
    ("Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius", "FLE Standard Time"),
    ("Jerusalem", "Israel Standard Time"),
    ("Juba", "South Sudan Standard Time"),
    ("Kaliningrad", "Kaliningrad Standard Time"),
    ("Khartoum", "Sudan Standard Time"),
    ("Tripoli", "Libya Standard Time"),
    ("Windhoek", "Namibia Standard Time"),
    ("Baghdad", "Arabic Standard Time"),
    ("Istanbul", "Turkey Standard Time"),
    ("Kuwait, Riyadh", "Arab Standard Time"),
    ("Minsk", "Belarus Standard Time"),
    ("Moscow, St. Petersburg", "Russian Standard Time"),
    ("Moscow, St. Petersburg, Volgograd", "Russian Standard Time"),
    ("Nairobi", "E. Africa Standard Time"),
    ("Tehran", "Iran Standard Time"),
    ("Abu Dhabi, Muscat", "Arabian Standard Time"),
    ("Astrakhan, Ulyanovsk", "Astrakhan Standard Time"),
    ("Baku", "Azerbaijan Standard Time"),
    ("Izhevsk, Samara", "Russia Time Zone 3"),
    ("Port Louis", "Mauritius Standard Time"),
    ("Saratov", "Saratov Standard Time"),
    ("Tbilisi", "Georgian Standard Time"),
    ("Volgograd", "Volgograd Standard Time"),
    ("Yerevan", "Caucasus Standard Time"),
    ("Kabul", "Afghanistan Standard Time"),
    ("Ashgabat, Tashkent", "West Asia Standard Time"),
    ("Tashkent", "West Asia Standard Time"),
    ("Ekaterinburg", "Ekaterinburg Standard Time"),
    ("Islamabad, Karachi", "Pakistan Standard Time"),
    ("Qyzylorda", "Qyzylorda Standard Time"),
    ("Chennai, Kolkata, Mumbai, New Delhi", "India Standard Time"),
    ("Sri Jayawardenepura", "Sri Lanka Standard Time"),
    ("Kathmandu", "Nepal Standard Time"),
    ("Astana", "Central Asia Standard Time"),
    ("Bishkek", "Central Asia Standard Time"),
    ("Dhaka", "Bangladesh Standard Time"),
    ("Omsk", "Omsk Standard Time"),
    ("Yangon (Rangoon)", "Myanmar Standard Time"),
    ("Bangkok, Hanoi, Jakarta", "SE Asia Standard Time"),
    ("Barnaul, Gorno-Altaysk", "Altai Standard Time"),
    ("Hovd", "W. Mongolia Standard Time"),
    ("Krasnoyarsk", "North Asia Standard Time"),
    ("Novosibirsk", "N. Central Asia Standard Time"),
    ("Tomsk", "Tomsk Standard Time"),
    ("Beijing, Chongqing, Hong Kong, Urumqi", "China Standard Time"),
    ("Irkutsk", "North Asia East Standard Time"),
    ("Kuala Lumpur, Singapore", "Singapore Standard Time"),
    ("Perth", "W. Australia Standard Time"),
    ("Taipei", "Taipei Standard Time"),
    ("Ulaanbaatar", "Ulaanbaatar Standard Time"),
    ("Eucla", "Aus Central W. Standard Time"),
    ("Chita", "Transbaikal Standard Time"),
    ("Osaka, Sapporo, Tokyo", "Tokyo Standard Time"),
    ("Pyongyang", "North Korea Standard Time"),
    ("Seoul", "Korea Standard Time"),
    ("Yakutsk", "Yakutsk Standard Time"),
    ("Adelaide", "Cen. Australia Standard Time"),
    ("Darwin", "AUS Central Standard Time"),
    ("Brisbane", "E. Australia Standard Time"),
    ("Canberra, Melbourne, Sydney", "AUS Eastern Standard Time"),
    ("Guam, Port Moresby", "West Pacific Standard Time"),
    ("Hobart", "Tasmania Standard Time"),
    ("Vladivostok", "Vladivostok Standard Time"),
    ("Lord Howe Island", "Lord Howe Standard Time"),
    ("Bougainville Island", "Bougainville Standard Time"),
    ("Chokurdakh", "Russia Time Zone 10"),
    ("Magadan", "Magadan Standard Time"),
    ("Norfolk Island", "Norfolk Standard Time"),
    ("Sakhalin", "Sakhalin Standard Time"),
    ("Solomon Is., New Caledonia", "Central Pacific Standard Time"),
    ("Anadyr, Petropavlovsk-Kamchatsky", "Russia Time Zone 11"),
    ("Auckland, Wellington", "New Zealand Standard Time"),
    ("Coordinated Universal Time+12", "UTC+12"),
    ("Fiji", "Fiji Standard Time"),
    ("Chatham Islands", "Chatham Islands Standard Time"),
    ("Coordinated Universal Time+13", "UTC+13"),
    ("Nuku'alofa", "Tonga Standard Time"),
    ("Samoa", "Samoa Standard Time"),
    ("Kiritimati Island", "Line Islands Standard Time"),
];

/// The zone that Windows shows like this, with its offset in front (`(UTC+01:00) Amsterdam, Berlin, …`) or without. The cities
/// count, not the offset: Windows has changed several.
pub(super) fn displayed(name: &str) -> Option<Tz> {
    let shown = match name.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((offset, rest)) if is_world_time(offset) || fixed_s(offset).is_some() => rest.trim(),
        _ => name.trim(),
    };
    let (_, own) = SHOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(shown))?;
    windows(own)
}

/// The offset that a name is, in seconds east of Greenwich: `UTC+02:00`, `GMT+1`, `(UTC-03:30)`, `+0200`.
///
/// East is plus, as people and ISO 8601 write it: `GMT+1` is an hour ahead. Only the whole name `Etc/GMT+1` of the IANA database
/// means the opposite, as POSIX has it.
pub(super) fn fixed_s(name: &str) -> Option<i32> {
    let name = name.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(name).trim();
    let has_prefix = name.get(..3).is_some_and(is_world_time);
    let rest = if has_prefix { name[3..].trim_start() } else { name };
    let (sign, digits) = match rest.chars().next()? {
        '+' => (1, &rest[1..]),
        '-' => (-1, &rest[1..]),
        // The sign that typographers prefer.
        '\u{2212}' => (-1, &rest['\u{2212}'.len_utf8()..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits, "0"),
    };
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i32>().ok())?;
    if !(1..=2).contains(&hours.len()) {
        return None;
    }
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = sign * (hours * 3_600 + minutes * 60);
    // No place is further from Greenwich.
    (minutes < 60 && (-12 * 3_600..=14 * 3_600).contains(&seconds)).then_some(seconds)
}

/// The zone of the IANA database with such an offset all the year, where it is of whole hours.
pub(super) fn of_hours(seconds: i32) -> Option<Tz> {
    match (seconds % 3_600, seconds / 3_600) {
        (0, 0) => Some(Tz::Etc__UTC),
        (0, hours) => format!("Etc/GMT{:+}", -hours).parse().ok(),
        _ => None,
    }
}

fn is_world_time(text: &str) -> bool {
    text.eq_ignore_ascii_case("UTC") || text.eq_ignore_ascii_case("GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shown_name_leads_to_a_zone_with_and_without_its_offset() {
        for (shown, own) in SHOWN {
            assert!(windows(own).is_some(), "{own}");
            for name in
                [shown.to_string(), format!("(UTC+01:00) {shown}"), format!("(GMT) {}", shown.to_uppercase())]
            {
                assert_eq!(displayed(&name), windows(own), "{name}");
            }
        }
        for none in ["(UTC+01:00) Nowhere", "(Berlin) Hawaii", "", "()", "(UTC+01:00)"] {
            assert_eq!(displayed(none), None, "{none}");
        }
    }

    #[test]
    fn an_offset_is_counted_to_the_east_as_people_write_it() {
        for (name, minutes, zone) in [
            ("UTC+02:00", Some(120), Some("Etc/GMT-2")),
            ("GMT+1", Some(60), Some("Etc/GMT-1")),
            ("gmt-0330", Some(-210), None),
            ("(UTC+05:45)", Some(345), None),
            ("UTC +1", Some(60), Some("Etc/GMT-1")),
            ("+0200", Some(120), Some("Etc/GMT-2")),
            ("\u{2212}03:00", Some(-180), Some("Etc/GMT+3")),
            ("UTC+00:00", Some(0), Some("Etc/UTC")),
            ("UTC-12", Some(-720), Some("Etc/GMT+12")),
            ("UTC+14", Some(840), Some("Etc/GMT-14")),
            ("UTC+15", None, None),
            ("UTC-13", None, None),
            ("UTC+1:5", None, None),
            ("UTC+01:60", None, None),
            ("UTC+", None, None),
            ("UTC", None, None),
            ("+१", None, None),
            ("+१२३४", None, None),
            ("1", None, None),
            ("UTC+1 Berlin", None, None),
        ] {
            assert_eq!(fixed_s(name), minutes.map(|minutes: i32| minutes * 60), "{name}");
            assert_eq!(fixed_s(name).and_then(of_hours).map(Tz::name), zone, "{name}");
        }
    }
}
