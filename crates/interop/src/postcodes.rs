//! Tables of postcodes with coordinates: CSV bytes in, rows and problems out.

use domain::place::{Point, postcode};

use crate::problem::{Problem, Severity};

/// Names under which a column may be found, in small letters.
const CODE: &[&str] = &["postcode", "postal_code", "postalcode", "zip", "pcds", "pcd"];
const LATITUDE: &[&str] = &["latitude", "lat"];
const LONGITUDE: &[&str] = &["longitude", "long", "lng", "lon"];
/// More problems than this are counted, not listed.
const LISTED: usize = 50;

/// A postcode, as it is looked up, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub code: String,
    pub point: Point,
}

/// What a table holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    pub places: Vec<Place>,
    /// The first of them, by line.
    pub problems: Vec<Problem>,
    /// Lines that cannot be used.
    pub faults: usize,
    /// Lines that name no place, such as codes that are no longer in use.
    pub without_place: usize,
}

/// Reads a table. Its first line names the columns: a postcode, a latitude and a longitude in degrees; others are passed
/// over. Without such a line the first three columns are these.
pub fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let mut table = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut columns = None;
    let mut record = csv::ByteRecord::new();
    loop {
        match table.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                reading.fault(&format!("line {}", table.position().line()), &error.to_string());
                break;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| {
            let bytes = record.get(at).unwrap_or_default();
            String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim().to_owned()
        };
        let Some((code, latitude, longitude)) = columns else {
            let names: Vec<String> = (0..record.len()).map(|at| cell(at).to_lowercase()).collect();
            let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
            columns = match (find(CODE), find(LATITUDE), find(LONGITUDE)) {
                (Some(code), Some(latitude), Some(longitude)) => Some((code, latitude, longitude)),
                (None, None, None) if cell(1).parse::<f64>().is_ok() => {
                    reading.take(line, &cell(0), &cell(1), &cell(2));
                    Some((0, 1, 2))
                }
                _ => {
                    let problem = "the columns postcode, latitude and longitude are not all there";
                    reading.fault("line 1", problem);
                    break;
                }
            };
            continue;
        };
        reading.take(line, &cell(code), &cell(latitude), &cell(longitude));
    }
    reading
}

impl Reading {
    fn take(&mut self, line: u64, code: &str, latitude: &str, longitude: &str) {
        let path = format!("line {line}");
        if latitude.is_empty() && longitude.is_empty() {
            self.without_place += 1;
            return;
        }
        let Some(code) = postcode(code) else {
            self.fault(&path, "this is no postcode");
            return;
        };
        let (Ok(latitude), Ok(longitude)) = (latitude.parse::<f64>(), longitude.parse::<f64>()) else {
            self.fault(&path, "latitude and longitude are not both numbers");
            return;
        };
        // The ONS tables give codes without a place the latitude 99.999999.
        if latitude > 99.0 && latitude < 100.0 {
            self.without_place += 1;
            return;
        }
        match Point::new(latitude, longitude) {
            Some(point) => self.places.push(Place { code, point }),
            None => self.fault(&path, "this place is not on Earth"),
        }
    }

    fn fault(&mut self, path: &str, problem: &str) {
        self.faults += 1;
        if self.problems.len() < LISTED {
            self.problems.push(Problem {
                path: path.to_owned(),
                severity: Severity::Error,
                problem: problem.to_owned(),
                remedy: "Give columns named postcode, latitude (-90 to 90) and longitude (-180 to 180)."
                    .to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, codes: &[&str], faults: usize, without: usize) {
        let reading = read(text.as_bytes());
        let found: Vec<&str> = reading.places.iter().map(|place| place.code.as_str()).collect();
        assert_eq!(found, codes, "{text}");
        assert_eq!((reading.faults, reading.without_place), (faults, without), "{text}");
        assert_eq!(reading.problems.len(), faults.min(LISTED));
    }

    #[test]
    fn columns_are_found_by_name_wherever_they_stand() {
        check("postcode,latitude,longitude\nAB1 0AA,57.1,-2.2\n", &["AB10AA"], 0, 0);
        check("id,Long,LAT,pcds\n1,-2.2,57.1,\"ab1 0aa\"\n", &["AB10AA"], 0, 0);
        check("\u{feff}Postcode,Lat,Lon\nAB1 0AA,57.1,-2.2\n", &["AB10AA"], 0, 0);
        check("AB1 0AA,57.1,-2.2\nAB1 0AB,57.2,-2.3\n", &["AB10AA", "AB10AB"], 0, 0);
    }

    #[test]
    fn what_names_no_place_is_passed_over_and_what_is_wrong_is_named_by_its_line() {
        let text = "postcode,lat,long\nAB1 0AA,99.999999,0.0\nAB1 0AB,,\nAB1 0AC,north,1\nAB1 0AD,91,1\n?,1,1\nAB1 0AE,1,1\n";
        check(text, &["AB10AE"], 3, 2);
        assert_eq!(read(text.as_bytes()).problems[0].path, "line 4");
    }

    #[test]
    fn a_file_that_is_no_table_is_refused_and_nothing_panics() {
        check("town,people\nWrenfield,4\n", &[], 1, 0);
        check("", &[], 0, 0);
        let _ = read(&[0xff, 0xfe, 0x00, b',', b'\n', b'"']);
    }
}
