//! Who there is in the matrix, and what each of them has to do with what.
//!
//! A practice refers to a hospital; another practice refers to another hospital. Referrals are made by the product itself,
//! from a draft to a closed one; what else hangs together in an address – a task, a view, a passkey – is put in as rows.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::{Actor, OrganisationId, PersonId, Principal, ReferralId, Role};
use harness::{Browser, TestApp};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};
use service::{Call, admin, clock, downtime, jobs};
use sha2::{Digest, Sha256};
use store::entity::{
    availability_rule, calendar, campaign, closure, delegation, emergency, leave, organisation, passkey,
    patient, person, person_role, rebooking, resource, saved_view, service as service_row, site, task, team,
};
use uuid::Uuid;

use super::cases::{Case, House, STAGES, make};

/// What stands in an address or a form, by the name in braces.
pub type Thing = BTreeMap<String, String>;

/// A person of the world.
#[derive(Debug, Clone)]
pub struct Person {
    pub organisation: Uuid,
    pub id: Uuid,
    pub name: String,
    pub roles: Vec<Role>,
}

impl Person {
    /// What they would call a service function with.
    pub fn call(&self) -> Call {
        let principal = Principal::Staff {
            organisation: OrganisationId(self.organisation),
            person: PersonId(self.id),
            roles: self.roles.clone(),
            name: self.name.clone(),
        };
        Call::new(Actor { principal, request: Uuid::from_bytes(rand::random()) }, clock::now())
    }
}

pub struct World {
    people: BTreeMap<&'static str, Person>,
    /// The patient's own record and referral.
    patient: (OrganisationId, domain::PatientId, ReferralId),
    /// By person and relation, without what depends on a referral's state.
    things: BTreeMap<(&'static str, &'static str), Thing>,
    /// By name and stage.
    cases: BTreeMap<&'static str, BTreeMap<&'static str, Case>>,
}

/// Which referrals somebody has which relation to.
fn case_of(who: &str, relation: &str) -> Option<&'static str> {
    Some(match (who, relation) {
        (_, "none") => return None,
        ("patient", "former") => "at-former-practice",
        ("patient", "delegate") => "of-household",
        (_, "other") => "elsewhere",
        ("referrer", "own") => "of-specialist",
        ("referrer", "same") => "of-colleague",
        ("referrer", "former") => "of-former-clinician",
        ("referrer", "delegate") => "of-clinician",
        ("coordinator" | "pending", "own") => "of-coordinator",
        ("coordinator" | "pending", "same") => "of-specialist",
        ("quality", "own") => "of-quality",
        ("administrator", "own") => "of-administrator",
        ("quality" | "administrator", "same") => "of-specialist",
        ("quality" | "administrator", "former") => "emergency-over",
        (_, "own") => "of-specialist",
        (_, "same") => "of-coordinator",
        (_, "former") => "redirected-away",
        (_, "delegate") => "sent-by-the-house",
        _ => panic!("nobody is {relation}"),
    })
}

fn fresh() -> Uuid {
    domain::v7(clock::now().timestamp_millis(), rand::random())
}

/// Puts a row in.
pub async fn put<M, A>(app: &TestApp, model: M)
where
    M: ModelTrait + IntoActiveModel<A>,
    M::Entity: EntityTrait<Model = M, ActiveModel = A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    let row = model.into_active_model();
    M::Entity::insert(row).exec_without_returning(app.desk.store.writer()).await.expect("the row fits");
}

async fn hire(app: &TestApp, organisation: Uuid, name: &str, roles: &[Role]) -> Person {
    let id = fresh();
    let now = clock::now().timestamp_millis();
    let row = person::Model {
        organisation_id: organisation,
        id,
        name: name.to_owned(),
        email: format!("{}@matrix.example", name.to_lowercase().replace(' ', ".")),
        password_hash: None,
        totp_secret: None,
        totp_last_step: 0,
        status: "active".to_owned(),
        created_at: now,
        valid_until: None,
        last_sign_in_at: Some(now),
    };
    put(app, row).await;
    for role in roles {
        let row = person_role::Model {
            organisation_id: organisation,
            person_id: id,
            role: role.code().to_owned(),
            valid_until: None,
        };
        put(app, row).await;
    }
    Person { organisation, id, name: name.to_owned(), roles: roles.to_vec() }
}

