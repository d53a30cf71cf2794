//! Sentences of the patient's pages that depend on where a referral is.

use contract::{AppointmentView, PatientStep, StatusView, TimelineEntry, TimelineKind, TimelineSays};
use domain::referral::{NextStep, State};

/// Stands at the foot of every patient page.
pub const URGENT_HELP: &str =
    "Feeling much worse? Do not wait for us: call your doctor, or 999 in an emergency.";

/// When a line of the timeline is, and what it says.
pub fn timeline(entry: &TimelineEntry) -> (String, String) {
    let when = match entry.kind {
        TimelineKind::Past => entry.when.clone(),
        TimelineKind::Next => "Next".to_owned(),
        TimelineKind::Then => "Then".to_owned(),
    };
    let says = TimelineSays::from_code(&entry.says);
    (when, says.map_or_else(|| entry.what.clone(), |says| happening(says, &entry.name)))
}

/// The same view with the words of its timeline written out, for bundles that have none of their own.
pub fn written_out(mut view: StatusView) -> StatusView {
    for entry in &mut view.timeline {
        (entry.when, entry.what) = timeline(entry);
    }
    view
}

fn happening(says: TimelineSays, name: &str) -> String {
    use TimelineSays as S;
    match says {
        S::ReferrerSent => format!("{name} sent it"),
        S::Received => format!("{name} received it"),
        S::Asked => "They asked for something more".to_owned(),
        S::Answered => "What they asked for arrived".to_owned(),
        S::Accepted => "Accepted".to_owned(),
        S::AcceptedUrgent => "Accepted as urgent".to_owned(),
        S::AcceptedSoon => "Accepted, to be seen very soon".to_owned(),
        S::Declined => "Not taken on".to_owned(),
        S::MovedOn => "Moved to another clinic".to_owned(),
        S::TimeOffered => format!("{name} offered you a time"),
        S::TimeBooked => "A time was booked".to_owned(),
        S::TimeChanged => "The time was changed".to_owned(),
        S::TimeCancelled => "The time was cancelled".to_owned(),
        S::Missed => "The visit was missed".to_owned(),
        S::Seen => "You were seen".to_owned(),
        S::ReportSent => format!("The report went to {name}"),
        S::ReportRead => format!("{name} read the report"),
        S::Finished => "Finished".to_owned(),
        S::Reopened => "Opened again".to_owned(),
        S::CancellationAsked => "Your referrer asked to cancel it".to_owned(),
        S::Cancelled => "Cancelled".to_owned(),
        S::Paused => "Paused".to_owned(),
        S::BookingPassed => format!("No time was free soon enough: {name} finds one"),
        S::Reminded => "We sent you a reminder".to_owned(),
        S::Confirmed => "You said that you are coming".to_owned(),
        S::WaitingListJoined => "On the waiting list for other times".to_owned(),
        S::WaitingListLeft => "Off the waiting list".to_owned(),
        S::TheyConfirm => "They confirm that they have it".to_owned(),
        S::TheyDecide => "They read it and decide".to_owned(),
        S::YouChoose => "You choose a time".to_owned(),
        S::ReferrerAnswers => format!("{name} sends what they asked for"),
        S::YouAnswer => "You send what they asked for".to_owned(),
        S::TestFirst if name.is_empty() => "First: a test".to_owned(),
        S::TestFirst => format!("First: {name}"),
        S::AdviceOnly => "The specialist writes advice to your doctor".to_owned(),
        S::VisitThenReport => "Your visit, then a report to your doctor".to_owned(),
        S::YouConfirm => "You confirm the time that is held for you".to_owned(),
        S::Visit => format!("Your visit: {name}"),
        S::ReportToDoctor => "A report goes to your doctor".to_owned(),
        S::ReportWritten => "The specialist writes the report".to_owned(),
        S::DoctorReads => "Your doctor reads it".to_owned(),
        S::DoctorReadsReport => "Your doctor reads the report".to_owned(),
        S::ClinicCancels => "The clinic confirms the cancellation".to_owned(),
        S::ClinicFinds => "The clinic finds a time and tells you".to_owned(),
        S::ClinicReviews => "The clinic looks at it again".to_owned(),
    }
}

/// What is said to whoever still needs what they wait for.
pub const THANKS_NEEDED: &str = "Thank you. You keep your place.";
/// What is said to whoever does not.
pub const THANKS_NOT_NEEDED: &str =
    "Thank you for telling us. Somebody from the clinic talks with you before anything changes.";
