//! Whatever is done to referrals, in whatever order and by whomever: none that is open falls silent.

use chrono::{DateTime, Duration, Utc};
use contract::{AssignInput, PassOnInput, PauseInput, TextInput, TriageInput};
use domain::referral::{Act, State, transition};
use domain::{OrganisationId, ReferralId, Role};
use harness::{TestApp, both};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use service::{Call, ServiceError, booking, clock, jobs, referrals};
use store::referrals::{Filter, Side};

const SEED: u64 = 20_261_122;
const SEQUENCES: usize = 1_000;

/// What a command does, in the order of the arms below.
const COMMANDS: [Act; 19] = [
    Act::Acknowledge,
    Act::Accept,
    Act::Ask,
    Act::Decline,
    Act::Answer,
    Act::Assign,
    Act::Forward,
    Act::Redirect,
    Act::Pause,
    Act::Resume,
    Act::CancelAppointment,
    Act::RecordVisit,
    Act::InterimNote,
    Act::Report,
    Act::AcknowledgeReport,
    Act::RequestCancellation,
    Act::ConfirmCancellation,
    Act::EnterInError,
    Act::Reopen,
];

/// Open without owner, next action or due time; or ended and still owned.
const SILENT: &str = "select count(*) as n from referral where \
    (ended_at is null and (owner_name is null or owner_name = '' or owner_organisation_id is null \
     or next_action is null or due_at is null or due_zone is null or due_wall is null)) \
    or (ended_at is not null and (owner_name is not null or next_action is not null or due_at is not null))";

struct World {
    services: Vec<String>,
    people: Vec<String>,
    /// Who acts: a referrer, a specialist, a coordinator, somebody without a part in it.
    calls: Vec<(Role, Call)>,
}

/// Who does what next: mostly something that the table allows, else anything by anybody.
fn pick(world: &World, rng: &mut StdRng, state: State) -> (usize, usize) {
    let any = (rng.random_range(0..COMMANDS.len()), rng.random_range(0..=world.calls.len()));
    if rng.random_bool(0.3) {
        return any;
    }
    let mut allowed = Vec::new();
    for (at, act) in COMMANDS.iter().enumerate() {
        for (who, (role, _)) in world.calls.iter().enumerate() {
            if transition(state, *act, *role).is_ok() {
                allowed.push((at, who));
            }
        }
    }
    if allowed.is_empty() { any } else { allowed[rng.random_range(0..allowed.len())] }
}

async fn command(
    app: &TestApp,
    world: &World,
    rng: &mut StdRng,
    id: ReferralId,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let desk = &app.desk;
    let row = app.referral(id).await;
    let version = row.version;
    let (act, who) = pick(world, rng, State::from_code(&row.state).expect("a known state"));
    let mut call = match world.calls.get(who) {
        Some((_, call)) => call.clone(),
        None => app.patient_call(id).await,
    };
    call.now = now;
    let text = TextInput { version, text: "Because it is so.".to_owned(), ..TextInput::default() };
    let triage = |outcome: &str| TriageInput {
        version,
        outcome: outcome.to_owned(),
        priority: "urgent".to_owned(),
        patient_line: "We need to hear from you first.".to_owned(),
        ..TriageInput::default()
    };
    let pass_on = PassOnInput {
        version,
        service: world.services[rng.random_range(0..world.services.len())].clone(),
        text: "It fits there.".to_owned(),
        patient_line: "Another clinic will see you.".to_owned(),
        ..PassOnInput::default()
    };
    let person = match rng.random_range(0..=world.people.len()) {
        0 => String::new(),
        at => world.people[at - 1].clone(),
    };
    let until = (now + Duration::days(rng.random_range(1..60))).date_naive();
    let pause = PauseInput {
        version,
        until_day: until.format("%d").to_string(),
        until_month: until.format("%m").to_string(),
        until_year: until.format("%Y").to_string(),
        text: "It waits.".to_owned(),
        ..PauseInput::default()
    };
    match COMMANDS[act] {
        Act::Acknowledge => referrals::acknowledge(desk, &call, id, version).await,
        Act::Accept => referrals::triage(desk, &call, id, &triage("accept")).await,
        Act::Ask => referrals::triage(desk, &call, id, &triage("ask")).await,
        Act::Decline => referrals::triage(desk, &call, id, &triage("decline")).await,
        Act::Answer => referrals::answer(desk, &call, id, &text).await,
        Act::Assign => {
            referrals::assign(desk, &call, id, &AssignInput { version, person, text: String::new() }).await
        }
        Act::Forward => referrals::forward(desk, &call, id, &pass_on).await,
        Act::Redirect => referrals::redirect(desk, &call, id, &pass_on).await.map(|_| ()),
        Act::Pause => referrals::pause(desk, &call, id, &pause).await,
        Act::Resume => referrals::resume(desk, &call, id, version).await,
        Act::CancelAppointment => {
            // A patient's reasons are others, and need not be said.
            let code = if matches!(call.actor.principal, domain::Principal::Patient { .. }) {
                ""
            } else {
                "clinician-away"
            };
            let text = TextInput { reason: code.to_owned(), ..text };
            booking::cancel(desk, &call, id, &text).await
        }
        Act::RecordVisit => referrals::record_visit(desk, &call, id, &text).await,
        Act::InterimNote => referrals::note(desk, &call, id, &text, None).await,
        Act::Report => referrals::report(desk, &call, id, &text, None).await,
        Act::AcknowledgeReport => referrals::acknowledge_report(desk, &call, id, version).await,
        Act::RequestCancellation => referrals::request_cancellation(desk, &call, id, &text).await,
        Act::ConfirmCancellation => referrals::confirm_cancellation(desk, &call, id, &text).await,
        Act::EnterInError => referrals::enter_in_error(desk, &call, id, &text).await,
        Act::Reopen => referrals::reopen(desk, &call, id, &text).await,
        other => unreachable!("{other} is none of the commands"),
    }
}