async fn known(app: &TestApp, who: &str, roles: &[Role]) -> Person {
    let row = app.staff(who).await;
    for role in Role::STAFF.into_iter().filter(|role| !roles.contains(role)) {
        let id = app.literal(row.id);
        app.raw(&format!("delete from person_role where person_id = {id} and role = '{role}'"))
            .await
            .expect("taken");
    }
    Person { organisation: row.organisation_id, id: row.id, name: row.name, roles: roles.to_vec() }
}

/// What administrators of a hospital keep.
struct Hospital {
    service: Uuid,
    site: Uuid,
    team: Uuid,
    calendar: Uuid,
    /// Whose times are booked.
    room: Uuid,
}

async fn furnish(app: &TestApp, id: Uuid) -> Hospital {
    let heart = app.service("Heart clinic").await;
    let template = store::directory::service(app.desk.store.reader(), domain::ServiceId(heart)).await;
    let template = template.expect("services can be read").expect("the service is there");
    let [service, site_id, team_id, calendar_id, room] = [(); 5].map(|()| fresh());
    put(
        app,
        site::Model {
            organisation_id: id,
            id: site_id,
            name: "Matrix site".to_owned(),
            address: None,
            phone: None,
            zone: "Europe/London".to_owned(),
            latitude: None,
            longitude: None,
            map_url: None,
            step_free: false,
        },
    )
    .await;
    put(app, team::Model { organisation_id: id, id: team_id, name: "Matrix team".to_owned(), phone: None })
        .await;
    put(
        app,
        service_row::Model {
            organisation_id: id,
            id: service,
            name: "Matrix clinic".to_owned(),
            required: "[]".to_owned(),
            form: r#"[{"code":"smokes","label":"Do they smoke?","kind":"yes-no"}]"#.to_owned(),
            site_id: Some(site_id),
            team_id: None,
            escalate_to: None,
            ..template
        },
    )
    .await;
    put(app, resource_of(id, room, None)).await;
    let today = clock::now().date_naive();
    let rule = rule_of(id, room, service, (today, None));
    put(app, availability_rule::Model { capacity: 100, ..rule }).await;
    put(app, calendar_of(id, calendar_id, None)).await;
    Hospital { service, site: site_id, team: team_id, calendar: calendar_id, room }
}

/// A calendar file in which nothing is.
fn calendar_of(organisation: Uuid, id: Uuid, resource_id: Option<Uuid>) -> calendar::Model {
    calendar::Model {
        organisation_id: organisation,
        id,
        resource_id,
        name: "Matrix calendar".to_owned(),
        url: None,
        etag: None,
        content: Vec::new(),
        sha256: hex::encode(id.as_bytes()),
        fetched_at: clock::now().timestamp_millis(),
        checked_at: None,
        last_error: None,
        expanded_from: None,
        expanded_to: None,
        kind: "file".to_owned(),
        last_modified: None,
        next_at: None,
        failures: 0,
        refresh_min: None,
        username: None,
        secret: None,
        stale_hours: 24,
        when_stale: "warn".to_owned(),
        expand_after: None,
        unsure_since: None,
    }
}

fn resource_of(organisation: Uuid, id: Uuid, person: Option<Uuid>) -> resource::Model {
    resource::Model {
        organisation_id: organisation,
        id,
        kind: if person.is_some() { "clinician" } else { "room" }.to_owned(),
        person_id: person,
        name: "Matrix diary".to_owned(),
        places: 1,
        daily_limit: None,
        languages: String::new(),
        is_machine: false,
        ended_at: None,
    }
}

fn rule_of(
    organisation: Uuid,
    resource: Uuid,
    service: Uuid,
    (from, to): (chrono::NaiveDate, Option<chrono::NaiveDate>),
) -> availability_rule::Model {
    availability_rule::Model {
        organisation_id: organisation,
        id: fresh(),
        resource_id: resource,
        service_id: service,
        weekdays: "MO,TU,WE,TH,FR,SA,SU".to_owned(),
        from_wall: "09:00".to_owned(),
        to_wall: "12:00".to_owned(),
        zone: "Europe/London".to_owned(),
        slot_min: 30,
        capacity: 1,
        buffer_before_min: 0,
        buffer_after_min: 0,
        valid_from: from.to_string(),
        valid_to: to.map(|day| day.to_string()),
        pool: String::new(),
        also: "[]".to_owned(),
        visits: "[]".to_owned(),
        step_min: None,
        every_weeks: 1,
        dates: String::new(),
        daily_limit: None,
        notice_min: None,
        site_id: None,
    }
}

