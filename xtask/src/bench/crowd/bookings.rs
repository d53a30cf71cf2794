//! Bookings: how many a second beside bare rows, and a crowd that wants one time.

use super::{Bench, Group, Place, figure, rounded};

/// Share of the bare rows a second that bookings are to reach.
const LEAST_SHARE: f64 = 0.6;
/// What whoever comes too late may wait for other times, in milliseconds, 99 times of 100.
const MOST_TOLD_MS: f64 = 250.0;
const BOOKINGS: u64 = 400;
const CLIENTS: u64 = 8;
const CROWD: u64 = 1_000;

pub const ABOUT_BOOKING: &str = "Free times booked for different patients by a coordinator, by 8 at once, each with the move in \
    the ledger and in the packed week, the referral's new state, event, audit row, letters in the outbox and reminders, in one \
    durable transaction; as the server's own function, without HTTP. The yardstick: as many transactions by as many at once on the \
    same database in the same run, each of which writes one appointment row and nothing else.";

pub const ABOUT_STAMPEDE: &str = "1,000 patients, each with a referral of their own, ask at the same moment to hold one and the same \
    time, of one place and then of three; as the server's own function, without HTTP. Then the clock goes past the end of those \
    holds, and while they are given back another 1,000 ask at once, and whoever was too early asks again. Whoever is too late is told of \
    three other times; the time counts from the moment at which all begin.";

pub fn booking(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    bench.crowd(place, "specialists", &[bench.plan.specialists, bench.plan.busy, bench.plan.seed])?;
    let said = bench.crowd(place, "book", &[BOOKINGS, CLIENTS])?;
    let (booked, rows) = (figure(&said, "booked_per_second"), figure(&said, "rows_per_second"));
    let share = booked / rows.max(f64::EPSILON);
    let mut group = Group::new(format!("{database}: booking"));
    group.add("bookings", said["bookings"].clone(), "");
    group.add("at once", said["clients"].clone(), "");
    group.add("statements of a booking", said["statements"].clone(), "");
    group.add("bookings per second", booked.round(), "");
    group.add("bare rows per second", rows.round(), "");
    group.must("bookings to bare rows", rounded(share), "", &format!("≥ {LEAST_SHARE}"));
    Ok((vec![group], share >= LEAST_SHARE))
}

pub fn stampede(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    bench.crowd(place, "specialists", &[bench.plan.specialists, bench.plan.busy, bench.plan.seed])?;
    let (mut groups, mut good) = (Vec::new(), true);
    for capacity in [1, 3] {
        let said = bench.crowd(place, "stampede", &[CROWD, capacity])?;
        let told = figure(&said, "told_p99_ms");
        let mut group = Group::new(format!("{database}: stampede, {capacity} of one time"));
        group.add("patients at once", said["clients"].clone(), "");
        group.must("who hold it", said["held"].clone(), "", &capacity.to_string());
        group.must(
            "who hold it after those holds have ended",
            said["held_after"].clone(),
            "",
            &capacity.to_string(),
        );
        group.must("overlaps in the ledger", said["overlaps"].clone(), "", "0");
        group.must("errors", said["broken"].clone(), "", "0");
        group.must("told of fewer than three other times", said["told_fewer_than_three"].clone(), "", "0");
        group.add("told, p50", rounded(figure(&said, "told_p50_ms")), "ms");
        group.must("told, p99", rounded(told), "ms", &format!("≤ {MOST_TOLD_MS}"));
        group.add("told, longest", rounded(figure(&said, "told_most_ms")), "ms");
        let is = |name: &str, wanted: u64| said[name].as_u64() == Some(wanted);
        good &= is("held", capacity)
            && is("held_after", capacity)
            && is("overlaps", 0)
            && is("broken", 0)
            && is("told_fewer_than_three", 0)
            && told <= MOST_TOLD_MS;
        groups.push(group);
    }
    Ok((groups, good))
}