both! {
    async fn a_thousand_random_sequences_leave_no_open_referral_silent(app) {
        app.leaves_messages();
        println!("seed {SEED}, {SEQUENCES} sequences");
        let mut rng = StdRng::seed_from_u64(SEED);
        let mut world = World { services: Vec::new(), people: Vec::new(), calls: Vec::new() };
        for name in ["Heart clinic", "Joint clinic", "Eye clinic"] {
            let known = store::directory::services(app.desk.store.reader()).await.expect("services");
            world.services.extend(known.iter().filter(|row| row.name == name).map(|row| row.id.to_string()));
        }
        for (name, role) in [
            ("referrer", Role::Referrer),
            ("specialist", Role::Specialist),
            ("coordinator", Role::Coordinator),
            ("administrator", Role::Administrator),
        ] {
            world.calls.push((role, app.call(name).await));
            world.people.push(app.staff(name).await.id.to_string());
        }
        // The demonstration's own, which stand in every state, and fresh ones for those that end.
        let hospital = OrganisationId(app.staff("specialist").await.organisation_id);
        let filter = Filter { states: State::ALL.iter().map(|state| state.code().to_owned()).collect(), ..Filter::default() };
        let rows = store::referrals::worklist(app.desk.store.reader(), hospital, Side::Receiving, &filter, 200).await;
        let mut ids: Vec<ReferralId> = rows.expect("rows").into_iter().map(|row| ReferralId(row.id)).collect();
        let mut now = clock::now();
        let (mut done, mut refused) = (0, 0);
        for sequence in 0..SEQUENCES {
            let at = rng.random_range(0..ids.len());
            if app.referral(ids[at]).await.ended_at.is_some() && rng.random_bool(0.5) {
                ids[at] = app.a_sent_referral().await;
            }
            let id = ids[at];
            for _ in 0..rng.random_range(2..7) {
                now += Duration::minutes(rng.random_range(1..240));
                match command(app, &world, &mut rng, id, now).await {
                    Ok(()) => done += 1,
                    Err(ServiceError::Broken(cause)) => panic!("sequence {sequence}: {cause}"),
                    Err(_) => refused += 1,
                }
            }
            if sequence % 50 == 0 {
                jobs::escalate(&app.desk, now).await.expect("escalated");
            }
            assert_eq!(app.count(SILENT).await, 0, "after sequence {sequence} with seed {SEED}");
        }
        println!("{done} commands were done, {refused} refused");
        assert!(done > SEQUENCES, "only {done} of {} commands did something", done + refused);
    }
}
