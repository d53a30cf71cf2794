//! Between weekly sessions and availability as calendars publish it.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use thiserror::Error;

use super::{Availability, Available, End};
use crate::busy::Effect;
use crate::expand::Event;
use crate::recurrence::{Length, RDate, Series, Start};
use crate::rrule::{ByDay, Freq, RRule, Until};
use crate::rules::{Away, Closed, Rules, Session, Visit};
use crate::wall::instant;

/// Closed days in a row that are written as exceptions; longer ones cut a series in two.
const FEW_DAYS: i64 = 31;
/// Days after which a rhythm of at most 52 weeks has come round.
const ROUND: i64 = 53 * 7;
/// Above which leave is written, so that it replaces the sessions.
const LEAVE_PRIORITY: u8 = 1;

/// When somebody can be seen by the rules, from a date on: sessions, without closed days, and leave above them. SUMMARY is
/// the session's id, LOCATION its site. `uid` names the calendar; every part has its own UID that begins with it.
///
/// Lengths of visits, capacity, buffers and limits have no place in RFC 7953 and are left out.
pub fn availability_of(rules: &Rules, who: &str, from: NaiveDate, uid: &str) -> Vec<Availability> {
    let mut available = Vec::new();
    for session in rules.sessions.iter().filter(|session| session.who.iter().any(|one| one == who)) {
        let closed: Vec<&Closed> = rules.closed.iter().filter(|closed| closed.means(session, who)).collect();
        let writer = Written { session, closed, zone: session.zone(rules), uid, from };
        writer.weekly(&mut available);
        writer.dates(&mut available);
    }
    let hours = whole(uid.to_owned(), None, 0, available);
    let leave = rules.away.iter().filter(|away| away.who == who).enumerate().map(|(at, away)| {
        let span = (Start::Local(away.from, rules.zone), Start::Local(away.to, rules.zone));
        whole(format!("{uid}-leave-{at}"), Some(span), LEAVE_PRIORITY, Vec::new())
    });
    std::iter::once(hours).chain(leave).collect()
}

fn whole(uid: String, span: Option<(Start, Start)>, priority: u8, available: Vec<Available>) -> Availability {
    let (start, end) = span.unzip();
    let end = end.map(End::At);
    let effect = Effect::OutOfOffice;
    Availability { uid, sequence: 0, stamped: None, start, end, priority, effect, available }
}

/// One session, being written.
struct Written<'a> {
    session: &'a Session,
    closed: Vec<&'a Closed>,
    zone: Tz,
    uid: &'a str,
    from: NaiveDate,
}