/// What somebody says who comes to their visit.
pub const IM_COMING: &str = "I’m coming";
/// What is said to whoever has just said so.
pub const THANKS_COMING: &str = "Thank you. We expect you.";
/// What is said to whoever said so before.
pub const SAID_COMING: &str = "You said that you are coming";

/// What the state means for the patient, in a sentence or two.
pub fn meaning(view: &StatusView) -> String {
    let place = &view.place;
    match view.state {
        State::Draft => "Your doctor is still writing it.".to_owned(),
        State::Sent => format!("It is on its way to {place}. There is nothing you need to do."),
        State::Received => {
            format!("{place} has your doctor’s letter and is reading it. There is nothing you need to do.")
        }
        State::InfoNeeded if view.step == PatientStep::Wait => {
            format!("{place} asked your doctor for something more. There is nothing you need to do.")
        }
        State::InfoNeeded => format!("{place} needs something more before it can decide."),
        State::Accepted if view.next_step == Some(NextStep::TestFirst) => {
            let test = view.next_step_note.as_deref().unwrap_or("a test");
            format!("The clinic will see you. First comes: {test}. We tell you when you can choose a time.")
        }
        State::Accepted if view.next_step == Some(NextStep::AdviceOnly) => {
            "The specialist writes advice to your doctor. You need no visit to the clinic for now.".to_owned()
        }
        State::Accepted if view.next_step == Some(NextStep::ClinicBooks) => {
            "The clinic will see you. No time is free soon enough, so the clinic finds one and tells you. You can still look \
             for a time yourself."
                .to_owned()
        }
        State::AppointmentCancelled if view.next_step == Some(NextStep::ClinicBooks) => {
            "Your time was cancelled. No other time is free soon enough, so the clinic finds one and tells you.".to_owned()
        }
        State::Accepted => "The clinic will see you. Choose a day and time that suits you.".to_owned(),
        State::Offered if offer(view).is_some() => {
            let by = offer(view).unwrap_or_default();
            format!("The clinic offers you this time. Please say by {by} whether it suits you.")
        }
        State::Offered => {
            "A time is held for you for a few minutes. Confirm it, or choose another.".to_owned()
        }
        State::Booked if offer(view).is_some() => {
            let (by, other) = (offer(view).unwrap_or_default(), offered_when(view));
            format!(
                "Another time has come free: {other}. Please say by {by} whether you want it. You keep the time above until you \
                 take the other one."
            )
        }
        State::Booked if view.overdue => {
            "The time of your visit has passed, and the clinic has not yet noted how it went.".to_owned()
        }
        State::Booked => {
            "If you cannot come, please change or cancel it here, so that somebody else can have the time."
                .to_owned()
        }
        State::AppointmentCancelled => {
            "Your time was cancelled. You keep your place: choose another time.".to_owned()
        }
        State::NoShow => {
            "You could not come to your visit. That can happen. You keep your place: choose another time."
                .to_owned()
        }
        State::Seen => "You were seen. The specialist is writing to your doctor.".to_owned(),
        State::OutcomeReceived => "You were seen, and the report went to your doctor.".to_owned(),
        State::Closed => "Everything is done. Your doctor has the report.".to_owned(),
        State::Declined => {
            "The clinic did not take this on. Your doctor knows and can talk with you about what is best now."
                .to_owned()
        }
        State::Redirected => {
            "It was moved to a clinic that fits better. That clinic will write to you.".to_owned()
        }
        State::CancelRequested => "Your doctor asked to cancel this. The clinic will confirm it.".to_owned(),
        State::Cancelled | State::EnteredInError => {
            "This was cancelled. Your doctor can tell you more.".to_owned()
        }
        State::Paused => "This is on hold. You keep your place, and the clinic looks at it again.".to_owned(),
    }
}

