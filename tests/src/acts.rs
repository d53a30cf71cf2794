//! What people do, through pages and forms.

use std::sync::PoisonError;

use domain::ReferralId;
use server::demo::load::PASSWORD;

use crate::world::REASON;
use crate::{Answer, Browser, PDF, TestApp, person, slots};

impl TestApp {
    /// Signs the person in a role in, with password and one-time password; once in each test.
    pub async fn sign_in(&self, role: &str) -> Browser {
        if let Some(known) = self.known(role) {
            return known;
        }
        let browser = self.browser();
        browser
            .post("/sign-in", &[("email", person(role)), ("password", PASSWORD)])
            .await
            .must_lead_to("/sign-in/code");
        let code = self.one_time_password(role);
        browser.post("/sign-in/code", &[("code", &code)]).await.must_lead_to("/");
        self.remember(role, &browser);
        browser
    }

    /// What an administrator does to a colleague; where booked visits are shown first, it is done all the same.
    pub async fn do_to_colleague(&self, role: &str, act: &str, fields: &[(&str, &str)]) -> Answer {
        let admin = self.sign_in("administrator").await;
        let page = format!("/admin/people/{}", self.staff(role).await.id);
        let answer = admin.post(&format!("{page}{act}"), fields).await;
        if answer.location() != page {
            return answer;
        }
        let Some(seen) = slots(&admin.get(&page).await.text(), "seen").into_iter().next() else {
            return answer;
        };
        let mut fields = fields.to_vec();
        fields.push(("seen", &seen));
        let answer = admin.post(&format!("{page}{act}"), &fields).await;
        self.deliver().await;
        answer
    }

    /// What the authenticator of the person in a role shows now.
    pub fn one_time_password(&self, role: &str) -> String {
        self.totp(person(role), 0)
    }

    /// The same for the step after.
    pub fn next_one_time_password(&self, role: &str) -> String {
        self.totp(person(role), 1)
    }

    /// The referral's patient, signed in with reference number, date of birth and the code in a text message.
    pub async fn as_patient(&self, id: ReferralId) -> Browser {
        if let Some(known) = self.known(&id.to_string()) {
            return known;
        }
        let browser = self.browser();
        let reference = self.referral(id).await.reference;
        browser.post("/start", &[("text", &reference)]).await.must_lead_to("/verify");
        self.prove(&browser, id).await;
        self.remember(&id.to_string(), &browser);
        browser
    }

    /// From "is it you" to the status page.
    pub async fn prove(&self, browser: &Browser, id: ReferralId) {
        self.give_birth_date(browser, id).await.must_lead_to("/verify/code");
        let code = self.code_for(id).await;
        browser.post("/verify/code", &[("code", &code)]).await.must_lead_to("/my");
    }

    /// Types the right date of birth.
    pub async fn give_birth_date(&self, browser: &Browser, id: ReferralId) -> Answer {
        let born = self.patient_of(id).await.birth_date.expect("born on a day");
        let parts: Vec<&str> = born.split('-').collect();
        let form =
            [("birth_date_year", parts[0]), ("birth_date_month", parts[1]), ("birth_date_day", parts[2])];
        browser.post("/verify", &form).await
    }

    /// Delivers messages and reads the newest code from the patient's phone.
    pub async fn code_for(&self, id: ReferralId) -> String {
        self.deliver().await;
        let phone = self.patient_of(id).await.phone.expect("has a phone");
        let texts = self.twilio.texts(&phone);
        let code = texts.iter().rev().find_map(|text| six_digits(text));
        code.unwrap_or_else(|| panic!("no code was sent: {texts:?}"))
    }

    /// The link in the newest text message to the referral's patient.
    pub async fn link_for(&self, id: ReferralId) -> String {
        self.deliver().await;
        let phone = self.patient_of(id).await.phone.expect("has a phone");
        let texts = self.twilio.texts(&phone);
        let link = texts.iter().rev().find_map(|text| {
            let link = text.split_whitespace().find(|word| word.contains("/r/"))?;
            link.split_once("/r/").map(|(_, token)| token.trim_end_matches(['.', ',']).to_owned())
        });
        format!("/r/{}", link.unwrap_or_else(|| panic!("no link was sent: {texts:?}")))
    }

    /// Begins a referral to the heart clinic for the practice's first patient.
    pub async fn begin(&self) -> ReferralId {
        let browser = self.sign_in("referrer").await;
        let patient = self.patients().await[0].id.to_string();
        let service = self.service("Heart clinic").await.to_string();
        let answer = browser.post("/referrals/new", &[("patient", &patient), ("service", &service)]).await;
        let path = answer.must_be(303).location();
        let id = path.trim_start_matches("/referrals/").trim_end_matches("/edit");
        id.parse().unwrap_or_else(|_| panic!("{path} names no referral"))
    }

    /// Attaches the ECG that the heart clinic wants.
    pub async fn attach(&self, id: ReferralId) {
        let browser = self.sign_in("referrer").await;
        let path = format!("/referrals/{id}/documents");
        let form = [("kind", "ecg"), ("back", "edit")];
        let answer = browser.upload(&path, &form, "ecg.pdf", PDF).await;
        answer.must_lead_to(&format!("/referrals/{id}/edit"));
    }

    /// Sends the draft with a good letter.
    pub async fn send(&self, id: ReferralId) -> Answer {
        self.send_with(id, REASON).await
    }

