//! A house that refers to itself: everybody acts on the side on which their roles count.

use contract::{DraftInput, NewPatient, NewReferral};
use domain::ReferralId;
use harness::{PDF, TestApp, both};
use service::referrals::{self, NewDocument};

const LETTER: &str = "Palpitations on most days for three months, with one faint. ECG attached. \
                      Please assess and advise on treatment.";

/// Gives a member of the hospital's staff exactly these roles.
async fn give(app: &TestApp, who: &str, roles: &[&str]) {
    let row = app.staff(who).await;
    let (organisation, person) = (app.literal(row.organisation_id), app.literal(row.id));
    app.raw(&format!("delete from person_role where person_id = {person}")).await.expect("taken");
    for role in roles {
        let given = format!(
            "insert into person_role (organisation_id, person_id, role) values ({organisation}, {person}, '{role}')"
        );
        app.raw(&given).await.expect("given");
    }
}

/// A referral of the hospital's own patient to its own heart clinic, sent.
async fn refer(app: &TestApp, who: &str) -> ReferralId {
    let somebody = NewPatient {
        given: "Ottoline".to_owned(),
        family: "Vane".to_owned(),
        birth_date_day: "3".to_owned(),
        birth_date_month: "5".to_owned(),
        birth_date_year: "1961".to_owned(),
        sex: "female".to_owned(),
        nhs_number: "943 476 5919".to_owned(),
        phone: "07700 900461".to_owned(),
        address: "2 Mill Lane, Wrenfield, XW1 1AA".to_owned(),
        ..NewPatient::default()
    };
    let desk = &app.desk;
    let patient = referrals::register_patient(desk, &app.call("coordinator").await, &somebody)
        .await
        .expect("registered");
    let call = app.call(who).await;
    let service = app.service("Heart clinic").await.to_string();
    let new = NewReferral { patient: patient.to_string(), service, ..NewReferral::default() };
    let id = referrals::begin(desk, &call, &new).await.expect("begun");
    let document = NewDocument {
        kind: "ecg".to_owned(),
        file_name: "ecg.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: PDF.to_vec(),
    };
    referrals::add_document(desk, &call, id, document).await.expect("added");
    let version = app.referral(id).await.version;
    let input = DraftInput {
        version,
        priority: "routine".to_owned(),
        reason: LETTER.to_owned(),
        ..DraftInput::default()
    };
    referrals::send(desk, &call, id, &input).await.expect("sent");
    id
}

both! {
    async fn who_only_refers_acts_as_the_referrer_and_not_as_the_clinic(app) {
        app.leaves_messages();
        give(app, "suspended", &["referrer"]).await;
        let id = refer(app, "suspended").await;
        let referrer = app.sign_in("suspended").await;
        referrer.get(&format!("/referrals/{id}")).await.must_be(200);
        for act in ["acknowledge", "triage", "assign"] {
            let form = [("triage-outcome", "accept"), ("triage-priority", "routine"), ("version", "0")];
            referrer.post(&format!("/referrals/{id}/{act}"), &form).await.must_be(403);
        }
        referrer.get(&format!("/referrals/{id}/times")).await.must_be(403);
        app.act("suspended", id, "request-cancellation", &[("request-cancellation-text", "It is better")]).await;
        app.must_be_in(id, "cancel-requested").await;
        app.act("coordinator", id, "confirm-cancellation", &[("confirm-cancellation-text", "As asked")]).await;
        app.must_be_in(id, "cancelled").await;
    }

    async fn who_works_on_both_sides_acts_for_both(app) {
        app.leaves_messages();
        give(app, "suspended", &["referrer", "specialist"]).await;
        let id = refer(app, "suspended").await;
        app.act("suspended", id, "triage", &[("triage-outcome", "accept"), ("triage-priority", "routine")]).await;
        app.must_be_in(id, "accepted").await;
        app.act("suspended", id, "report", &[("report-text", "Ectopic beats. No treatment needed.")]).await;
        app.act("suspended", id, "acknowledge-report", &[]).await;
        app.must_be_in(id, "closed").await;
    }

    async fn who_works_on_both_sides_is_no_referrer_in_a_colleagues_name_unless_named(app) {
        app.leaves_messages();
        give(app, "suspended", &["referrer"]).await;
        give(app, "specialist", &["referrer", "specialist"]).await;
        let id = refer(app, "suspended").await;
        let both = app.sign_in("specialist").await;
        let form = [("request-cancellation-text", "It is better"), ("version", "0")];
        both.post(&format!("/referrals/{id}/request-cancellation"), &form).await.must_be(403);
        app.act("specialist", id, "acknowledge", &[]).await;
        app.delegate("suspended", "specialist").await;
        app.act("specialist", id, "request-cancellation", &form[..1]).await;
        app.must_be_in(id, "cancel-requested").await;
    }

    async fn who_only_refers_sees_nothing_of_what_others_sent_to_the_house(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        give(app, "suspended", &["referrer"]).await;
        let referrer = app.sign_in("suspended").await;
        referrer.get(&format!("/referrals/{id}")).await.must_be(404);
        referrer.get(&format!("/live/{id}")).await.must_be(404);
    }
}