/// What happens next, in a few words after "Next:"; `None` when nothing is to come.
pub fn next(view: &StatusView) -> Option<&'static str> {
    match view.state {
        State::Sent => Some("the clinic confirms that it has the letter"),
        State::Received => Some("the clinic decides how soon to see you"),
        State::InfoNeeded if view.step == PatientStep::Wait => Some("your doctor answers"),
        State::InfoNeeded => Some("send what they ask for"),
        State::Accepted if view.next_step == Some(NextStep::TestFirst) => Some("the test"),
        State::Accepted if view.next_step == Some(NextStep::AdviceOnly) => Some("advice goes to your doctor"),
        State::Offered if offer(view).is_some() => Some("say whether the time suits you"),
        State::Booked if offer(view).is_some() => Some("say whether you want the other time"),
        State::Accepted | State::AppointmentCancelled | State::NoShow
            if view.next_step == Some(NextStep::ClinicBooks) =>
        {
            Some("the clinic finds a time for you")
        }
        State::Accepted => Some("choose your appointment"),
        State::Offered => Some("confirm your time"),
        State::AppointmentCancelled | State::NoShow => Some("choose another time"),
        State::Seen => Some("the report goes to your doctor"),
        State::OutcomeReceived => Some("your doctor reads the report"),
        State::CancelRequested => Some("the clinic confirms the cancellation"),
        State::Paused => Some("the clinic looks at it again"),
        State::Closed if view.step == PatientStep::AnswerSurvey => Some("tell us how it was"),
        State::Booked
        | State::Draft
        | State::Closed
        | State::Declined
        | State::Redirected
        | State::Cancelled
        | State::EnteredInError => None,
    }
}

/// By when, when that says something: a booked visit has its own date.
pub fn by(view: &StatusView) -> Option<String> {
    let silent = matches!(view.state, State::Booked | State::Offered) || view.state.is_ended();
    (!silent && !view.overdue && !view.by.is_empty()).then(|| format!("By {}", view.by))
}

/// What to say when the next step is late; `None` when it is not.
pub fn late(view: &StatusView) -> Option<(String, String)> {
    if !view.overdue || view.state.is_ended() || matches!(view.state, State::Offered | State::Booked) {
        return None;
    }
    let call = match &view.phone {
        Some(phone) => format!("call {phone}"),
        None => "call the clinic".to_owned(),
    };
    Some(match view.step {
        PatientStep::Wait => (
            "This is late, and that is not your fault".to_owned(),
            format!(
                "It should have happened by {}. You have not lost your place. To ask about it, {call}.",
                view.by
            ),
        ),
        _ => (
            format!("This was due by {}", view.by),
            format!("You can still do it now. If something makes it hard, {call} and we help."),
        ),
    })
}

/// What the main button says and where it leads.
pub fn main_act(view: &StatusView) -> Option<(&'static str, String)> {
    let to = |page: &str| format!("/my/{}/{page}", view.referral);
    if offer(view).is_some() {
        return None;
    }
    if view.held.is_some() {
        return Some(("Confirm your time", to("confirm")));
    }
    match view.step {
        PatientStep::ChooseTime if view.state == State::Accepted => Some(("Choose a time", to("times"))),
        PatientStep::ChooseTime => Some(("Choose another time", to("times"))),
        PatientStep::ConfirmTime => Some(("Confirm your time", to("confirm"))),
        PatientStep::SendDocument => Some(("Send it now", to("documents"))),
        PatientStep::AnswerSurvey => Some(("Tell us how it was", to("survey"))),
        PatientStep::Wait => None,
    }
}

/// Until when the clinic waits for an answer to the time that it offers; `None`: it offers none.
pub fn offer(view: &StatusView) -> Option<&str> {
    view.held.as_ref().filter(|_| matches!(view.state, State::Offered | State::Booked))?.answer_by.as_deref()
}

fn offered_when(view: &StatusView) -> &str {
    view.held.as_ref().map_or("", |held| held.when.as_str())
}

/// What was offered is kept while another time is held.
pub fn kept_offer(offer: &AppointmentView) -> String {
    let by = offer.answer_by.as_deref().map_or(String::new(), |by| format!(", until {by}"));
    format!(
        "The time that the clinic offered, {}, is still kept for you{by}. You give it back when you confirm another one.",
        offer.when
    )
}

/// What somebody still has once they gave a time back: what the clinic offers, or what is booked; `None`: nothing.
pub fn still_theirs(view: &StatusView) -> Option<String> {
    if let (Some(by), when) = (offer(view), offered_when(view)) {
        return Some(format!(
            "The time the clinic offered is held for you: {when}. Please say by {by} whether it suits you."
        ));
    }
    let booked = view.appointment.as_ref().filter(|_| view.state == State::Booked)?;
    Some(format!("You keep your time: {}.", booked.when))
}