    /// Sends the draft with this letter.
    pub async fn send_with(&self, id: ReferralId, reason: &str) -> Answer {
        let browser = self.sign_in("referrer").await;
        let page = browser.get(&format!("/referrals/{id}/edit")).await.must_be(200).text();
        let version = slots(&page, "version").first().cloned().expect("the form carries the version");
        let form = [("act", "send"), ("version", &version), ("priority", "routine"), ("reason", reason)];
        browser.post(&format!("/referrals/{id}/edit"), &form).await
    }

    /// A referral from draft to sent.
    pub async fn refer(&self) -> ReferralId {
        let id = self.begin().await;
        self.attach(id).await;
        self.send(id).await.must_lead_to(&format!("/referrals/{id}"));
        id
    }

    /// The clinician in one role lets the colleague in another act in their name, from today for a week. Answers the id.
    pub async fn delegate(&self, clinician: &str, colleague: &str) -> String {
        let today = service::clock::now().date_naive();
        let until = today + chrono::Duration::days(7);
        let number = |day: chrono::NaiveDate, what: &str| day.format(what).to_string();
        let person = self.staff(colleague).await.id.to_string();
        let (from_day, from_month, from_year) =
            (number(today, "%-d"), number(today, "%-m"), number(today, "%Y"));
        let (until_day, until_month, until_year) =
            (number(until, "%-d"), number(until, "%-m"), number(until, "%Y"));
        let form = [
            ("person", person.as_str()),
            ("from_day", &from_day),
            ("from_month", &from_month),
            ("from_year", &from_year),
            ("until_day", &until_day),
            ("until_month", &until_month),
            ("until_year", &until_year),
        ];
        let browser = self.sign_in(clinician).await;
        browser.post("/referrals/delegates", &form).await.must_lead_to("/referrals/delegates");
        self.deliver().await;
        let page = browser.get("/referrals/delegates").await.must_be(200).text();
        let end = page.split("/referrals/delegates/").nth(1).and_then(|rest| rest.split('/').next());
        end.map(str::to_owned).unwrap_or_else(|| panic!("nobody was named: {page}"))
    }

    /// Somebody does something to a referral, with what its form sends.
    pub async fn act(&self, role: &str, id: ReferralId, act: &str, fields: &[(&str, &str)]) -> Answer {
        let browser = self.sign_in(role).await;
        let version = self.referral(id).await.version.to_string();
        let mut form = vec![("form", act), ("version", version.as_str())];
        form.extend_from_slice(fields);
        let answer = browser.post(&format!("/referrals/{id}/{act}"), &form).await;
        answer.must_lead_to(&format!("/referrals/{id}"))
    }

    /// The referrer puts right what was declined: a new draft, which is open.
    pub async fn resubmit(&self, id: ReferralId) {
        let version = self.referral(id).await.version.to_string();
        let form = [("form", "resubmit"), ("version", version.as_str())];
        let browser = self.sign_in("referrer").await;
        let draft = browser.post(&format!("/referrals/{id}/resubmit"), &form).await.must_be(303).location();
        assert!(draft.ends_with("/edit") && !draft.contains(&id.to_string()), "{draft}");
        browser.get(&draft).await.must_be(200).must_say("This draft is begun from what was declined");
    }

    /// The specialist accepts.
    pub async fn accept(&self, id: ReferralId) {
        let form = [("triage-outcome", "accept"), ("triage-priority", "routine")];
        self.act("specialist", id, "triage", &form).await;
        self.must_be_in(id, "accepted").await;
    }

    /// The times that the patient is offered.
    pub async fn times(&self, id: ReferralId) -> Vec<String> {
        let browser = self.as_patient(id).await;
        slots(&browser.get(&format!("/my/{id}/times")).await.must_be(200).text(), "slot")
    }

    /// The patient wants a time.
    pub async fn hold(&self, id: ReferralId, slot: &str) -> Answer {
        let browser = self.as_patient(id).await;
        browser.post(&format!("/my/{id}/times"), &[("slot", slot)]).await
    }

    /// The patient confirms the held time.
    pub async fn confirm(&self, id: ReferralId) -> Answer {
        let browser = self.as_patient(id).await;
        browser.post(&format!("/my/{id}/confirm"), &[]).await
    }

    /// Fails the test unless the referral is in this state.
    /// The coordinator offers the first free time of the last day shown.
    pub async fn offer(&self, id: ReferralId) {
        let browser = self.sign_in("coordinator").await;
        let times = browser.get(&format!("/referrals/{id}/times")).await.must_be(200).text();
        let names: Vec<&str> =
            times.split("name=\"slot-").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let name = format!("slot-{}", names.last().expect("a day"));
        let slot = slots(&times, &name).first().cloned().expect("a time");
        let form = [(name.as_str(), slot.as_str()), ("offer", "1")];
        browser.post(&format!("/referrals/{id}/book"), &form).await.must_lead_to(&format!("/referrals/{id}"));
        self.must_be_in(id, "offered").await;
    }

    pub async fn must_be_in(&self, id: ReferralId, state: &str) {
        assert_eq!(self.referral(id).await.state, state);
    }

    fn known(&self, name: &str) -> Option<Browser> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn remember(&self, name: &str, browser: &Browser) {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), browser.clone());
    }
}

/// The only group of exactly six digits.
fn six_digits(text: &str) -> Option<String> {
    text.split(|letter: char| !letter.is_ascii_digit()).find(|group| group.len() == 6).map(str::to_owned)
}
