//! Wall times as people write them: "09:00", "2026-03-02T13:30"; seconds are optional.

/// A time of the day.
pub mod clock {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(time: &NaiveTime, to: S) -> Result<S::Ok, S::Error> {
        let whole = time.format("%H:%M:%S").to_string();
        to.serialize_str(whole.strip_suffix(":00").unwrap_or(&whole))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveTime, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        ["%H:%M", "%H:%M:%S"]
            .iter()
            .find_map(|form| NaiveTime::parse_from_str(&text, form).ok())
            .ok_or_else(|| D::Error::custom("write a time like 09:00"))
    }
}

/// A date with a time.
pub mod moment {
    use chrono::NaiveDateTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(moment: &NaiveDateTime, to: S) -> Result<S::Ok, S::Error> {
        let whole = moment.format("%Y-%m-%dT%H:%M:%S").to_string();
        to.serialize_str(&whole)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDateTime, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
            .ok_or_else(|| D::Error::custom("write a date and time like 2026-03-02T13:30"))
    }
}
