//! Tables over the rules: each case says what was agreed, so that no answer, operator or arm can change unseen.
//! `cargo xtask mutants` measures how many changes they notice.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::delivery::DeliveryState;
use crate::policy::{Capability, Involvement, Relation, Stage, acting_roles, may, relation};
use crate::referral::{Act, Clock, Clocks, Passage, Side, Standing, State, duty, readings};
use crate::{Actor, OrganisationId, PatientId, PersonId, Principal, Priority, ReferralId, Role};

const HOSPITAL: OrganisationId = OrganisationId(Uuid::from_u128(1));
const PRACTICE: OrganisationId = OrganisationId(Uuid::from_u128(2));
const OTHER: OrganisationId = OrganisationId(Uuid::from_u128(3));
const PATIENT: PatientId = PatientId(Uuid::from_u128(4));

fn staff(organisation: OrganisationId, roles: &[Role]) -> Principal {
    let person = PersonId(Uuid::from_u128(7));
    Principal::Staff { organisation, person, roles: roles.to_vec(), name: "Dr Osei".to_owned() }
}

fn client(organisation: OrganisationId) -> Principal {
    Principal::Client { organisation, client: Uuid::from_u128(8), name: "Records".to_owned() }
}

fn patient() -> Principal {
    Principal::Patient { organisation: PRACTICE, patient: PATIENT, referral: ReferralId(Uuid::nil()) }
}

fn system() -> Principal {
    Principal::System { job: "escalate".to_owned() }
}