impl Written<'_> {
    fn is_open(&self, date: NaiveDate) -> bool {
        !self.closed.iter().any(|closed| closed.holds_on(date))
    }

    /// Whether the weekdays hold on a date; single dates aside.
    fn recurs_on(&self, date: NaiveDate) -> bool {
        Session { dates: Vec::new(), ..self.session.clone() }.holds_on(date)
    }

    /// A series for each stretch of the session's validity that lies between long closures.
    fn weekly(&self, found: &mut Vec<Available>) {
        if self.session.weekdays.is_empty() {
            return;
        }
        let mut cuts: Vec<(NaiveDate, NaiveDate)> = self
            .closed
            .iter()
            .map(|closed| (closed.from, closed.to.unwrap_or(closed.from)))
            .filter(|(from, to)| (*to - *from).num_days() >= FEW_DAYS)
            .collect();
        cuts.sort_unstable();
        let mut first = self.session.valid_from.map_or(self.from, |from| from.max(self.from));
        for (from, to) in cuts {
            if let Some(last) = from.pred_opt().filter(|last| first <= *last) {
                self.series(first, Some(last), found);
            }
            match to.succ_opt() {
                Some(next) => first = first.max(next),
                None => return,
            }
        }
        self.series(first, None, found);
    }

    /// The sessions from a date to another.
    fn series(&self, first: NaiveDate, last: Option<NaiveDate>, found: &mut Vec<Available>) {
        let last = match (last, self.session.valid_to) {
            (Some(last), Some(valid_to)) => Some(last.min(valid_to)),
            (last, valid_to) => last.or(valid_to),
        };
        let within = |date: &NaiveDate| last.is_none_or(|last| *date <= last);
        let mut soon = first.iter_days().take_while(|date| (*date - first).num_days() <= ROUND);
        let Some(begins) = soon.find(|date| self.recurs_on(*date)).filter(within) else { return };
        let mut rule = RRule::every(Freq::Weekly);
        rule.interval = self.session.every_weeks.max(1);
        rule.until = last.map(|last| Until::Utc(self.last_instant(last)));
        rule.by_day = self.session.weekdays.iter().map(|day| ByDay { nth: None, weekday: *day }).collect();
        rule.by_day.sort_by_key(|day| day.weekday.num_days_from_monday());
        rule.by_day.dedup();
        let few = |closed: &&&Closed| (closed.to.unwrap_or(closed.from) - closed.from).num_days() < FEW_DAYS;
        let mut exdates: Vec<NaiveDate> = self
            .closed
            .iter()
            .filter(few)
            .flat_map(|closed| {
                let to = closed.to.unwrap_or(closed.from);
                closed.from.iter_days().take_while(move |date| *date <= to)
            })
            .filter(|date| begins <= *date && within(date) && self.recurs_on(*date))
            .collect();
        exdates.sort_unstable();
        exdates.dedup();
        let Some(mut series) = self.once(begins) else { return };
        series.rrules = vec![rule];
        series.exdates = exdates.into_iter().map(|date| self.opens(date)).collect();
        found.push(self.available(found.len(), series));
    }

    /// Single dates on which no weekday holds.
    fn dates(&self, found: &mut Vec<Available>) {
        let is_single =
            |date: &NaiveDate| *date >= self.from && self.is_open(*date) && !self.recurs_on(*date);
        let mut dates: Vec<NaiveDate> = self.session.dates.iter().copied().filter(is_single).collect();
        dates.sort_unstable();
        dates.dedup();
        let Some((begins, further)) = dates.split_first() else { return };
        let Some(mut series) = self.once(*begins) else { return };
        series.rdates = further.iter().map(|date| RDate { start: self.opens(*date), length: None }).collect();
        found.push(self.available(found.len(), series));
    }

    fn opens(&self, date: NaiveDate) -> Start {
        Start::Local(date.and_time(self.session.from), self.zone)
    }

    fn once(&self, date: NaiveDate) -> Option<Series> {
        let (opens, closes) = self.session.hours_on(date)?;
        Some(Series::once(self.opens(date), Length::on_the_clock((closes - opens).num_seconds())))
    }

    /// The last second of a local date.
    fn last_instant(&self, date: NaiveDate) -> DateTime<Utc> {
        let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
        instant(next.and_time(NaiveTime::MIN), self.zone) - TimeDelta::seconds(1)
    }

    fn available(&self, number: usize, series: Series) -> Available {
        Available {
            event: Event {
                uid: format!("{}-{number}", self.uid),
                sequence: 0,
                stamped: None,
                recurrence_id: None,
                range_this_and_future: false,
                series,
                transparent: false,
                cancelled: false,
                tentative: false,
                out_of_office: false,
            },
            summary: self.session.id.clone(),
            location: self.session.site.clone().unwrap_or_default(),
        }
    }
}

/// Why availability cannot be kept as weekly sessions: what, and the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfit {
    /// A series that is neither weekly nor made of single dates.
    #[error("it repeats otherwise than weekly; enter those hours as sessions of their own")]
    NotWeekly,
    /// A change of a single occurrence.
    #[error("single occurrences are changed; enter them as sessions on single dates")]
    Changed,
    /// Hours of no length, or of more than a day.
    #[error("its hours are empty or longer than a day; split them")]
    Hours,
    /// A component above the lowest priority that has available time, or several of the lowest.
    #[error("several sets of hours replace each other; give one")]
    Layers,
    /// Times in a zone that only the file defines, or before whose hours nothing is said.
    #[error("its times are bounded or in a zone that is not known; give a zone such as Europe/London")]
    Zone,
}

/// The rules that availability means: sessions by `visit`, closed days and leave for `who`. What [`availability_of`]
/// writes comes back with the same hours. Times in UTC or without a zone are kept in `zone`.
pub fn rules_of(all: &[Availability], who: &str, visit: &Visit, zone: Tz) -> Result<Rules, Unfit> {
    let mut rules = Rules::of_zone(zone);
    let mut seen_hours = false;
    for one in all {
        if one.available.is_empty() && one.priority != 0 {
            rules.away.push(away(one, who, zone)?);
            continue;
        }
        if std::mem::replace(&mut seen_hours, true) || one.priority != 0 {
            return Err(Unfit::Layers);
        }
        if one.start.is_some() || one.end.is_some() {
            return Err(Unfit::Zone);
        }
        for available in &one.available {
            session(available, who, visit, &mut rules)?;
        }
    }
    Ok(rules)
}

fn away(one: &Availability, who: &str, zone: Tz) -> Result<Away, Unfit> {
    let wall = |start: &Start| match start {
        Start::Date(_) | Start::Floating(_) => start.written(),
        other => crate::wall::wall_of(other.instant(zone), zone),
    };
    match (&one.start, &one.end) {
        (Some(from), Some(End::At(to))) => Ok(Away { who: who.to_owned(), from: wall(from), to: wall(to) }),
        (Some(from), Some(End::After(length))) => {
            let to = crate::wall::wall_of(length.after(from, zone), zone);
            Ok(Away { who: who.to_owned(), from: wall(from), to })
        }
        _ => Err(Unfit::Zone),
    }
}