/// Leave that is over.
fn leave_of(organisation: Uuid, resource: Uuid) -> leave::Model {
    leave::Model {
        organisation_id: organisation,
        id: fresh(),
        resource_id: resource,
        from_at: 0,
        to_at: 1,
        zone: "Europe/London".to_owned(),
        from_wall: "1970-01-01T00:00".to_owned(),
        to_wall: "1970-01-01T00:01".to_owned(),
        note: String::new(),
        created_at: 0,
        created_by_name: "Matrix".to_owned(),
    }
}

/// Days on which everybody was closed.
fn closed_of(organisation: Uuid) -> closure::Model {
    closure::Model {
        organisation_id: organisation,
        id: fresh(),
        resource_id: None,
        rule_id: None,
        from_day: "1970-01-01".to_owned(),
        to_day: "1970-01-01".to_owned(),
        note: String::new(),
        created_at: 0,
        created_by_name: "Matrix".to_owned(),
    }
}

/// A message to many that finds nobody yet.
fn campaign_of(organisation: Uuid) -> campaign::Model {
    campaign::Model {
        organisation_id: organisation,
        id: fresh(),
        name: "Matrix sending".to_owned(),
        purpose: "care".to_owned(),
        words: "[]".to_owned(),
        others: "house".to_owned(),
        letters: false,
        told_hours: 0,
        filter: "{}".to_owned(),
        start_at: None,
        per_minute: None,
        state: "draft".to_owned(),
        version: 1,
        set_hash: String::new(),
        previewed_at: 0,
        recipients: 0,
        left_out: 0,
        difference: None,
        made_at: 0,
        made_by: None,
        made_by_name: "Matrix".to_owned(),
        confirmed_at: None,
        confirmed_by: None,
        confirmed_by_name: None,
        approved_at: None,
        approved_by_name: None,
        next_due_at: None,
        ended_at: None,
        ended_by_name: None,
    }
}

/// A visit on the list of those in doubt.
fn doubtful(of: &Case, resource: Uuid) -> rebooking::Model {
    rebooking::Model {
        organisation_id: of.organisation,
        id: fresh(),
        appointment_id: fresh(),
        referral_id: of.referral.0,
        resource_id: resource,
        start_at: 0,
        cause: "calendar".to_owned(),
        cause_id: fresh(),
        created_at: 0,
        created_by_name: "Matrix".to_owned(),
        settled_at: None,
        settled_by_name: None,
    }
}

/// A patient like one of the demonstration's, of an organisation.
async fn admit(app: &TestApp, organisation: Uuid, number: &str, phone: &str) -> Uuid {
    let template = app.patients().await.swap_remove(0);
    let id = fresh();
    let row = patient::Model {
        organisation_id: organisation,
        id,
        nhs_number: Some(number.to_owned()),
        phone: Some(phone.to_owned()),
        ..template
    };
    put(app, row).await;
    id
}

