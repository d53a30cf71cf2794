//! Where things are, and how far apart.

use serde::{Deserialize, Serialize};

/// A point on Earth in degrees, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    latitude: f64,
    longitude: f64,
}

/// Mean radius of Earth in kilometres (IUGG, R1).
const RADIUS_KM: f64 = 6371.0088;

impl Point {
    /// A point, if the degrees are on Earth: latitude -90 to 90, longitude -180 to 180.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        on_earth.then_some(Self { latitude, longitude })
    }

    pub fn latitude(self) -> f64 {
        self.latitude
    }

    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Kilometres as the crow flies: the great circle, by the haversine formula.
    pub fn km_to(self, other: Self) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half = |a: f64, b: f64| ((b - a) / 2.0).sin().powi(2);
        let across = half(self.longitude.to_radians(), other.longitude.to_radians());
        let chord = half(from, to) + from.cos() * to.cos() * across;
        2.0 * RADIUS_KM * chord.sqrt().min(1.0).asin()
    }
}

/// A postcode as it is looked up: capitals and digits alone. `None` for what cannot be one: it has 3 to 10 of them, among
/// them a digit.
pub fn postcode(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let plain = code.chars().all(|letter| letter.is_ascii_alphanumeric());
    let fits = (3..=10).contains(&code.len()) && code.bytes().any(|letter| letter.is_ascii_digit());
    (plain && fits).then_some(code)
}

/// What may be a postcode in an address on one line, the likeliest first: its last words, one or two together.
pub fn postcodes_in(address: &str) -> Vec<String> {
    let words: Vec<&str> =
        address.split([',', ' ', '\n', '\t', ';']).filter(|word| !word.is_empty()).collect();
    let mut found: Vec<String> = Vec::new();
    for end in (1..=words.len()).rev().take(4) {
        let pair = (end >= 2).then(|| words[end - 2..end].concat());
        let single = words[end - 1].to_owned();
        for code in [pair, Some(single)].into_iter().flatten().filter_map(|text| postcode(&text)) {
            if !found.contains(&code) {
                found.push(code);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Point {
        Point::new(latitude, longitude).unwrap()
    }

    #[test]
    fn distances_are_those_of_the_great_circle() {
        for (from, to, km) in [
            (at(0.0, 0.0), at(0.0, 0.0), 0.0),
            (at(0.0, 0.0), at(0.0, 1.0), 111.195),
            (at(51.5, 0.0), at(48.85, 2.35), 338.3),
            (at(0.0, 179.5), at(0.0, -179.5), 111.195),
            (at(90.0, 0.0), at(-90.0, 0.0), 20_015.1),
            (at(10.0, 20.0), at(-10.0, -160.0), 20_015.1),
        ] {
            let found = from.km_to(to);
            assert!((found - km).abs() < km.mul_add(0.002, 0.01), "{from:?} {to:?}: {found}");
            assert!((found - to.km_to(from)).abs() < 1e-9);
        }
    }

    #[test]
    fn what_is_not_on_earth_is_no_point() {
        for (latitude, longitude) in [(91.0, 0.0), (0.0, 181.0), (f64::NAN, 0.0), (-90.1, 0.0)] {
            assert_eq!(Point::new(latitude, longitude), None);
        }
    }

    #[test]
    fn postcodes_are_found_at_the_end_of_an_address() {
        for (address, expected) in [
            ("4 Alder Street, Wrenfield, wf3 2ab", vec!["WF32AB", "2AB", "WF3"]),
            ("18 Main St, Springfield, MA, 02139", vec!["MA02139", "02139"]),
            ("Nowhere", vec![]),
            ("", vec![]),
        ] {
            let found = postcodes_in(address);
            assert_eq!(
                found.iter().take(expected.len()).collect::<Vec<_>>(),
                expected.iter().collect::<Vec<_>>()
            );
            if expected.is_empty() {
                assert!(found.is_empty(), "{found:?}");
            }
        }
    }

    #[test]
    fn a_postcode_has_letters_and_digits_alone() {
        assert_eq!(postcode(" sw1a 1aa "), Some("SW1A1AA".to_owned()));
        assert_eq!(postcode("1012-AB"), Some("1012AB".to_owned()));
        for bad in ["", "12", "town", "<script>1", "12345678901", "٣٤٥"] {
            assert_eq!(postcode(bad), None, "{bad}");
        }
    }
}