fn session(available: &Available, who: &str, visit: &Visit, rules: &mut Rules) -> Result<(), Unfit> {
    let event = &available.event;
    if event.recurrence_id.is_some() || event.cancelled {
        return Err(Unfit::Changed);
    }
    let series = &event.series;
    let (opens, zone): (NaiveDateTime, Tz) = match &series.dtstart {
        Start::Local(wall, zone) => (*wall, *zone),
        Start::Utc(at) => (at.naive_utc(), Tz::UTC),
        Start::Floating(wall) => (*wall, rules.zone),
        Start::Date(_) | Start::Own(..) => return Err(Unfit::Zone),
    };
    let length = series.length();
    let seconds = length.days * 86_400 + length.clock_s + length.seconds;
    if !(1..=86_400).contains(&seconds) {
        return Err(Unfit::Hours);
    }
    let on = |start: &Start| match start {
        Start::Date(day) => Ok(*day),
        Start::Local(wall, other) if *other == zone && wall.time() == opens.time() => Ok(wall.date()),
        Start::Utc(at) if zone == Tz::UTC && at.time() == opens.time() => Ok(at.date_naive()),
        Start::Floating(wall) if wall.time() == opens.time() => Ok(wall.date()),
        _ => Err(Unfit::NotWeekly),
    };
    let id = if available.summary.is_empty() { event.uid.clone() } else { available.summary.clone() };
    let taken = |id: &str| rules.sessions.iter().any(|session| session.id == id);
    let free = (2..).map(|number| format!("{id} ({number})")).find(|other| !taken(other));
    let id = if taken(&id) { free.unwrap_or_default() } else { id };
    let mut session = Session {
        id: id.clone(),
        who: vec![who.to_owned()],
        also: Vec::new(),
        site: (!available.location.is_empty()).then(|| available.location.clone()),
        weekdays: Vec::new(),
        every_weeks: 1,
        valid_from: None,
        valid_to: None,
        dates: Vec::new(),
        from: opens.time(),
        to: opens.time() + TimeDelta::seconds(seconds),
        zone: (zone != rules.zone).then_some(zone),
        visits: vec![visit.clone()],
        step_min: None,
        capacity: 1,
        buffer_before_min: 0,
        buffer_after_min: 0,
        daily_limit: None,
        notice_min: None,
    };
    match series.rrules.as_slice() {
        [] => session.dates.push(opens.date()),
        [rule] => weekly(rule, opens, zone, &mut session)?,
        _ => return Err(Unfit::NotWeekly),
    }
    for rdate in &series.rdates {
        if rdate.length.is_some_and(|own| own != length) {
            return Err(Unfit::Hours);
        }
        session.dates.push(on(&rdate.start)?);
    }
    for exdate in &series.exdates {
        let from = on(exdate)?;
        rules.closed.push(Closed { from, session: Some(id.clone()), ..Closed::default() });
    }
    rules.sessions.push(session);
    Ok(())
}

fn weekly(rule: &RRule, opens: NaiveDateTime, zone: Tz, session: &mut Session) -> Result<(), Unfit> {
    let plain = RRule {
        freq: rule.freq,
        interval: rule.interval,
        until: rule.until,
        by_day: rule.by_day.clone(),
        week_start: rule.week_start,
        ..RRule::every(rule.freq)
    };
    let is_monday = rule.week_start == Weekday::Mon || rule.interval == 1;
    let days: Vec<Weekday> = match (rule.freq, rule.interval, rule.by_day.is_empty()) {
        (Freq::Weekly, _, true) => vec![chrono::Datelike::weekday(&opens)],
        (Freq::Daily, 1, true) => {
            std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7).collect()
        }
        (Freq::Weekly, _, false) | (Freq::Daily, 1, false) => {
            rule.by_day.iter().map(|day| day.weekday).collect()
        }
        _ => return Err(Unfit::NotWeekly),
    };
    if *rule != plain || !is_monday || rule.interval > 52 {
        return Err(Unfit::NotWeekly);
    }
    session.weekdays = days;
    session.every_weeks = rule.interval;
    session.valid_from = Some(opens.date());
    session.valid_to = match rule.until {
        None => None,
        Some(Until::Date(day)) => Some(day),
        Some(Until::Local(wall)) => last_before(wall, opens),
        Some(Until::Utc(at)) => last_before(crate::wall::wall_of(at, zone), opens),
    };
    // DTSTART is an occurrence also where no weekday holds.
    if !session.weekdays.contains(&chrono::Datelike::weekday(&opens)) {
        session.dates.push(opens.date());
    }
    Ok(())
}

/// The last date on which a session that opens at such a time still begins by `until`.
fn last_before(until: NaiveDateTime, opens: NaiveDateTime) -> Option<NaiveDate> {
    if until.time() >= opens.time() { Some(until.date()) } else { until.date().pred_opt() }
}