impl World {
    pub async fn build(app: &TestApp) -> Self {
        use Role::{Administrator, Coordinator, Quality, Referrer, Specialist};
        let referrer = known(app, "referrer", &[Referrer]).await;
        let colleague = known(app, "colleague", &[Referrer]).await;
        let stranger = known(app, "other-referrer", &[Referrer]).await;
        let specialist = known(app, "specialist", &[Specialist]).await;
        let coordinator = known(app, "coordinator", &[Coordinator]).await;
        let quality = known(app, "quality", &[Quality]).await;
        let administrator = known(app, "administrator", &[Administrator]).await;
        let suspended = known(app, "suspended", &[Specialist]).await;
        let gone = app.literal(suspended.id);
        app.raw(&format!("update person set status = 'suspended' where id = {gone}"))
            .await
            .expect("suspended");
        let practice = referrer.organisation;
        let house = specialist.organisation;
        let pending = hire(app, house, "Pen Ding", &[Coordinator]).await;
        let clinician = hire(app, practice, "Dee Legating", &[Referrer]).await;
        let former_clinician = hire(app, practice, "Fay Former", &[Referrer]).await;
        let inside = hire(app, house, "Gus Inside", &[Referrer]).await;
        let stranger_too = hire(app, stranger.organisation, "Zoe Stranger", &[Referrer]).await;
        let spare = hire(app, house, "Sam Spare", &[Specialist]).await;
        let left = hire(app, house, "Lee Left", &[Specialist]).await;

        let own = store::directory::organisation(app.desk.store.reader(), OrganisationId(house)).await;
        let own = own.expect("organisations can be read").expect("the hospital is there");
        let elsewhere = fresh();
        let row = organisation::Model {
            id: elsewhere,
            name: "Northfield Hospital".to_owned(),
            escalate_to: None,
            ..own
        };
        put(app, row).await;
        let far = hire(app, elsewhere, "Xan Elsewhere", &[Specialist, Coordinator, Administrator]).await;
        let far_too = hire(app, elsewhere, "Yan Elsewhere", &[Specialist]).await;
        let (here, there) = (furnish(app, house).await, furnish(app, elsewhere).await);

        // Delegations: one counts, one has been taken back; in the hospital they name people who do not refer.
        for (from, to, over) in [
            (&clinician, &referrer, false),
            (&former_clinician, &referrer, true),
            (&inside, &specialist, false),
            (&inside, &coordinator, false),
            (&inside, &quality, false),
            (&inside, &administrator, false),
        ] {
            put(app, delegated(from, to, over)).await;
        }

        let heart = House {
            organisation: house,
            service: here.service,
            room: here.room,
            decides: Person { roles: vec![Specialist, Coordinator], ..specialist.clone() },
        };
        let far_house =
            House { organisation: elsewhere, service: there.service, room: there.room, decides: far.clone() };
        let numbers: Vec<String> = (0..20).map(|n| format!("999000{n:04}")).collect();
        let mut cases = BTreeMap::new();
        let mut patients = BTreeMap::new();
        for (at, (name, from, to, owner)) in [
            ("of-specialist", &referrer, &heart, Some(&specialist)),
            ("of-coordinator", &referrer, &heart, Some(&coordinator)),
            ("of-quality", &referrer, &heart, Some(&quality)),
            ("of-administrator", &referrer, &heart, Some(&administrator)),
            ("emergency-over", &referrer, &heart, None),
            ("of-colleague", &colleague, &heart, None),
            ("of-clinician", &clinician, &heart, None),
            ("of-former-clinician", &former_clinician, &heart, None),
            ("of-household", &referrer, &heart, None),
            ("redirected-away", &referrer, &heart, None),
            ("elsewhere", &stranger, &far_house, None),
            ("at-former-practice", &stranger, &far_house, None),
            ("sent-by-the-house", &inside, &far_house, None),
        ]
        .into_iter()
        .enumerate()
        {
            // The same human at another practice has the same number; the household has one telephone.
            let number = if name == "at-former-practice" { &numbers[0] } else { &numbers[at] };
            let phone = if name == "of-household" {
                "+447700900100".to_owned()
            } else {
                format!("+4477009001{at:02}")
            };
            let patient = admit(app, from.organisation, number, &phone).await;
            patients.insert(name, patient);
            let mut stages = BTreeMap::new();
            for stage in STAGES {
                let redirect = (name == "redirected-away").then_some(&far_house);
                let case = make(app, from, to, patient, stage, redirect).await;
                if let Some(owner) = owner {
                    let (id, organisation) = (app.literal(case.referral.0), app.literal(house));
                    let set = format!(
                        "update referral set owner_person_id = {}, owner_name = '{}' where id = {id} and owner_organisation_id = {organisation}",
                        app.literal(owner.id),
                        owner.name
                    );
                    app.raw(&set).await.expect("owned");
                }
                stages.insert(stage, case);
            }
            cases.insert(name, stages);
        }

        let diary = |person: &Person| resource_of(person.organisation, fresh(), Some(person.id));
        let own_diary = store::calendars::resource_of(
            app.desk.store.reader(),
            OrganisationId(house),
            PersonId(specialist.id),
        )
        .await
        .expect("diaries can be read")
        .expect("the specialist has one");
        let (spare_diary, left_diary, inside_diary, far_diary) =
            (diary(&spare), diary(&left), diary(&inside), diary(&far));
        for row in [&spare_diary, &left_diary, &inside_diary, &far_diary] {
            put(app, row.clone()).await;
        }
        let reasons =
            admin::reasons_page(&app.desk, &administrator.call()).await.expect("reasons can be read");
        let far_reasons = admin::reasons_page(&app.desk, &far.call()).await.expect("reasons can be read");
        jobs::downtime(&app.desk, clock::now()).await.expect("lists are made");
        let here_lists =
            downtime::page(&app.desk, &Person { roles: vec![Coordinator], ..coordinator.clone() }.call())
                .await;
        let there_lists = downtime::page(&app.desk, &far.call()).await;
        let list = |page: Result<contract::DowntimePage, service::ServiceError>| {
            let files = page.expect("lists can be read").files;
            files
                .into_iter()
                .map(|file| file.name)
                .find(|name| name.starts_with("matrix-clinic"))
                .expect("a list")
        };
        let (here_list, there_list) = (list(here_lists), list(there_lists));

        let people = BTreeMap::from([
            ("suspended", suspended.clone()),
            ("pending", pending.clone()),
            ("referrer", referrer.clone()),
            ("specialist", specialist.clone()),
            ("coordinator", coordinator.clone()),
            ("quality", quality.clone()),
            ("administrator", administrator.clone()),
        ]);
        let mut world = Self {
            people,
            patient: (
                OrganisationId(practice),
                domain::PatientId(patients["of-specialist"]),
                cases["of-specialist"]["open"].referral,
            ),
            things: BTreeMap::new(),
            cases,
        };
        let emergencies = world.emergencies(app, &quality, &administrator, &far).await;
        let yesterday = clock::now().date_naive() - chrono::Duration::days(1);
        for who in super::policy::PEOPLE {
            let me = world.people.get(who).cloned().unwrap_or_else(|| specialist.clone());
            let refers = me.organisation == practice;
            let (near, gives) = if refers { (&colleague, &clinician) } else { (&spare, &inside) };
            for relation in super::policy::RELATIONS {
                let is_far = relation == "other";
                let place = if is_far { &there } else { &here };
                let words = if is_far { &far_reasons } else { &reasons };
                let of_whom = match relation {
                    "own" => &me,
                    "same" => near,
                    "other" => &far,
                    "former" => &left,
                    _ => gives,
                };
                let room = match relation {
                    "own" if who == "specialist" => &own_diary,
                    "own" | "same" => &spare_diary,
                    "other" => &far_diary,
                    "former" => &left_diary,
                    _ => &inside_diary,
                };
                let mut thing: Thing = [
                    ("person", if refers && relation != "other" { spare.id } else { of_whom.id }),
                    ("service", place.service),
                    ("site", place.site),
                    ("team", place.team),
                    ("calendar", place.calendar),
                    ("resource", room.id),
                ]
                .into_iter()
                .map(|(name, id)| (name.to_owned(), id.to_string()))
                .collect();
                let mut set = |name: &str, value: String| thing.insert(name.to_owned(), value);
                set("reason", words.reasons[0].id.clone());
                set("reply", words.replies[0].id.clone());
                // A message has the same code everywhere; its words are those of whoever asks.
                set("template", "declined".to_owned());
                set("language", "en".to_owned());
                set("list", if is_far { there_list.clone() } else { here_list.clone() });
                set("emergency", emergencies[relation].to_string());
                let past = (yesterday, Some(yesterday));
                let rule = rule_of(room.organisation_id, room.id, place.service, past);
                set("rule", rule.id.to_string());
                let leave = leave_of(room.organisation_id, room.id);
                set("leave", leave.id.to_string());
                let feed = calendar_of(room.organisation_id, fresh(), Some(room.id));
                set("feed", feed.id.to_string());
                let closed = closed_of(room.organisation_id);
                set("closed", closed.id.to_string());
                let here = if room.organisation_id == house { "of-specialist" } else { "elsewhere" };
                let visit = doubtful(&world.cases[here]["open"], room.id);
                set("visit", visit.id.to_string());
                let row = match relation {
                    "own" => delegated(&me, near, false),
                    "same" => delegated(near, gives, false),
                    "other" if refers => delegated(&stranger, &stranger_too, false),
                    "other" => delegated(&far, &far_too, false),
                    "former" => delegated(&me, gives, true),
                    _ => delegated(gives, &me, false),
                };
                set("delegation", row.id.to_string());
                let view = view_of(of_whom, &format!("{who} {relation}"), relation == "delegate");
                set("view", view.id.to_string());
                let sending = campaign_of(if is_far { elsewhere } else { house });
                set("campaign", sending.id.to_string());
                let key = passkey_of(of_whom);
                set("passkey", key.id.to_string());
                if relation != "none" {
                    put(app, rule).await;
                    put(app, leave).await;
                    put(app, feed).await;
                    put(app, visit).await;
                    put(app, closed).await;
                    put(app, row).await;
                    put(app, key).await;
                    put(app, sending).await;
                    if relation != "former" {
                        put(app, view).await;
                    }
                    let about = &world.cases[case_of(who, relation).expect("a referral")]["open"];
                    let asked = if relation == "former" { &me } else { of_whom };
                    let done = (relation == "former").then(|| clock::now().timestamp_millis());
                    let row = task_of(asked, about, done);
                    set("task", row.id.to_string());
                    put(app, row).await;
                    let name = case_of(who, relation).expect("a referral");
                    set("patient", patients[name].to_string());
                } else {
                    let names: Vec<String> =
                        thing.keys().cloned().chain(["task".to_owned(), "patient".to_owned()]).collect();
                    thing = names.into_iter().map(|name| (name, fresh().to_string())).collect();
                }
                thing.insert("code".to_owned(), "new".to_owned());
                thing.insert("date".to_owned(), "2026-01-05".to_owned());
                world.things.insert((who, relation), thing);
            }
        }
        world
    }