/// The buttons under an offer: taking it, and not.
pub fn offer_answers(view: &StatusView) -> (&'static str, &'static str) {
    match view.state {
        State::Booked => ("Take the other time", "Keep my time"),
        _ => ("This time suits me", "It does not suit me"),
    }
}

/// What it means to be on the waiting list; `None`: they are not.
pub fn waiting(view: &StatusView) -> Option<String> {
    let waiting = view.waiting.as_ref()?;
    let when = match waiting.wishes.as_str() {
        "" => "a time comes free".to_owned(),
        wishes => format!("a time comes free that suits you ({wishes})"),
    };
    let place = match view.state {
        State::Booked => "You keep your time until you take another one.",
        _ => "You keep your place, whatever you answer.",
    };
    Some(format!("You are on the waiting list. When {when}, we hold it for you and ask you. {place}"))
}

/// How soon somebody can come, by days of notice.
pub const NOTICES: [(&str, &str); 4] =
    [("1", "The next day"), ("3", "In 3 days"), ("7", "In a week"), ("14", "In two weeks")];

/// How an offer reaches them: the code of the channel, and the end of their address.
pub fn reach(channel: &str, address: &str) -> (String, &'static str) {
    match channel {
        "sms" => (format!("By text message, {address}"), "We wait about 2 hours for your answer"),
        "email" => (format!("By mail, {address}"), "We wait about 12 hours of the day for your answer"),
        _ => ("By letter".to_owned(), "We can only offer you times that are some weeks away"),
    }
}

/// The state as the patient reads it, where more than the state decides the words.
pub fn status(view: &StatusView) -> (crate::components::Meaning, &'static str) {
    use crate::components::Meaning;
    match (view.state, view.next_step) {
        (State::InfoNeeded, _) if view.step == PatientStep::Wait => {
            (Meaning::Waiting, "Waiting for your doctor")
        }
        (State::Accepted, Some(NextStep::TestFirst)) => (Meaning::Waiting, "Accepted – a test comes first"),
        (State::Accepted, Some(NextStep::AdviceOnly)) => {
            (Meaning::Waiting, "Accepted – advice to your doctor")
        }
        (State::Booked, _) if offer(view).is_some() => {
            (Meaning::Attention, "Booked – another time is offered")
        }
        (State::Accepted | State::AppointmentCancelled, Some(NextStep::ClinicBooks)) => {
            (Meaning::Waiting, "Accepted – the clinic finds a time")
        }
        (State::Offered, _) if offer(view).is_some() => {
            (Meaning::Attention, "A time is offered – please answer")
        }
        (state, _) => super::status_patient(state),
    }
}

/// How long a visit takes.
pub fn length(minutes: i64) -> String {
    match minutes {
        60 => "1 hour".to_owned(),
        120 => "2 hours".to_owned(),
        other => format!("{other} minutes"),
    }
}

/// How long visits take that are not all as long.
pub fn lengths(shortest: i64, longest: Option<i64>) -> String {
    match longest {
        None => length(shortest),
        Some(longest) if longest % 60 == 0 => format!("{} to {}", length(shortest), length(longest)),
        Some(longest) => format!("{shortest} to {longest} minutes"),
    }
}

/// How many times a day has.
pub fn count_of_times(count: usize) -> String {
    if count == 1 { "1 time".to_owned() } else { format!("{count} times") }
}

/// How long a held time is still kept.
pub fn held_for(seconds: i64) -> String {
    match seconds {
        ..=0 => "no longer".to_owned(),
        1..=89 => "about 1 minute".to_owned(),
        other => format!("about {} minutes", (other + 30) / 60),
    }
}

/// Somebody opened the record in an emergency.
pub fn opened_in_an_emergency(who: &str, day: &str) -> String {
    format!("{who} opened your record in an emergency on {day}")
}

