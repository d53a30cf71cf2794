//! The product's own words of every message.
//!
//! The rule for all of them: first name at most, organisation, date, time, a safe link, a phone number. Never a
//! diagnosis, a specialty, the name of a clinic that reveals one, a procedure or a result: an SMS and a push
//! notice are read on a locked screen, and a mail subject in a list. There is no place for such things, so they
//! cannot slip in. Source: the privacy guidance of both health systems on reminders (minimum necessary).

use domain::template::{Design, Part, Place, Slot, Template, Texts};

/// The words of one message. An empty text is one that the message does not have.
pub(super) struct BuiltIn {
    pub subject: &'static str,
    /// For a patient it follows "Organisation: " and is followed by the link.
    pub sms: &'static str,
    /// A paragraph each.
    pub body: &'static [&'static str],
    pub action: &'static str,
    pub push: &'static str,
    pub slots: &'static [Slot],
}

impl BuiltIn {
    pub(super) fn design(&self) -> Design {
        Design {
            texts: Texts {
                subject: self.subject.to_owned(),
                sms: self.sms.to_owned(),
                body: self.body.join("\n\n"),
                action: self.action.to_owned(),
                push: self.push.to_owned(),
            },
            slots: self.slots,
        }
    }
}

const SUBJECT_AND_BODY: &[Part] = &[Part::Subject, Part::Body];
const SMS_AND_BODY: &[Part] = &[Part::Sms, Part::Body];
const ORGANISATION: Slot =
    Slot { place: Place::Organisation, may: &[Part::Subject, Part::Body, Part::Push], must: &[] };
const PHONE: Slot = Slot { place: Place::Phone, may: &[Part::Body], must: &[] };
const WHEN: Slot =
    Slot { place: Place::When, may: &[Part::Subject, Part::Sms, Part::Body], must: SMS_AND_BODY };
const UNTIL: Slot =
    Slot { place: Place::Until, may: &[Part::Subject, Part::Sms, Part::Body], must: &[Part::Body] };
const NAME: Slot = Slot { place: Place::Name, may: &[Part::Body], must: &[] };
const REFERENCE: Slot = Slot { place: Place::Reference, may: SUBJECT_AND_BODY, must: SUBJECT_AND_BODY };
const WHAT: Slot = Slot { place: Place::What, may: SUBJECT_AND_BODY, must: &[Part::Body] };

const PLAIN: &[Slot] = &[ORGANISATION, PHONE];
const VISIT: &[Slot] = &[WHEN, ORGANISATION, PHONE];
/// Written for one sending: it may say when a visit is.
const TO_MANY: &[Slot] = &[
    Slot { place: Place::When, may: &[Part::Subject, Part::Sms, Part::Body], must: &[] },
    ORGANISATION,
    PHONE,
];
const COSTS: &[Slot] =
    &[WHEN, Slot { place: Place::Cost, may: SMS_AND_BODY, must: SMS_AND_BODY }, ORGANISATION, PHONE];
const OFFER: &[Slot] = &[WHEN, UNTIL, ORGANISATION, PHONE];
/// A message with a code has no link and no greeting, so its own words must name the organisation.
const CODE: &[Slot] = &[
    Slot { place: Place::Code, may: SMS_AND_BODY, must: SMS_AND_BODY },
    Slot { place: Place::Minutes, may: SMS_AND_BODY, must: &[] },
    Slot { place: Place::Organisation, may: &[Part::Subject, Part::Sms, Part::Body], must: &[Part::Sms] },
];
const INVITATION: &[Slot] = &[NAME, ORGANISATION];
const DELEGATE: &[Slot] = &[
    NAME,
    Slot { place: Place::Clinician, may: SUBJECT_AND_BODY, must: &[Part::Body] },
    Slot { place: Place::Days, may: &[Part::Body], must: &[Part::Body] },
    ORGANISATION,
];
const PRIVACY: &[Slot] =
    &[Slot { place: Place::Who, may: &[Part::Body], must: &[Part::Body] }, REFERENCE, ORGANISATION];
const NOTICE: &[Slot] =
    &[REFERENCE, WHAT, Slot { place: Place::Then, may: &[Part::Body], must: &[] }, ORGANISATION];
const DAY: &[Slot] = &[NAME, WHAT, Slot { place: Place::Then, may: &[Part::Body], must: &[] }, ORGANISATION];
const OUTSIDE: &[Slot] = &[
    NAME,
    REFERENCE,
    WHAT,
    Slot { place: Place::About, may: &[Part::Body], must: &[Part::Body] },
    ORGANISATION,
    PHONE,
];