    /// An hour that is open for the quality lead and for the administrator, some that are over, and one elsewhere; the ids that
    /// the review names, by the administrator's relation to them.
    async fn emergencies(
        &self,
        app: &TestApp,
        quality: &Person,
        administrator: &Person,
        far: &Person,
    ) -> BTreeMap<&'static str, Uuid> {
        let now = clock::now().timestamp_millis();
        let hour = 3_600_000;
        let mut ids = BTreeMap::from([("none", fresh())]);
        for (relation, who, name, opened, reviewed) in [
            ("own", administrator, "of-administrator", now, false),
            ("same", quality, "of-quality", now, false),
            ("former", quality, "emergency-over", now - 2 * hour, true),
            ("delegate", administrator, "emergency-over", now - 2 * hour, false),
            ("other", far, "elsewhere", now - 2 * hour, false),
        ] {
            // One access covers all of the patient's referrals.
            let case = app.referral(self.cases[name]["open"].referral).await;
            let row = emergency::Model {
                organisation_id: who.organisation,
                id: fresh(),
                person_id: who.id,
                person_name: who.name.clone(),
                referral_organisation_id: case.organisation_id,
                referral_id: case.id,
                reference: case.reference,
                patient_organisation_id: case.patient_organisation_id,
                patient_id: case.patient_id,
                reason: "Found unconscious, medication unknown".to_owned(),
                opened_at: opened,
                expires_at: opened + hour,
                reviewed_at: reviewed.then_some(now),
                reviewed_by: reviewed.then(|| administrator.name.clone()),
                finding: reviewed.then(|| "justified".to_owned()),
                finding_note: reviewed.then(|| "Seen".to_owned()),
            };
            ids.insert(relation, row.id);
            put(app, row).await;
        }
        ids
    }

    /// What an address names, for one person and relation.
    pub fn thing(&self, who: &'static str, relation: &'static str, stage: &str) -> Thing {
        let mut thing = self.things[&(who, relation)].clone();
        let stage = if stage.is_empty() { "open" } else { stage };
        let mut set = |name: &str, value: String| thing.insert(name.to_owned(), value);
        match case_of(who, relation) {
            Some(name) => {
                let case = &self.cases[name][stage];
                set("referral", case.referral.to_string());
                set("document", case.document.to_string());
                set("message", case.message.to_string());
                set("other", self.cases[name]["paused"].referral.to_string());
            }
            None => ["referral", "document", "message", "other"].into_iter().for_each(|name| {
                set(name, fresh().to_string());
            }),
        }
        thing
    }

    /// Referrals with which nobody who is asked as has anything to do.
    pub fn untouchable(&self) -> Vec<ReferralId> {
        let names =
            ["elsewhere", "at-former-practice", "redirected-away", "sent-by-the-house", "of-household"];
        names.iter().flat_map(|name| self.cases[name].values().map(|case| case.referral)).collect()
    }

    /// A browser in a session of its own, made as signing in makes it.
    pub async fn browser(&self, app: &TestApp, who: &str) -> Browser {
        let now = clock::now().timestamp_millis();
        let (data, principal) = match who {
            "anonymous" => return app.browser(),
            "pending" => {
                let me = &self.people[who];
                let staff = service::sign_in::Staff {
                    organisation: OrganisationId(me.organisation),
                    person: PersonId(me.id),
                };
                (serde_json::json!({ "pending": staff }), None)
            }
            "patient" => {
                let (organisation, patient, referral) = self.patient;
                let key = format!("patient:{patient}");
                let principal = Principal::Patient { organisation, patient, referral };
                let known = serde_json::json!({ "kind": "patient", "principal": principal });
                (serde_json::json!({ "principal": known, "principal_key": key }), Some(key))
            }
            _ => {
                let me = &self.people[who];
                let key = format!("staff:{}", me.id);
                let known =
                    serde_json::json!({ "kind": "staff", "organisation": me.organisation, "person": me.id });
                let data =
                    serde_json::json!({ "principal": known, "principal_key": key, "second_factor": now });
                (data, Some(key))
            }
        };
        let id: [u8; 16] = rand::random();
        let session = store::sessions::Session {
            data: data.to_string(),
            principal,
            created_at: now,
            seen_at: now,
            expires_at: now + 3_600_000,
        };
        let hash = hex::encode(Sha256::digest(id));
        store::sessions::create(app.desk.store.writer(), &hash, &session).await.expect("a session");
        app.browser().with_cookie("waymark", BASE64_URL_SAFE_NO_PAD.encode(id))
    }
}