/// What somebody did with the record, as "Who looked" says it.
pub fn looked(what: &str) -> String {
    match what {
        "looked at it" | "looked at it in an emergency" | "read a document" | "saw your name in a list" => {
            what
        }
        "print letter" => "printed a letter to you",
        "unprint letter" => "noted that a letter to you was not printed",
        "post letter" => "posted a letter to you",
        "unpost letter" => "noted that a letter to you was not posted",
        "letter returned" => "noted that a letter to you came back",
        "told otherwise" => "told you something in another way than by letter",
        "read feed" => "saw your visit in a calendar program",
        "make feed" => "made a secret address for a calendar program",
        "end feed" => "took back the address for a calendar program",
        "break glass" => "opened it in an emergency",
        "sign in" => "signed in",
        "sign in recovery code" => "signed in with a recovery code",
        "sign in passkey" => "signed in with a passkey",
        "sign in elsewhere" => "signed on elsewhere",
        "set credentials" => "set a way in",
        "prove again" => "confirmed who they are",
        "new recovery codes" => "made new recovery codes",
        "add passkey" => "added a passkey",
        "remove passkey" => "removed a passkey",
        "end sessions" => "signed out everywhere",
        "review emergency" => "checked why it was opened in an emergency",
        "offer" | "hold" => "held a time",
        "note wishes" => "noted what you need at a visit",
        "lapse" => "gave a held time back",
        "book" | "confirm" => "booked a time",
        "pass booking" => "asked the clinic to find you a time",
        "reschedule" => "changed the time",
        "cancel appointment" => "cancelled the time",
        "add document" => "added a document",
        "answer" => "answered a question",
        "ask" => "asked for something more",
        "acknowledge" => "confirmed that they have it",
        "accept" => "accepted it",
        "decline" => "decided not to take it on",
        "send" => "sent it",
        "save" => "wrote the letter",
        "assign" => "gave it to a colleague",
        "record visit" => "noted your visit",
        "no show" => "noted a missed visit",
        "redirect" => "moved it to another clinic",
        "forward" => "gave it to another team",
        "arrive" => "noted that you had come",
        "print" => "opened the whole record to print it",
        "export" => "downloaded the whole record",
        "escalate" => "told somebody that it was late",
        "resubmit" => "took it up again",
        "refer on" => "referred you to another clinic as well",
        "plan follow up" => "planned a further visit or test",
        "settle follow up" => "noted what became of a further visit or test",
        "join waiting list" => "put you on the waiting list for other times",
        "leave waiting list" => "took you off the waiting list for other times",
        "write note" => "wrote to a colleague about it",
        "reopen" => "opened it again",
        "request cancellation" => "asked to cancel it",
        "confirm cancellation" => "confirmed that it is cancelled",
        "withdraw" => "took it back",
        "pause" => "put it on hold",
        "resume" | "resume to book" => "took it off hold",
        "enter in error" => "noted that it was sent by mistake",
        "report" => "sent the report",
        "advise" => "answered a colleague’s question about you",
        "turn into referral" => "made a referral of a question about you",
        "interim note" => "sent a note",
        "acknowledge report" => "read the report",
        "close" => "finished it",
        "remind" => "sent you a reminder",
        "subscribe" => "switched notices on",
        "answer survey" => "answered the survey",
        "prove identity" => "checked your code when you signed in",
        "request code" => "sent you a code to sign in",
        "import" => "took it over from another system",
        other => return format!("changed it ({other})"),
    }
    .to_owned()
}

/// The answers of the Friends and Family Test, by number (NHS England FFT guidance, wording since April 2020).
pub const SURVEY_ANSWERS: [(&str, &str); 6] = [
    ("1", "Very good"),
    ("2", "Good"),
    ("3", "Neither good nor poor"),
    ("4", "Poor"),
    ("5", "Very poor"),
    ("6", "Don’t know"),
];

/// The question of the Friends and Family Test.
pub const SURVEY_QUESTION: &str = "Overall, how was your experience of our service?";

#[cfg(test)]
mod tests {
    use super::*;

    fn view(state: State, step: PatientStep) -> StatusView {
        StatusView {
            referral: "r".into(),
            reference: "WM-AAAA-BBBB".into(),
            version: 1,
            clinic: "Kidney clinic".into(),
            place: "St Aidan’s Hospital".into(),
            state,
            by: "Friday 6 March".into(),
            overdue: false,
            step,
            next_step: None,
            next_step_note: None,
            line: None,
            owner: "Kidney team".into(),
            phone: Some("0113 496 0123".into()),
            appointment: None,
            held: None,
            kept_offer: None,
            waiting: None,
            timeline: Vec::new(),
            missing: Vec::new(),
            updated: String::new(),
        }
    }