fn facts(stage: Stage) -> Involvement {
    Involvement {
        receiving: HOSPITAL,
        referring: PRACTICE,
        patient_organisation: PRACTICE,
        patient: PATIENT,
        stage,
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

#[test]
fn other_systems_stand_where_their_organisation_stands() {
    for (principal, stage, expected) in [
        (client(HOSPITAL), Stage::Submitted, Some(Relation::Receiving)),
        (client(HOSPITAL), Stage::Draft, None),
        (client(PRACTICE), Stage::Submitted, Some(Relation::Referring)),
        (client(PRACTICE), Stage::Draft, Some(Relation::Referring)),
        (client(OTHER), Stage::Submitted, None),
        (client(OTHER), Stage::Draft, None),
        (system(), Stage::Draft, Some(Relation::Product)),
        (system(), Stage::Submitted, Some(Relation::Product)),
    ] {
        assert_eq!(relation(&principal, &facts(stage)), expected, "{principal:?} {stage:?}");
    }
}

#[test]
fn whoever_works_on_both_sides_stands_where_the_referral_stands() {
    let both = [Role::Specialist, Role::Referrer];
    for (organisation, roles, stage, expected) in [
        (HOSPITAL, &both[..], Stage::Submitted, Some(Relation::Receiving)),
        (HOSPITAL, &both[..], Stage::Draft, None),
        (PRACTICE, &both[..], Stage::Submitted, Some(Relation::Referring)),
        (PRACTICE, &[Role::Coordinator][..], Stage::Draft, None),
        (HOSPITAL, &[][..], Stage::Submitted, None),
        (HOSPITAL, &[Role::Patient, Role::System][..], Stage::Submitted, None),
        (PRACTICE, &[Role::Quality, Role::Administrator][..], Stage::Submitted, None),
    ] {
        assert_eq!(relation(&staff(organisation, roles), &facts(stage)), expected, "{roles:?} {stage:?}");
    }
    // An organisation that refers to itself: submitted it is received, before that it is referred.
    let own = Involvement { referring: HOSPITAL, ..facts(Stage::Draft) };
    assert_eq!(relation(&staff(HOSPITAL, &[Role::Referrer]), &own), Some(Relation::Referring));
}

#[test]
fn roles_count_on_their_own_side_alone() {
    let all = Role::ALL;
    for (principal, relation, expected) in [
        (staff(HOSPITAL, all), Relation::Receiving, vec![Role::Specialist, Role::Coordinator]),
        (staff(PRACTICE, all), Relation::Referring, vec![Role::Referrer]),
        (staff(PRACTICE, all), Relation::Subject, vec![]),
        (staff(PRACTICE, all), Relation::Product, vec![]),
        (staff(PRACTICE, all), Relation::Emergency, vec![]),
        (patient(), Relation::Subject, vec![Role::Patient]),
        (patient(), Relation::Receiving, vec![]),
        (patient(), Relation::Referring, vec![]),
        (client(HOSPITAL), Relation::Receiving, vec![Role::System]),
        (client(PRACTICE), Relation::Referring, vec![Role::System]),
        (client(PRACTICE), Relation::Subject, vec![]),
        (system(), Relation::Product, vec![Role::System]),
        (system(), Relation::Receiving, vec![]),
    ] {
        let mut found = acting_roles(&principal, relation, &facts(Stage::Submitted));
        let mut expected = expected;
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{principal:?} {relation:?}");
    }
}

#[test]
fn each_part_of_the_console_is_for_these_roles() {
    use Role::{Administrator, Coordinator, Quality, Referrer, Specialist};
    let parts: [(Capability, &[Role]); 9] = [
        (Capability::Refer, &[Referrer]),
        (Capability::Worklist, &[Specialist, Coordinator]),
        (Capability::Availability, &[Specialist, Coordinator, Administrator]),
        (Capability::MessageLog, &[Coordinator]),
        (Capability::SendToMany, &[Coordinator, Administrator]),
        (Capability::HandOver, &[Coordinator]),
        (Capability::Quality, &[Quality, Administrator]),
        (Capability::Administer, &[Administrator]),
        (Capability::BreakGlass, &[Referrer, Specialist, Coordinator, Quality, Administrator]),
    ];
    for (part, roles) in parts {
        for role in Role::ALL {
            let is_let_in = may(&staff(HOSPITAL, &[*role]), part);
            assert_eq!(is_let_in, roles.contains(role), "{part:?} {role}");
        }
        assert!(!may(&staff(HOSPITAL, &[]), part), "{part:?} without a role");
        for principal in [patient(), client(HOSPITAL), system()] {
            assert!(!may(&principal, part), "{part:?} {principal:?}");
        }
    }
}

#[test]
fn an_actor_is_named_and_counted_as_what_they_are() {
    let actor = |principal| Actor { principal, request: Uuid::from_u128(9) };
    let doctor = actor(staff(HOSPITAL, &[Role::Specialist]));
    let id = Uuid::from_u128(7);
    assert_eq!((doctor.key(), doctor.label()), (format!("staff:{id}"), "Dr Osei".to_owned()));
    assert!(doctor.is(Role::Specialist) && !doctor.is(Role::Referrer));
    assert_eq!(doctor.organisation(), Some(HOSPITAL));
    let subject = actor(patient());
    assert_eq!((subject.key(), subject.label()), (format!("patient:{PATIENT}"), "You".to_owned()));
    assert_eq!((subject.roles(), subject.organisation()), (vec![Role::Patient], Some(PRACTICE)));
    let other = actor(client(OTHER));
    assert_eq!(
        (other.key(), other.label()),
        (format!("client:{}", Uuid::from_u128(8)), "Records".to_owned())
    );
    assert_eq!((other.roles(), other.organisation()), (vec![Role::System], Some(OTHER)));
    let job = Actor::system("escalate", Uuid::from_u128(9));
    assert_eq!(job, actor(system()));
    assert_eq!((job.key(), job.label()), ("system:escalate".to_owned(), "Waymark".to_owned()));
    assert_eq!((job.roles(), job.organisation()), (vec![Role::System], None));
}

#[test]
fn a_receipt_moves_a_message_forward_only() {
    use DeliveryState::{
        Created, Delivered, Pending, PermanentFailure, Sending, Sent, TechnicalFailure, TemporaryFailure,
        Unknown, Withheld,
    };
    let order = [
        Created,
        Sending,
        TechnicalFailure,
        Unknown,
        Pending,
        Sent,
        TemporaryFailure,
        PermanentFailure,
        Delivered,
        Withheld,
    ];
    for (earlier, one) in order.iter().enumerate() {
        for (later, other) in order.iter().enumerate() {
            assert_eq!(one.advanced_by(*other), order[earlier.max(later)], "{one} {other}");
        }
        let is_final = matches!(one, Delivered | TemporaryFailure | PermanentFailure | Withheld);
        assert_eq!(one.is_final(), is_final, "{one}");
    }
}

#[test]
fn priorities_and_states_are_read_from_fhir() {
    for (code, priority) in [
        ("routine", Some(Priority::Routine)),
        ("urgent", Some(Priority::Urgent)),
        ("asap", Some(Priority::TwoWeekWait)),
        ("stat", Some(Priority::TwoWeekWait)),
        ("soon", None),
    ] {
        assert_eq!(Priority::from_fhir(code), priority, "{code}");
    }
    for priority in Priority::ALL {
        assert_eq!(Priority::from_fhir(priority.fhir()), Some(*priority));
    }
    for (status, state) in [
        ("draft", Some(State::Draft)),
        ("requested", Some(State::Sent)),
        ("received", Some(State::Received)),
        ("on-hold", Some(State::InfoNeeded)),
        ("accepted", Some(State::Accepted)),
        ("ready", Some(State::Accepted)),
        ("in-progress", Some(State::Accepted)),
        ("completed", Some(State::Closed)),
        ("rejected", Some(State::Declined)),
        ("failed", Some(State::Declined)),
        ("cancelled", Some(State::Cancelled)),
        ("entered-in-error", Some(State::EnteredInError)),
        ("unheard-of", None),
    ] {
        assert_eq!(State::from_fhir_task(status), state, "{status}");
    }
    for state in State::ALL {
        assert!(State::from_fhir_task(state.fhir_task()).is_some(), "{state} can be read back");
    }
}

#[test]
fn a_time_is_chosen_in_these_states_and_these_are_ends() {
    for state in State::ALL {
        let chooses = matches!(state.code(), "accepted" | "offered" | "appointment-cancelled" | "no-show");
        assert_eq!(state.can_choose_time(), chooses, "{state}");
        let waits = chooses || matches!(state.code(), "booked" | "paused");
        assert_eq!(state.keeps_waiting(), waits, "{state}");
        let ends = ["closed", "declined", "redirected", "cancelled", "entered-in-error"];
        assert_eq!(state.is_ended(), ends.contains(&state.code()), "{state}");
    }
}

#[test]
fn acts_leave_events_of_their_own() {
    let mut names: Vec<&str> = Act::ALL.iter().map(|act| act.event()).collect();
    assert!(names.iter().all(|name| name.contains('_')), "{names:?}");
    names.sort_unstable();
    names.dedup();
    // Going on after a pause is one event, wherever it leads.
    assert_eq!(names.len(), Act::ALL.len() - 1);
    assert_eq!((Act::Accept.event(), Act::MarkNoShow.event()), ("referral_accepted", "visit_missed"));
}

#[test]
fn a_side_owns_what_its_organisation_owns() {
    let (receiving, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for (owner, receiving_owns) in [(Some(receiving), true), (Some(other), false), (None, false)] {
        assert_eq!(Side::Receiving.owns(owner, receiving), receiving_owns, "{owner:?}");
        assert_eq!(Side::Referring.owns(owner, receiving), !receiving_owns, "{owner:?}");
    }
}

#[test]
fn a_clock_may_run_for_two_years_and_no_longer() {
    let read = |days: u32| Clocks::read(&format!(r#"{{"report_days": {days}}}"#), "");
    assert_eq!(read(0).expect("at once").report_days, 0);
    assert_eq!(read(730).expect("two years").report_days, 730);
    assert!(read(731).is_err());
    assert!(Clocks::read("", r#"{"report_days": 731}"#).is_err(), "a service's own as well");
    assert!(Clocks::read(r#"{"holidays": "2026-12-25"}"#, "").is_err());
}

/// Each state's duty for each priority from one Monday morning, with clocks that all differ.
#[test]
fn duties_are_due_when_their_own_clock_says() {
    let since = at("2026-03-02T09:00:00Z");
    let clocks = Clocks {
        send_days: 1,
        acknowledge_days: 2,
        triage_routine_days: 3,
        triage_urgent_days: 4,
        triage_two_week_days: 5,
        information_days: 6,
        book_routine_days: 7,
        book_urgent_days: 8,
        book_two_week_days: 9,
        rebook_days: 10,
        report_days: 11,
        acknowledge_report_days: 12,
        cancellation_days: 13,
        pause_days: 14,
        ..Clocks::default()
    };
    let zone = chrono_tz::Europe::London;
    let mut table = String::new();
    for state in State::ALL.iter().filter(|state| !state.is_ended()) {
        let due = |priority| duty(*state, priority, &clocks, since, None, zone).expect("owed");
        let (routine, urgent, two_week) =
            (due(Priority::Routine), due(Priority::Urgent), due(Priority::TwoWeekWait));
        let days = [&routine, &urgent, &two_week].map(|owed| owed.due.format("%-d %b %H:%M").to_string());
        table.push_str(&format!(
            "{state} | {} | {} | {}\n",
            routine.side,
            routine.next.code(),
            days.join(" | ")
        ));
    }
    insta::assert_snapshot!(table);
    let until = at("2026-04-01T10:00:00Z");
    for (state, carries) in
        [(State::Offered, true), (State::Booked, true), (State::Paused, true), (State::Seen, false)]
    {
        let owed = duty(state, Priority::Routine, &clocks, since, Some(until), zone).expect("owed");
        assert_eq!(owed.due == until, carries, "{state}");
    }
}

/// Every clock over every next state: which begin, which are met, which are void.
#[test]
fn clocks_begin_and_end_with_these_states() {
    let clocks = Clocks {
        contact_routine_days: 2,
        contact_urgent_days: 3,
        contact_two_week_days: 4,
        triage_urgent_days: 6,
        triage_two_week_days: 7,
        book_urgent_days: 8,
        book_two_week_days: 9,
        ..Clocks::default()
    };
    let zone = chrono_tz::Europe::London;
    let now = at("2026-03-03T08:00:00Z");
    let mut table = String::new();
    for first in [State::Sent, State::Accepted, State::Seen, State::OutcomeReceived, State::Draft] {
        for then in State::ALL {
            let history = [
                Passage { at: at("2026-03-02T09:00:00Z"), state: first },
                Passage { at: at("2026-03-02T10:00:00Z"), state: *then },
            ];
            let read = readings(&history, Priority::Routine, &clocks, now, zone);
            let words: Vec<String> =
                read.iter().map(|reading| format!("{} {}", reading.clock, reading.standing)).collect();
            table.push_str(&format!("{first} then {then}: {}\n", words.join(", ")));
        }
    }
    insta::assert_snapshot!(table);
    let due = |priority, first| {
        let history = [Passage { at: at("2026-03-02T09:00:00Z"), state: first }];
        let read = readings(&history, priority, &clocks, now, zone);
        read.iter()
            .map(|reading| reading.due.format("%-d %b %H:%M").to_string())
            .collect::<Vec<_>>()
            .join(" | ")
    };
    let mut dues = String::new();
    for first in [State::Sent, State::Accepted, State::Seen, State::OutcomeReceived] {
        for priority in Priority::ALL {
            dues.push_str(&format!("{first} {priority}: {}\n", due(*priority, first)));
        }
    }
    insta::assert_snapshot!("clocks_are_due", dues);
}

#[test]
fn a_clock_is_judged_to_the_second() {
    let zone = chrono_tz::Europe::London;
    let stands = |met: Option<(&str, State)>, now: &str| {
        let mut history = vec![Passage { at: at("2026-03-02T09:00:00Z"), state: State::Sent }];
        history.extend(met.map(|(when, state)| Passage { at: at(when), state }));
        let read = readings(&history, Priority::Routine, &Clocks::default(), at(now), zone);
        read.into_iter().find(|reading| reading.clock == Clock::Acknowledge).expect("it began").standing
    };
    let due = "2026-03-03T17:00:00Z";
    let after = "2026-03-03T17:00:01Z";
    assert_eq!(stands(None, due), Standing::Running);
    assert_eq!(stands(None, after), Standing::Breached);
    assert_eq!(stands(Some((due, State::Received)), after), Standing::Met);
    assert_eq!(stands(Some((after, State::Received)), after), Standing::Late);
    assert_eq!(stands(Some((due, State::Cancelled)), after), Standing::Void);
    assert_eq!(stands(Some((after, State::Cancelled)), after), Standing::Breached);
    assert_eq!(stands(Some(("2026-03-02T10:00:00Z", State::Paused)), after), Standing::Paused);
}

#[test]
fn waiting_adds_up_and_counts_no_further_than_the_end() {
    let zone = chrono_tz::Europe::London;
    let passage = |when: &str, state| Passage { at: at(when), state };
    let history = [
        passage("2026-03-02T09:00:00Z", State::Sent),
        passage("2026-03-02T10:00:00Z", State::InfoNeeded),
        passage("2026-03-02T12:00:00Z", State::Received),
        passage("2026-03-02T13:00:00Z", State::Paused),
        passage("2026-03-02T16:00:00Z", State::Received),
        passage("2026-03-03T09:00:00Z", State::Accepted),
        passage("2026-03-04T09:00:00Z", State::Paused),
        passage("2026-03-05T09:00:00Z", State::Accepted),
    ];
    let read = readings(&history, Priority::Routine, &Clocks::default(), at("2026-03-06T09:00:00Z"), zone);
    let waited = |clock| {
        read.iter()
            .find(|reading| reading.clock == clock)
            .map(|reading| reading.waited.num_hours())
            .expect("it began")
    };
    assert_eq!(waited(Clock::Acknowledge), 0, "it was met by asking");
    assert_eq!(waited(Clock::Triage), 5, "two and three hours");
    assert_eq!(waited(Clock::Book), 24, "since it was accepted");
}

#[test]
fn working_days_are_counted_over_weekends_and_to_the_minute() {
    use crate::calendar_days::{is_working, working_days_after};
    let zone = chrono_tz::Europe::London;
    let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
    for (date, works) in [
        ("2026-03-02", true),
        ("2026-03-06", true),
        ("2026-03-07", false),
        ("2026-03-08", false),
        ("2026-12-25", false),
    ] {
        assert_eq!(is_working(day(date), &[day("2026-12-25")]), works, "{date}");
    }
    for (from, days, due) in [
        ("2026-03-02T09:00:00Z", 0, "2026-03-02T17:00:00Z"),
        // At 17:00 sharp today's time is over.
        ("2026-03-02T17:00:00Z", 0, "2026-03-03T17:00:00Z"),
        ("2026-03-02T16:59:59Z", 0, "2026-03-02T17:00:00Z"),
        ("2026-03-02T09:00:00Z", 5, "2026-03-09T17:00:00Z"),
        ("2026-03-07T09:00:00Z", 1, "2026-03-09T17:00:00Z"),
        ("2026-03-27T09:00:00Z", 1, "2026-03-30T16:00:00Z"),
    ] {
        assert_eq!(working_days_after(at(from), days, zone, &[]), at(due), "{from} {days}");
    }
}