fn delegated(from: &Person, to: &Person, is_over: bool) -> delegation::Model {
    let now = clock::now();
    let day = |days: i64| (now.date_naive() + chrono::Duration::days(days)).to_string();
    delegation::Model {
        organisation_id: from.organisation,
        id: fresh(),
        clinician_id: from.id,
        delegate_id: to.id,
        from_day: day(-5),
        until_day: day(20),
        created_at: now.timestamp_millis(),
        created_by: from.name.clone(),
        ended_at: is_over.then(|| now.timestamp_millis()),
        ended_by: is_over.then(|| from.name.clone()),
    }
}

fn view_of(whose: &Person, name: &str, is_shared: bool) -> saved_view::Model {
    saved_view::Model {
        organisation_id: whose.organisation,
        id: fresh(),
        person_id: whose.id,
        list: "worklist".to_owned(),
        name: name.to_owned(),
        query: "{}".to_owned(),
        audience: if is_shared { "all" } else { "own" }.to_owned(),
        created_at: clock::now().timestamp_millis(),
    }
}

fn passkey_of(whose: &Person) -> passkey::Model {
    let id = fresh();
    passkey::Model {
        organisation_id: whose.organisation,
        id,
        person_id: whose.id,
        credential: hex::encode(id.as_bytes()),
        name: "Matrix key".to_owned(),
        data: "{}".to_owned(),
        created_at: clock::now().timestamp_millis(),
        last_used_at: None,
    }
}

fn task_of(asked: &Person, about: &Case, done_at: Option<i64>) -> task::Model {
    task::Model {
        organisation_id: asked.organisation,
        id: fresh(),
        person_id: asked.id,
        referral_organisation_id: about.organisation,
        referral_id: about.referral.0,
        text: "Please look at this".to_owned(),
        asked_by: "Somebody".to_owned(),
        created_at: clock::now().timestamp_millis(),
        done_at,
        note_id: None,
        asked_by_id: None,
        kind: String::new(),
        message_id: None,
    }
}