    #[test]
    fn what_the_patient_can_do_next_leads_somewhere_and_waiting_has_no_button() {
        let act = |state, step| main_act(&view(state, step)).map(|(_, href)| href);
        assert_eq!(act(State::Accepted, PatientStep::ChooseTime).as_deref(), Some("/my/r/times"));
        assert_eq!(act(State::Offered, PatientStep::ConfirmTime).as_deref(), Some("/my/r/confirm"));
        assert_eq!(act(State::InfoNeeded, PatientStep::SendDocument).as_deref(), Some("/my/r/documents"));
        assert_eq!(act(State::Closed, PatientStep::AnswerSurvey).as_deref(), Some("/my/r/survey"));
        assert_eq!(act(State::Received, PatientStep::Wait), None);
    }

    #[test]
    fn a_new_time_held_beside_a_booked_one_is_to_be_confirmed() {
        let held = AppointmentView {
            id: String::new(),
            when: String::new(),
            length_min: 30,
            who: String::new(),
            place: String::new(),
            address: None,
            map: None,
            bring: None,
            held: true,
            hold_expires: Some(0),
            answer_by: None,
            confirmed: None,
            asks: false,
        };
        let view = StatusView { held: Some(held), ..view(State::Booked, PatientStep::Wait) };
        assert_eq!(main_act(&view).map(|(label, _)| label), Some("Confirm your time"));
    }

    #[test]
    fn whoever_waits_reads_that_they_keep_what_they_have() {
        let waiting_for =
            |wishes: &str| Some(contract::OnWaitingList { wishes: wishes.to_owned(), notice_days: 1 });
        let accepted =
            StatusView { waiting: waiting_for(""), ..view(State::Accepted, PatientStep::ChooseTime) };
        let said = waiting(&accepted).expect("they wait");
        assert_eq!(
            said,
            "You are on the waiting list. When a time comes free, we hold it for you and ask you. You keep your place, \
             whatever you answer."
        );
        let booked = StatusView { waiting: waiting_for("Mondays"), ..view(State::Booked, PatientStep::Wait) };
        let said = waiting(&booked).expect("they wait");
        assert!(
            said.contains("(Mondays)") && said.ends_with("You keep your time until you take another one."),
            "{said}"
        );
        assert_eq!(waiting(&view(State::Booked, PatientStep::Wait)), None);
    }

    #[test]
    fn lateness_is_said_honestly_with_a_number_to_call() {
        let ours = StatusView { overdue: true, ..view(State::Received, PatientStep::Wait) };
        let (heading, sentence) = late(&ours).expect("it is late");
        assert_eq!(heading, "This is late, and that is not your fault");
        assert!(sentence.contains("0113 496 0123"), "{sentence}");
        assert_eq!(by(&ours), None);
        let theirs = StatusView { overdue: true, ..view(State::Accepted, PatientStep::ChooseTime) };
        assert!(late(&theirs).expect("it is late").1.starts_with("You can still do it now."));
        let over = StatusView { overdue: true, ..view(State::Closed, PatientStep::Wait) };
        assert_eq!(late(&over), None);
    }

    #[test]
    fn every_state_has_a_meaning_without_jargon() {
        for state in State::ALL {
            let sentence = meaning(&view(*state, PatientStep::Wait));
            assert!(sentence.ends_with('.'), "{state}: {sentence}");
            assert!(!sentence.to_lowercase().contains("triage"), "{state}: {sentence}");
        }
    }

    #[test]
    fn every_act_in_who_looked_is_said_in_plain_words() {
        for act in domain::referral::Act::ALL {
            let said = looked(&act.code().replace('-', " "));
            assert!(!said.starts_with("changed it (") && !said.contains('-'), "{act}: {said}");
        }
        assert_eq!(looked("looked at it"), "looked at it");
        assert_eq!(looked("something new"), "changed it (something new)");
    }

    #[test]
    fn visits_of_several_lengths_say_from_which_to_which() {
        assert_eq!(lengths(30, None), "30 minutes");
        assert_eq!(lengths(30, Some(40)), "30 to 40 minutes");
        assert_eq!(lengths(30, Some(60)), "30 minutes to 1 hour");
    }

    #[test]
    fn a_hold_says_roughly_how_long_it_lasts() {
        for (seconds, words) in
            [(-5, "no longer"), (30, "about 1 minute"), (290, "about 5 minutes"), (300, "about 5 minutes")]
        {
            assert_eq!(held_for(seconds), words, "{seconds}");
        }
    }
}
