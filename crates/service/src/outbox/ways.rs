//! By which ways a message reaches a patient: what they prefer, what reaches them, what it costs; and what follows when they do
//! not read it.

use domain::delivery::Channel;
use store::entity::{patient, push_subscription};

/// One way, and after how many hours unread of the first it is taken; `None`: at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub channel: Channel,
    pub address: String,
    pub after_h: Option<i64>,
}

/// What decides.
pub(super) struct Choice<'a> {
    pub patient: &'a patient::Model,
    pub browsers: &'a [push_subscription::Model],
    /// Asked for with this message; comes before what the patient prefers.
    pub by: Option<Channel>,
    /// It has an entry for a calendar, which a mail alone carries.
    pub calendar: bool,
    /// It may come by a notice on a screen.
    pub may_push: bool,
    /// Numbers and mailboxes that nothing may go to, or nothing arrives at; and channels by which nothing leaves this site.
    pub closed: &'a [Channel],
    /// Hours for which a notice may stay unread; 0: whatever else reaches them is sent with it.
    pub patience_h: i64,
}

/// The ways of one message. The first is the one that they prefer, else a notice where they asked for notices, a text message, a
/// mail, a letter. A notice alone can be missed: the next way follows unless it was read. Who has no address at all has one empty
/// letter, which somebody is asked to see to.
pub(super) fn ways(choice: &Choice<'_>) -> Vec<Way> {
    let filled = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
    let open = |channel: &Channel| !choice.closed.contains(channel);
    let phone = filled(&choice.patient.phone).filter(|_| open(&Channel::Sms));
    let email = filled(&choice.patient.email).filter(|_| open(&Channel::Email));
    let letter = filled(&choice.patient.address);
    let known = |channel: Channel| match channel {
        Channel::Sms => phone.clone(),
        Channel::Email => email.clone(),
        Channel::Letter => letter.clone(),
        Channel::Push | Channel::InApp => None,
    };
    let prefers = choice.by.or_else(|| choice.patient.prefers.as_deref().and_then(Channel::from_code));
    let order = [Channel::Sms, Channel::Email, Channel::Letter];
    let written = prefers.into_iter().chain(order).find_map(|channel| known(channel).map(|at| (channel, at)));
    let written = written.unwrap_or((Channel::Letter, String::new()));
    let pushes = choice.may_push && !choice.browsers.is_empty();
    // Somebody who chose another way is shown notices as well, and not instead.
    let notice_first = pushes && choice.patience_h > 0 && matches!(prefers, None | Some(Channel::Push));
    let mut all = Vec::new();
    if pushes {
        all.extend(choice.browsers.iter().map(|browser| Way {
            channel: Channel::Push,
            address: format!("{}/{}", browser.organisation_id, browser.id),
            after_h: None,
        }));
    }
    let (channel, address) = written;
    if let Some(email) = email.filter(|_| choice.calendar && channel != Channel::Email) {
        all.push(Way { channel: Channel::Email, address: email, after_h: None });
    }
    all.push(Way { channel, address, after_h: notice_first.then_some(choice.patience_h) });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(phone: &str, email: &str, address: &str, prefers: Option<&str>) -> patient::Model {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        patient::Model {
            organisation_id: uuid::Uuid::nil(),
            id: uuid::Uuid::nil(),
            nhs_number: None,
            family: String::new(),
            given: String::new(),
            birth_date: None,
            sex: "unknown".to_owned(),
            phone: given(phone),
            email: given(email),
            address: given(address),
            language: None,
            deceased: false,
            created_at: 0,
            latitude: None,
            longitude: None,
            zone: None,
            prefers: prefers.map(str::to_owned),
        }
    }

    fn browser() -> push_subscription::Model {
        push_subscription::Model {
            organisation_id: uuid::Uuid::nil(),
            id: uuid::Uuid::nil(),
            patient_id: uuid::Uuid::nil(),
            endpoint: String::new(),
            p256dh: String::new(),
            auth: String::new(),
            created_at: 0,
            gone_at: None,
        }
    }

    fn chosen(
        patient: &patient::Model,
        browsers: &[push_subscription::Model],
        calendar: bool,
    ) -> Vec<String> {
        chosen_but(patient, browsers, calendar, &[])
    }

    fn chosen_but(
        patient: &patient::Model,
        browsers: &[push_subscription::Model],
        calendar: bool,
        closed: &[Channel],
    ) -> Vec<String> {
        ways(&Choice { patient, browsers, by: None, calendar, may_push: true, closed, patience_h: 8 })
            .into_iter()
            .map(|way| {
                format!("{}{}", way.channel, way.after_h.map_or(String::new(), |h| format!(" after {h}")))
            })
            .collect()
    }

    #[test]
    fn the_cheapest_that_reaches_comes_first_and_the_next_when_a_notice_stays_unread() {
        let all = patient("+44", "a@b", "1 Street", None);
        assert_eq!(chosen(&all, &[], false), ["sms"]);
        assert_eq!(chosen(&all, &[browser()], false), ["push", "sms after 8"]);
        assert_eq!(
            chosen(&patient("", "a@b", "1 Street", None), &[browser()], false),
            ["push", "email after 8"]
        );
        assert_eq!(chosen(&patient("", "", "1 Street", None), &[], false), ["letter"]);
        assert_eq!(chosen(&patient("", " ", "", None), &[], false), ["letter"], "an empty one, for a person");
        assert_eq!(
            chosen(&all, &[], true),
            ["email", "sms"],
            "a mail alone carries the entry for the calendar"
        );
    }

    #[test]
    fn a_way_that_leads_nowhere_is_left_out() {
        let all = patient("+44", "a@b", "1 Street", None);
        assert_eq!(chosen_but(&all, &[], true, &[Channel::Sms]), ["email"]);
        assert_eq!(chosen_but(&all, &[], true, &[Channel::Email]), ["sms"]);
        assert_eq!(chosen_but(&all, &[], false, &[Channel::Sms, Channel::Email]), ["letter"]);
        let texts = patient("+44", "a@b", "1 Street", Some("sms"));
        assert_eq!(
            chosen_but(&texts, &[], false, &[Channel::Sms]),
            ["email"],
            "what they prefer does not leave"
        );
    }

    #[test]
    fn what_they_prefer_comes_before_what_is_cheap() {
        let mail = patient("+44", "a@b", "1 Street", Some("email"));
        assert_eq!(chosen(&mail, &[], false), ["email"]);
        assert_eq!(
            chosen(&mail, &[browser()], false),
            ["push", "email"],
            "a notice comes as well, not instead"
        );
        assert_eq!(chosen(&patient("+44", "", "", Some("email")), &[], false), ["sms"], "they have none");
        assert_eq!(chosen(&patient("+44", "", "1 Street", Some("letter")), &[], false), ["letter"]);
        assert_eq!(
            chosen(&patient("+44", "", "", Some("push")), &[browser()], false),
            ["push", "sms after 8"]
        );
    }
}
