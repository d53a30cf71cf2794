//! What messages are tried out with: an example, and the longest that an organisation's messages can say.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use domain::calendar_days::at_wall;
use domain::day_notices::{DayNotice, Tally};
use domain::notice::StaffNotice;
use domain::template::Template;
use domain::{OrganisationId, spoken};

use crate::ports::MessageFacts;
use crate::{Desk, ServiceError};

/// As long as a link's token, see `ids::token`.
const TOKEN: &str = "8Qx2Lk9ZpT7wVb3R5mYcJa";
/// Longest first name that a message repeats, and one that is longer than most.
const LONG_NAME: &str = "Christopher-Alexander";

/// An organisation as its messages show it.
pub(crate) struct Samples {
    /// Names that say what the matter is: its services and their specialties.
    pub names: Vec<String>,
    pub zone: chrono_tz::Tz,
    /// In which the organisation writes to patients.
    pub language: String,
    organisation: String,
    phone: Option<String>,
    longest_phone: Option<String>,
    public_url: String,
    now: DateTime<Utc>,
}

impl Samples {
    pub async fn of(
        desk: &Desk,
        db: &impl store::Db,
        organisation: OrganisationId,
        now: DateTime<Utc>,
    ) -> Result<Self, ServiceError> {
        let own = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
        let services = store::directory::services_of(db, organisation).await?;
        let phones = services.iter().filter_map(|service| service.phone.clone()).chain(own.phone.clone());
        let longest_phone = phones.max_by_key(|phone| phone.chars().count());
        Ok(Self {
            names: services
                .into_iter()
                .flat_map(|service| [Some(service.name), service.specialty])
                .flatten()
                .filter(|name| !name.trim().is_empty())
                .collect(),
            zone: own.zone.parse().unwrap_or(chrono_tz::Europe::London),
            language: own.language,
            organisation: own.name,
            phone: own.phone,
            longest_phone,
            public_url: desk.settings.public_url.clone(),
            now,
        })
    }

    /// What a message may say one day.
    pub fn example(&self, template: Template, language: &str) -> MessageFacts {
        let today = self.now.with_timezone(&self.zone).date_naive();
        let visit = self.at(today + Days::new(9), 14, 15);
        let (first_name, notice) = match template {
            Template::OutsideReferrer => ("Dr Sam Reed", StaffNotice::ReportReady),
            template if template.is_for_patient() => ("Sam", StaffNotice::Accepted),
            _ => ("Sam Reed", StaffNotice::Accepted),
        };
        let days = [today + Days::new(7), today + Days::new(11)].map(|day| spoken::date(day, today));
        MessageFacts {
            first_name: first_name.to_owned(),
            organisation: self.organisation.clone(),
            phone: self.phone.clone().or_else(|| self.longest_phone.clone()),
            visit: Some((visit, self.zone)),
            until: Some(visit - Duration::days(2)),
            now: self.now,
            place: String::new(),
            cost: "about £160".to_owned(),
            link: format!("{}/r/{TOKEN}", self.public_url),
            reference: "WM-7F3K-21".to_owned(),
            code: "123456".to_owned(),
            standing_in: Some(("Dr Alex Moss".to_owned(), format!("from {} until {}", days[0], days[1]))),
            notice: Some(notice),
            day: Some((DayNotice::List, Tally { visits: 5, booked: 1, ..Tally::default() })),
            language: language.to_owned(),
            clinical: Some(("Kim Lane, born 31 March 1948".to_owned(), "The report stands here.".to_owned())),
            ..MessageFacts::default()
        }
    }

    /// The longest that can be expected: a Wednesday late in September of another year, at ten past twelve.
    pub fn longest(&self, language: &str) -> MessageFacts {
        let year = self.now.year() + 1;
        let day = NaiveDate::from_weekday_of_month_opt(year, 9, Weekday::Wed, 4).unwrap_or_default();
        let visit = self.at(day, 12, 10);
        MessageFacts {
            first_name: LONG_NAME.to_owned(),
            phone: self.longest_phone.clone(),
            visit: Some((visit, self.zone)),
            until: Some(visit),
            cost: "the clinic about £160 and more".to_owned(),
            standing_in: Some(("Professor Christopher Featherstonehaugh".to_owned(), String::new())),
            notice: Some(StaffNotice::CancellationConfirmed),
            day: Some((
                DayNotice::List,
                Tally { visits: 30, booked: 10, moved: 10, cancelled: 10, ..Tally::default() },
            )),
            ..self.example(Template::BookingConfirmed, language)
        }
    }

    fn at(&self, day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
        at_wall(day, NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default(), self.zone)
    }
}
