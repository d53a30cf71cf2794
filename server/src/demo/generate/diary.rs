//! Working days, clinic sessions and what each specialist's calendar already holds.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::directory::{STAFF, Staff, service};
use super::random::Random;

/// How far a free time is searched for, in days.
const HORIZON: u64 = 120;

/// Fixed holidays in England on which no clinic is held: month, day, name.
pub const HOLIDAYS: &[(u32, u32, &str)] =
    &[(1, 1, "New Year's Day"), (12, 25, "Christmas Day"), (12, 26, "Boxing Day")];

/// Neither a weekend nor one of [`HOLIDAYS`].
pub fn is_working(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
        && !HOLIDAYS.iter().any(|(month, day, _)| (date.month(), date.day()) == (*month, *day))
}

/// The working day that lies `days` working days before `date`; with 0, `date` itself.
pub fn working_days_before(date: NaiveDate, days: u32) -> NaiveDate {
    step(date, days, |date| date - Days::new(1))
}

/// The working day that lies `days` working days after `date`; with 0, `date` itself.
pub fn working_days_after(date: NaiveDate, days: u32) -> NaiveDate {
    step(date, days, |date| date + Days::new(1))
}

fn step(mut date: NaiveDate, mut days: u32, next: impl Fn(NaiveDate) -> NaiveDate) -> NaiveDate {
    while days > 0 {
        date = next(date);
        if is_working(date) {
            days -= 1;
        }
    }
    date
}

/// The instant of a wall-clock time: the first one where clocks go back, and as if there were no jump where the time
/// does not exist (clinics are held by day, so neither is met in practice).
pub fn instant_of(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    zone.from_local_datetime(&wall).earliest().map_or_else(|| wall.and_utc(), |at| at.with_timezone(&Utc))
}

/// `minutes` after midnight on `date`.
pub fn wall(date: NaiveDate, minutes: u32) -> NaiveDateTime {
    date.and_hms_opt(minutes / 60 % 24, minutes % 60, 0)
        .expect("a time of day from hours and minutes below their limits")
}

/// A time span on the wall clock, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: NaiveDateTime,
    pub to: NaiveDateTime,
}

impl Span {
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// One specialist's calendar and clinic.
pub struct Diary {
    pub staff: &'static Staff,
    visit_min: u32,
    /// Weekly meeting: day, from, to (minutes after midnight), first held on.
    pub meeting: (Weekday, u32, u32, NaiveDate),
    /// Whole days away: first day, day after the last, words.
    pub away: Vec<(NaiveDate, NaiveDate, &'static str)>,
    /// Single appointments outside the clinic.
    pub single: Vec<(Span, &'static str)>,
    /// Visits placed so far.
    pub visits: Vec<Span>,
}

impl Diary {
    /// A diary for each specialist.
    pub fn all(today: NaiveDate, seed: u64) -> Vec<Self> {
        STAFF.iter().filter(|one| !one.sessions.is_empty()).map(|one| Self::new(one, today, seed)).collect()
    }

    fn new(staff: &'static Staff, today: NaiveDate, seed: u64) -> Self {
        let mut random = Random::new(seed, &format!("diary/{}", staff.key));
        let day = staff.sessions[0].0[0];
        let year_ago = today - Days::new(364);
        let since = (0..7).map(|more| year_ago + Days::new(more)).find(|date| date.weekday() == day);
        let mut diary = Self {
            staff,
            visit_min: service(staff.services[0]).visit_min,
            meeting: (day, 11 * 60 + 30, 12 * 60 + 30, since.unwrap_or(year_ago)),
            away: Vec::new(),
            single: Vec::new(),
            visits: Vec::new(),
        };
        let monday = (0..7)
            .map(|more| today + Days::new(21 + u64::from(random.between(0, 4)) * 7 + more))
            .find(|date| date.weekday() == Weekday::Mon)
            .unwrap_or(today);
        diary.away.push((monday, monday + Days::new(5), "Annual leave"));
        let study = working_days_after(today, random.between(7, 13));
        diary.away.push((study, study + Days::new(1), "Study leave"));
        for words in ["Ward cover", "Teaching", "Interview panel", "Theatre list", "Governance meeting"] {
            let date = working_days_after(today, random.between(2, 22));
            let from = wall(date, 60 * random.between(9, 14) + 30 * random.between(0, 1));
            let span = Span { from, to: from + Duration::minutes(i64::from(random.between(2, 4)) * 30) };
            if !diary.single.iter().any(|(other, _)| other.overlaps(&span)) {
                diary.single.push((span, words));
            }
        }
        diary
    }

    /// What the calendar holds on one day, visits excluded.
    pub fn busy(&self, date: NaiveDate) -> Vec<Span> {
        let mut busy: Vec<Span> = self.single.iter().map(|(span, _)| *span).collect();
        let whole_day = Span { from: wall(date, 0), to: wall(date + Days::new(1), 0) };
        if !is_working(date) || self.away.iter().any(|(from, to, _)| (*from..*to).contains(&date)) {
            busy.push(whole_day);
        }
        let (day, from, to, since) = self.meeting;
        if date.weekday() == day && date >= since {
            busy.push(Span { from: wall(date, from), to: wall(date, to) });
        }
        busy.retain(|span| span.overlaps(&whole_day));
        busy
    }

    /// Visits that the clinic can offer on one day, on the grid of its sessions.
    pub fn grid(&self, date: NaiveDate) -> Vec<Span> {
        let mut slots = Vec::new();
        for (_, from, to) in self.staff.sessions.iter().filter(|session| session.0.contains(&date.weekday()))
        {
            let mut at = *from;
            while at + self.visit_min <= *to {
                slots.push(Span { from: wall(date, at), to: wall(date, at + self.visit_min) });
                at += self.visit_min;
            }
        }
        slots
    }

    /// Takes a free time on `date` or the nearest day after it (`forward`) or before it.
    pub fn take(
        &mut self,
        date: NaiveDate,
        forward: bool,
        other: &[Span],
        random: &mut Random,
    ) -> Option<Span> {
        let day = |away| if forward { date + Days::new(away) } else { date - Days::new(away) };
        for date in (0..HORIZON).map(day) {
            let busy = self.busy(date);
            let free: Vec<Span> = self
                .grid(date)
                .into_iter()
                .filter(|slot| {
                    ![&busy, &self.visits, other]
                        .iter()
                        .any(|spans| spans.iter().any(|span| span.overlaps(slot)))
                })
                .collect();
            if !free.is_empty() {
                let slot = random.pick(&free);
                self.visits.push(slot);
                return Some(slot);
            }
        }
        None
    }
}