/// The text of a push notice about a code, which is never sent that way.
pub(super) const CODE_PUSH: &str = "You asked for a code.";

/// On a notice's link; in plain text, where the line before names the referral, it is shorter.
pub(super) const NOTICE_ACTION: &str = "Open the referral";

pub(super) fn words(template: Template) -> BuiltIn {
    match template {
        Template::ReferralReceived => BuiltIn {
            subject: "We have received your referral",
            sms: "we have received your referral. Follow it here:",
            body: &[
                "We have received your referral and will look at it.",
                "You can see what happens next, and what we need from you, on your referral page.",
            ],
            action: "See your referral",
            push: "There is news about your referral.",
            slots: PLAIN,
        },
        Template::InfoNeeded => BuiltIn {
            subject: "We need something from you",
            sms: "we need some information from you before we can go on:",
            body: &[
                "We need some information from you before we can go on with your referral.",
                "Your referral page says what it is and lets you send it.",
            ],
            action: "Send the information",
            push: "We need something from you.",
            slots: PLAIN,
        },
        Template::AcceptedChooseTime => BuiltIn {
            subject: "Choose a time for your appointment",
            sms: "please choose a time for your appointment:",
            body: &[
                "Your referral has been accepted. Please choose a time for your appointment.",
                "If no time suits you, call us.",
            ],
            action: "Choose a time",
            push: "You can choose a time for your appointment.",
            slots: PLAIN,
        },
        Template::AcceptedWait => BuiltIn {
            subject: "Your referral has been accepted",
            sms: "your referral has been accepted. See what happens next:",
            body: &["Your referral has been accepted. Your referral page says what happens next."],
            action: "See what happens next",
            push: "There is news about your referral.",
            slots: PLAIN,
        },
        Template::TimeOffered => BuiltIn {
            subject: "We offer you a time",
            sms: "we offer you {when}. Does it suit you?",
            body: &[
                "We hold a time for you: {when}.",
                "Please say by {until} whether it suits you. After that it goes to somebody else, and you keep your place.",
            ],
            action: "Say whether it suits you",
            push: "We offer you a time. Please say whether it suits you.",
            slots: OFFER,
        },
        Template::OtherTimeOffered => BuiltIn {
            subject: "We offer you another time",
            sms: "another time is free: {when}. Do you want it?",
            body: &[
                "Another time has come free, and we hold it for you: {when}.",
                "Please say by {until} whether you want it. You keep the time that you have until you take this one.",
            ],
            action: "Say whether you want it",
            push: "Another time has come free. Please say whether you want it.",
            slots: OFFER,
        },
        Template::OfferWithdrawn => BuiltIn {
            subject: "The time that we offered you is no longer free",
            sms: "we can no longer keep {when} for you. See:",
            body: &[
                "We offered you a time: {when}. We are sorry: we cannot keep it for you any longer.",
                "You need not answer. You keep your place, and your referral page says what happens next.",
            ],
            action: "See what happens next",
            push: "A time that we offered you is no longer free.",
            slots: VISIT,
        },
        // Confirms at once. The calendar invitation travels with the mail.
        Template::BookingConfirmed => BuiltIn {
            subject: "Your appointment is booked",
            sms: "you are booked for {when}. Details or change:",
            body: &[
                "Your appointment is booked for {when}.",
                "The page below says where it is and how to prepare, and lets you change or cancel it.",
                "The attached invitation puts it into your calendar.",
            ],
            action: "See your appointment",
            push: "Your appointment is booked.",
            slots: VISIT,
        },
        Template::BookingChanged => BuiltIn {
            subject: "Your appointment has changed",
            sms: "your appointment is now {when}. Details:",
            body: &[
                "Your appointment has been moved. It is now {when}.",
                "The attached invitation changes it in your calendar. If the new time does not suit you, change it on the page below or call us.",
            ],
            action: "See your appointment",
            push: "Your appointment has changed.",
            slots: VISIT,
        },
        Template::BookingCancelled => BuiltIn {
            subject: "Your appointment is cancelled",
            sms: "your appointment on {when} is cancelled. See:",
            body: &["Your appointment on {when} is cancelled.", "The page below says what happens next."],
            action: "See what happens next",
            push: "Your appointment is cancelled.",
            slots: VISIT,
        },
        // By mail alone: nothing has changed but what calendars make of it.
        Template::CalendarRenewed => BuiltIn {
            subject: "Your appointment: a new entry for your calendar",
            sms: "your appointment is still {when}. See:",
            body: &[
                "Your appointment is still on {when}. The rules for changing the clocks are new, and some calendars would show it at a wrong time.",
                "The attached invitation puts that right. You need not do anything else.",
            ],
            action: "See your appointment",
            push: "Your appointment is at the same time.",
            slots: VISIT,
        },
        Template::ReminderAppointment => BuiltIn {
            subject: "Your appointment is coming up",
            sms: "reminder: {when}. Details or change:",
            body: &[
                "This is a reminder of your appointment on {when}.",
                "If you cannot come, please change or cancel it, so that somebody else can have the time.",
            ],
            action: "See, change or cancel",
            push: "Your appointment is coming up.",
            slots: VISIT,
        },
        // One tap confirms: the page behind the link asks, and the link alone changes nothing.
        Template::ReminderConfirm => BuiltIn {
            subject: "Are you coming to your appointment?",
            sms: "reminder: {when}. Confirm or change:",
            body: &[
                "This is a reminder of your appointment on {when}.",
                "Please say that you are coming. If you cannot, change or cancel it, so that somebody else can have the time.",
            ],
            action: "Confirm or change",
            push: "Please say whether you are coming to your appointment.",
            slots: VISIT,
        },
        // Stating what it costs lowered missed visits in two large trials; vague words did not (PLoS ONE 2015, PMC4569397).
        Template::ReminderCost => BuiltIn {
            subject: "Are you coming to your appointment?",
            sms: "reminder: {when}. Missing it costs {cost}. Confirm or change:",
            body: &[
                "This is a reminder of your appointment on {when}. A missed appointment costs {cost}.",
                "Please say that you are coming. If you cannot, change or cancel it, so that somebody else can have the time.",
            ],
            action: "Confirm or change",
            push: "Please say whether you are coming to your appointment.",
            slots: COSTS,
        },
        Template::ReminderChooseTime => BuiltIn {
            subject: "Please choose a time for your appointment",
            sms: "you have not chosen an appointment time yet. Choose here:",
            body: &[
                "You have not chosen a time for your appointment yet. Please choose one, or call us if no time suits you.",
            ],
            action: "Choose a time",
            push: "You have not chosen an appointment time yet.",
            slots: PLAIN,
        },
        Template::ReminderDocument => BuiltIn {
            subject: "We are still waiting for something from you",
            sms: "we are still waiting for something we asked you for. Send it here:",
            body: &[
                "We are still waiting for something that we asked you for. You can send it from your phone: a photograph is enough.",
            ],
            action: "Send it now",
            push: "We are still waiting for something from you.",
            slots: PLAIN,
        },
        // Silence removes nobody, and says so: nobody shall answer out of fear.
        Template::StillNeeded => BuiltIn {
            subject: "Do you still need your appointment?",
            sms: "you are still waiting for an appointment with us. Do you still need it?",
            body: &[
                "You are still waiting for an appointment with us. Please tell us whether you still need it.",
                "You keep your place if you do not answer. If you feel worse, please call us.",
            ],
            action: "Say whether you need it",
            push: "Please tell us whether you still need your appointment.",
            slots: PLAIN,
        },
        // No blame, a way on.
        Template::VisitMissed => BuiltIn {
            subject: "We missed you",
            sms: "we missed you at your appointment. Choose another time here:",
            body: &[
                "We missed you at your appointment. You can choose another time, or tell us if you no longer need it.",
            ],
            action: "Choose another time",
            push: "We missed you. You can choose another time.",
            slots: PLAIN,
        },
        // The reason stands behind the link only.
        Template::Declined => BuiltIn {
            subject: "There is news about your referral",
            sms: "there is news about your referral. Please read it here:",
            body: &[
                "There is news about your referral. Please read it on your referral page, which also says what you can do next.",
            ],
            action: "Read the news",
            push: "There is news about your referral.",
            slots: PLAIN,
        },
        // The reason stands behind the link only.
        Template::Cancelled => BuiltIn {
            subject: "Your referral was cancelled",
            sms: "your referral was cancelled. See what this means:",
            body: &["Your referral was cancelled. If you did not expect this, please phone us."],
            action: "See your referral",
            push: "There is news about your referral.",
            slots: PLAIN,
        },
        // A code to prove that the phone or mailbox is the patient's. The code comes first, so that a phone offers to
        // fill it in; there is no link, so that nobody learns to follow one.
        Template::OneTimeCode => BuiltIn {
            subject: "Your Waymark code",
            sms: "{code} is your Waymark code. It works for {minutes} minutes. Nobody from {organisation} will ask you for it.",
            body: &[
                "{code} is your Waymark code. It works for {minutes} minutes.",
                "Nobody from {organisation} will ask you for it. If you did not ask for a code, you need do nothing.",
            ],
            action: "",
            push: "",
            slots: CODE,
        },
        Template::SurveyInvite => BuiltIn {
            subject: "How was it for you?",
            sms: "how was your appointment? One short question:",
            body: &[
                "Please tell us how your appointment was. There is one short question, and room for more if you like.",
            ],
            action: "Answer the question",
            push: "How was your appointment? Please tell us.",
            slots: PLAIN,
        },
        Template::ReportReady => BuiltIn {
            subject: "There is something new to read",
            sms: "there is something new to read on your referral page:",
            body: &["There is something new to read on your referral page."],
            action: "Read it",
            push: "There is something new to read.",
            slots: PLAIN,
        },
        // What stands for an organisation's own words until it writes some for a sending.
        Template::NewsToMany => BuiltIn {
            subject: "There is news about your care",
            sms: "there is news about your care. Please read it here:",
            body: &["There is news about your care. Your referral page has all that we know."],
            action: "See your referral",
            push: "There is news about your care.",
            slots: TO_MANY,
        },
        Template::AskedOfMany => BuiltIn {
            subject: "We would like to ask you something",
            sms: "we would like to ask you something:",
            body: &[
                "We would like to ask you something. You need not answer, and nothing changes if you do not.",
            ],
            action: "See your referral",
            push: "We would like to ask you something.",
            slots: TO_MANY,
        },
        Template::EmergencyAccess => BuiltIn {
            subject: "Your record was opened in an emergency",
            sms: "a colleague opened your referral in an emergency. See who, and phone us if it seems wrong:",
            body: &[
                "A colleague who is not looking after your referral opened it in an emergency. They can look at it for one hour and change nothing.",
                "On your referral page, “Who looked” says who it was. If this seems wrong to you, please phone us.",
            ],
            action: "See who looked",
            push: "Your record was opened in an emergency.",
            slots: PLAIN,
        },
        Template::StaffInvitation => BuiltIn {
            subject: "Your way in to Waymark at {organisation}",
            sms: "",
            body: &[
                "Hello {name}, you can sign in to Waymark at {organisation}.",
                "First choose a password and connect an authenticator app. The link works once, within 7 days.",
            ],
            action: "Begin",
            push: "",
            slots: INVITATION,
        },
        Template::DelegateNamed => BuiltIn {
            subject: "You may act in the name of {clinician}",
            sms: "",
            body: &[
                "Hello {name}, you may write, send and follow referrals in the name of {clinician} {days}.",
                "What you do is recorded with both names. If you did not expect this, tell them, or your administrator.",
            ],
            action: "See it",
            push: "",
            slots: DELEGATE,
        },
        // Counts and a day: whose visits they are stands behind the link, for whoever has signed in.
        Template::DayNotice => BuiltIn {
            subject: "{what}",
            sms: "",
            body: &["{what}. {then}"],
            action: "Open it",
            push: "",
            slots: DAY,
        },
        Template::PrivacyNotice => BuiltIn {
            subject: "Emergency access to referral {reference}",
            sms: "",
            body: &[
                "{who} opened referral {reference} in an emergency. They can look at it for one hour.",
                "The patient was told. Please review it within 72 hours.",
            ],
            action: "Review it",
            push: "",
            slots: PRIVACY,
        },
        Template::StaffNotice => BuiltIn {
            subject: "Referral {reference} {what}",
            sms: "",
            body: &["Referral {reference} {what}. {then}"],
            action: NOTICE_ACTION,
            push: "",
            slots: NOTICE,
        },
        Template::OutsideReferrer => BuiltIn {
            subject: "Referral {reference} {what}",
            sms: "",
            body: &["Dear {name},", "Referral {reference} {what}. It is about {about}."],
            action: "",
            push: "",
            slots: OUTSIDE,
        },
    }
}
