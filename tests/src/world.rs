//! Who and what there is in the demonstration, and how tests name it.

use contract::{DraftInput, NewReferral, TriageInput};
use domain::{Actor, OrganisationId, PatientId, PersonId, Principal, ReferralId};
use server::demo::load;
use service::referrals::{self, NewDocument};
use service::{Call, clock, sign_in};
use store::entity::{patient, person, referral};
use store::referrals::Scope;

use crate::TestApp;

/// A small document that every service takes.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// Says enough to be sent.
pub(crate) const REASON: &str = "Palpitations on most days for three months, with one faint. ECG attached. \
                                 Please assess and advise on treatment.";

/// The mail address of the demonstration's person in a role; `colleague` refers at the same practice,
/// `other-referrer` at another one, `suspended` a specialist whom the test suspends.
pub fn person(role: &str) -> &'static str {
    match role {
        "referrer" => "amara.osei@alder-street.example",
        "colleague" => "tom.pritchard@alder-street.example",
        "other-referrer" => "leila.haddad@millrace.example",
        "specialist" => "daniel.okafor@wrenfield-hospitals.example",
        "coordinator" => "grace.whitlock@wrenfield-hospitals.example",
        "quality" => "ruth.castellan@wrenfield-hospitals.example",
        "suspended" => "helen.marsh@wrenfield-hospitals.example",
        "administrator" => "owen.blackwood@wrenfield-hospitals.example",
        other => panic!("nobody is a {other}"),
    }
}

impl TestApp {
    /// The row of the person in a role.
    pub async fn staff(&self, role: &str) -> person::Model {
        let row = store::people::by_email(self.desk.store.reader(), person(role)).await;
        row.expect("people can be read").expect("the demonstration has them")
    }

    /// What the person in a role would call a service function with.
    pub async fn call(&self, role: &str) -> Call {
        let row = self.staff(role).await;
        let staff =
            sign_in::Staff { organisation: OrganisationId(row.organisation_id), person: PersonId(row.id) };
        let principal = sign_in::current(&self.desk, &staff, clock::now()).await.expect("people can be read");
        call_of(principal.expect("they are active"))
    }

    /// What the referral's patient would call a service function with.
    pub async fn patient_call(&self, id: ReferralId) -> Call {
        let row = self.referral(id).await;
        call_of(Principal::Patient {
            organisation: OrganisationId(row.patient_organisation_id),
            patient: PatientId(row.patient_id),
            referral: id,
        })
    }

    /// Patients of the referrer's practice who have a phone and a mailbox, in order of their ids.
    pub async fn patients(&self) -> Vec<patient::Model> {
        let organisation = OrganisationId(self.staff("referrer").await.organisation_id);
        let found = store::patients::search(self.desk.store.reader(), organisation, "", 500).await;
        let mut found = found.expect("patients can be read");
        found.retain(|row| {
            row.phone.is_some() && row.email.is_some() && row.birth_date.is_some() && !row.deceased
        });
        found.sort_by_key(|row| row.id);
        assert!(found.len() > 1, "the demonstration has patients who can be reached");
        found
    }

    /// The id of a service by its name.
    pub async fn service(&self, name: &str) -> uuid::Uuid {
        let all = store::directory::services(self.desk.store.reader()).await.expect("services can be read");
        all.into_iter().find(|row| row.name == name).expect("the service is there").id
    }

    /// The referral as it is now.
    pub async fn referral(&self, id: ReferralId) -> referral::Model {
        let found = store::referrals::find(self.desk.store.reader(), Scope::Product, id).await;
        found.expect("referrals can be read").expect("the referral is there")
    }

    /// The patient of a referral.
    pub async fn patient_of(&self, id: ReferralId) -> patient::Model {
        let row = self.referral(id).await;
        let found = store::referrals::around(self.desk.store.reader(), &row).await;
        found.expect("patients can be read").expect("the patient is there").patient
    }

    /// A referral to the heart clinic that was sent, made without pages. Its messages are due.
    pub async fn a_sent_referral(&self) -> ReferralId {
        self.a_sent_referral_of(0).await
    }

    /// The same for one of [`Self::patients`].
    pub async fn a_sent_referral_of(&self, patient: usize) -> ReferralId {
        let (call, desk) = (self.call("referrer").await, &self.desk);
        let patient = self.patients().await[patient].id.to_string();
        let service = self.service("Heart clinic").await.to_string();
        let id = referrals::begin(desk, &call, &NewReferral { patient, service, ..NewReferral::default() })
            .await
            .expect("begun");
        let document = NewDocument {
            kind: "ecg".to_owned(),
            file_name: "ecg.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: PDF.to_vec(),
        };
        referrals::add_document(desk, &call, id, document).await.expect("added");
        let version = self.referral(id).await.version;
        let input = DraftInput {
            version,
            priority: "routine".to_owned(),
            reason: REASON.to_owned(),
            ..DraftInput::default()
        };
        referrals::send(desk, &call, id, &input).await.expect("sent");
        id
    }

    /// A referral to the heart clinic whose patient may choose a time, made without pages. Its messages are due.
    pub async fn an_accepted_referral(&self) -> ReferralId {
        self.an_accepted_referral_of(0, "routine").await
    }

    /// The same for one of [`Self::patients`] and another urgency.
    pub async fn an_accepted_referral_of(&self, patient: usize, priority: &str) -> ReferralId {
        let id = self.a_sent_referral_of(patient).await;
        let call = self.call("specialist").await;
        let input = TriageInput {
            version: self.referral(id).await.version,
            outcome: "accept".to_owned(),
            priority: priority.to_owned(),
            ..TriageInput::default()
        };
        referrals::triage(&self.desk, &call, id, &input).await.expect("accepted");
        id
    }

    /// The one-time password of a person for a 30-second step before (-1), of (0) or after (1) now.
    pub(crate) fn totp(&self, email: &str, drift: i64) -> String {
        let at = u64::try_from(clock::now().timestamp() + 30 * drift).expect("after 1970");
        let totp = sign_in::totp(load::totp_secret(email), email).expect("the secret is long enough");
        totp.generate(at)
    }
}

fn call_of(principal: Principal) -> Call {
    let request = uuid::Uuid::from_bytes(rand::random());
    Call::new(Actor { principal, request }, clock::now())
}
