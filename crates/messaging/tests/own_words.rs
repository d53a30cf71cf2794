//! Messages in an organisation's own words: what is refused, and that a message always leaves.

use domain::notice::StaffNotice;
use domain::template::{Fault, Part, Place, Template, Texts};
use messaging::segments;
use messaging::templates::{Filling, Rendered, To, When, design, faults, render};

const LINK: &str = "https://waymark.northharbour.example/r/8Qx2Lk9ZpT7wVb3R5mYcJa";

fn filling() -> Filling<'static> {
    let when = When {
        at: "2027-09-22T11:10:00Z".parse().expect("an instant"),
        zone: chrono_tz::Europe::London,
        now: "2026-09-01T09:00:00Z".parse().expect("an instant"),
    };
    Filling {
        to: To {
            first_name: Some("Ann"),
            organisation: "North Harbour Hospitals Trust",
            phone: "020 7946 0018",
            link: LINK,
        },
        when,
        until: when,
        cost: "about £160",
        code: "123456",
        minutes: 10,
        clinician: "Dr Jane Roe",
        days: "from 1 until 8 March",
        reference: "WM-7F3K-21",
        notice: StaffNotice::Accepted,
        day: None,
        about: "Margaret Hale, born 31 March 1948",
        text: "Sinus rhythm.",
        language: "en",
    }
}

fn with(part: Part, text: &str) -> Texts {
    let mut own = Texts::default();
    own.set(part, text.to_owned());
    own
}

fn names() -> Vec<String> {
    [
        "Harbour heart clinic",
        "Second opinion clinic",
        "Sexual health",
        "ENT",
        "Chest medicine",
        "Eye clinic",
        "Care of the elderly and others",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What is wrong with one text; the parts must all be that of the text.
fn wrong(template: Template, part: Part, text: &str) -> Vec<Fault> {
    let found = faults(template, &with(part, text), &filling(), &names());
    assert!(found.iter().all(|wrong| wrong.part == part), "{found:?}");
    assert!(found.iter().all(|wrong| wrong.fault.remedy().ends_with('.')), "{found:?}");
    found.into_iter().map(|wrong| wrong.fault).collect()
}

fn said(template: Template, part: Part, text: &str) -> Rendered {
    render(template, &with(part, text), &filling())
}

#[test]
fn the_product_s_own_words_could_be_written_by_an_organisation_too() {
    for template in Template::ALL {
        let design = design(*template);
        let found = faults(*template, &design.texts, &filling(), &names());
        assert!(found.is_empty(), "{template}: {found:?}");
        let (own, ours) =
            (render(*template, &design.texts, &filling()), render(*template, &Texts::default(), &filling()));
        assert_eq!(own, ours, "{template}");
        assert!(!ours.text.contains('{') && !ours.sms.contains('{') && !ours.subject.contains('{'));
        for slot in design.slots {
            assert!(slot.must.iter().all(|part| slot.may.contains(part)), "{template}: {slot:?}");
        }
    }
}

#[test]
fn places_must_be_known_there_and_braces_closed() {
    use Place as P;
    let known = |text: &str| wrong(Template::TimeOffered, Part::Sms, text);
    assert_eq!(known("come {when}?"), []);
    assert_eq!(known("come { when } by {until}"), []);
    assert_eq!(known("come {when"), [Fault::LoneBrace]);
    assert_eq!(known("come when} {when}"), [Fault::LoneBrace]);
    assert_eq!(known("come soon"), [Fault::MissingPlace(P::When)]);
    let unknown = |name: &str| Fault::UnknownPlace { name: name.to_owned(), known: vec![P::When, P::Until] };
    assert_eq!(known("{when} {colour}"), [unknown("colour")]);
    assert_eq!(known("{date}"), [unknown("date"), Fault::MissingPlace(P::When)]);
    assert_eq!(known(&format!("{{when}} {{{}}}", "x".repeat(90))), [unknown(&"x".repeat(40))]);
    // A notice is read by others: it has no time in it.
    let notice = wrong(Template::TimeOffered, Part::Push, "A time: {when}");
    assert_eq!(notice, [Fault::UnknownPlace { name: "when".to_owned(), known: vec![P::Organisation] }]);
    assert!(notice[0].remedy().contains("Use {organisation}"), "{}", notice[0].remedy());
    assert_eq!(
        wrong(Template::TimeOffered, Part::Body, "We hold {when} for you."),
        [Fault::MissingPlace(P::Until)]
    );
    let none = wrong(Template::StaffInvitation, Part::Action, "Go to {name}");
    assert_eq!(none[0].remedy(), "Nothing fills {name} here. Write the words.");
    assert_eq!(wrong(Template::StaffInvitation, Part::Sms, "Come in"), [Fault::NoSuchPart]);
    assert_eq!(wrong(Template::OneTimeCode, Part::Push, "A code"), [Fault::NoSuchPart]);
}

#[test]
fn a_text_fits_where_it_is_shown_with_the_longest_values() {
    let choose = |part: Part, text: &str| wrong(Template::AcceptedChooseTime, part, text);
    assert_eq!(choose(Part::Subject, &"a".repeat(78)), []);
    assert_eq!(choose(Part::Subject, &"a".repeat(79)), [Fault::TooLong { most: 78 }]);
    // The place counts with what fills it: 29 letters.
    assert_eq!(choose(Part::Subject, &format!("{{organisation}}{}", "a".repeat(49))), []);
    assert_eq!(
        choose(Part::Subject, &format!("{{organisation}}{}", "a".repeat(50))),
        [Fault::TooLong { most: 78 }]
    );
    assert_eq!(choose(Part::Push, &"a".repeat(151)), [Fault::TooLong { most: 150 }]);
    assert_eq!(choose(Part::Action, &"a".repeat(61)), [Fault::TooLong { most: 60 }]);
    assert_eq!(choose(Part::Body, &"a".repeat(4_001)), [Fault::TooLong { most: 4_000 }]);
    for (letter, is_unicode) in [("a", false), ("ŵ", true), ("ا", true)] {
        // The longest that fits, found by asking; one more letter takes a third message.
        let fits = |count: usize| choose(Part::Sms, &letter.repeat(count)).is_empty();
        let most = (1..400).take_while(|count| fits(*count)).last().expect("some text fits");
        assert_eq!(
            segments::cost(&said(Template::AcceptedChooseTime, Part::Sms, &letter.repeat(most)).sms).segments,
            2
        );
        assert_eq!(
            choose(Part::Sms, &letter.repeat(most + 1)),
            [Fault::TooManySegments { segments: 3, most: 2, is_unicode }],
            "{letter}"
        );
    }
}

#[test]
fn characters_that_cannot_be_seen_are_refused_and_every_script_is_welcome() {
    for text in ["two\nlines", "a\u{7}b", "a\tb", "a\u{2028}b", "\u{0}"] {
        assert_eq!(
            wrong(Template::ReferralReceived, Part::Push, text),
            [Fault::ControlCharacter],
            "{text:?}"
        );
    }
    assert_eq!(wrong(Template::ReferralReceived, Part::Body, "One.\n\nTwo."), []);
    assert_eq!(wrong(Template::ReferralReceived, Part::Body, "One.\u{1b}[31m"), [Fault::ControlCharacter]);
    for text in
        ["لديك رسالة جديدة", "יש לך הודעה חדשה", "Mae gennych neges newydd", "您有一条新消息", "👋🏽 news"]
    {
        assert_eq!(wrong(Template::ReferralReceived, Part::Push, text), [], "{text}");
        assert_eq!(wrong(Template::ReferralReceived, Part::Sms, text), [], "{text}");
        assert_eq!(wrong(Template::ReferralReceived, Part::Body, text), [], "{text}");
    }
}

#[test]
fn what_others_can_read_names_no_clinic_and_no_illness() {
    let revealing = |word: &str| vec![Fault::Revealing { word: word.to_owned() }];
    for (text, word) in [
        ("News from the Harbour Heart Clinic", "Harbour heart clinic"),
        ("Your heart visit", "heart"),
        ("The chest people wait", "chest"),
        ("About your sexual health", "Sexual health"),
        ("ENT: news", "ENT"),
        ("See the eye people", "eye"),
        ("Your cancer referral", "cancer"),
        ("ONCOLOGY wrote to you", "oncology"),
        ("Your X-ray is ready", "xray"),
        ("Results are in", "results"),
        ("Your pregnancy", "pregnancy"),
    ] {
        for part in [Part::Subject, Part::Push, Part::Sms] {
            assert_eq!(wrong(Template::ReferralReceived, part, text), revealing(word), "{text}");
        }
        assert_eq!(wrong(Template::ReferralReceived, Part::Body, text), [], "a mail is read by its receiver");
    }
    for text in [
        "Harbour has news for you",
        "A second reminder",
        "News of the day and more",
        "We went to the clinic",
        "Whenever it suits",
        "Parents and students",
        "Your appointment at North Harbour",
    ] {
        assert_eq!(wrong(Template::ReferralReceived, Part::Push, text), [], "{text}");
    }
}

/// What is wrong with a notice in another language, all whose other texts are fine.
fn wrong_in(language: &'static str, push: &str) -> Vec<Fault> {
    let plain = "Waymark";
    let own = Texts {
        subject: plain.into(),
        sms: plain.into(),
        body: plain.into(),
        action: plain.into(),
        push: push.to_owned(),
    };
    let found = faults(Template::ReferralReceived, &own, &Filling { language, ..filling() }, &names());
    found.into_iter().map(|wrong| wrong.fault).collect()
}

#[test]
fn what_others_can_read_names_no_illness_in_any_language() {
    let revealing = |word: &str| vec![Fault::Revealing { word: word.to_owned() }];
    for (language, text, word) in [
        ("pl", "Wiadomość z kliniki onkologicznej", "onkologicznej"),
        ("pl", "Leczenie raka", "raka"),
        ("cy", "Eich clinig canser", "canser"),
        ("de", "Neues von der Herzklinik", "herzklinik"),
        ("fr", "Votre cœur", "cœur"),
        ("es-mx", "Su cita de psiquiatría", "psiquiatría"),
        ("it", "La tua gravidanza", "gravidanza"),
        ("pt-br", "Resultado pronto", "resultado"),
        ("ro", "Rezultatul dumneavoastră", "rezultatul"),
        ("cs", "Váš výsledek", "výsledek"),
        ("tr", "Kanser randevunuz", "kanser"),
        ("so", "Ballanta kansarka", "kansarka"),
        ("vi", "Phòng khám ung thư", "ung thư"),
        ("uk", "Запис до кардіолога", "кардіолога"),
        ("ar", "موعد في عيادة الأورام", "أورام"),
        ("fa", "نوبت روانپزشکی شما", "روانپزشک"),
        ("ur", "کینسر کلینک سے", "کینسر"),
        ("zh", "您的癌症门诊", "癌"),
        ("hi", "कैंसर क्लिनिक से", "कैंसर"),
        ("bn", "ক্যান্সার ক্লিনিক", "ক্যান্সার"),
        // The names of the organisation's clinics, and what English says, are found in every language.
        ("pl", "Wiadomość: Harbour Heart Clinic", "Harbour heart clinic"),
        ("cy", "Neges: oncology", "oncology"),
    ] {
        assert_eq!(wrong_in(language, text), revealing(word), "{language} {text}");
    }
    for (language, text) in [
        ("pl", "Mamy dla Ciebie wiadomość."),
        ("cy", "Mae newyddion am eich atgyfeiriad."),
        ("de", "Herzlich willkommen. Es gibt Neues; der Termin dauert eine Std."),
        ("fr", "Il y a du nouveau pour vous."),
        ("es", "Hay novedades para usted."),
        ("so", "Waxaa jira war cusub."),
        ("uk", "Є новини про ваше направлення."),
        ("ar", "لديك رسالة جديدة"),
        ("zh", "您有一条新消息"),
        ("hi", "आपके लिए एक नया संदेश है"),
        ("xx", "Anything else"),
    ] {
        assert_eq!(wrong_in(language, text), [], "{language} {text}");
    }
}

#[test]
fn a_message_in_another_language_is_whole_and_says_nothing_in_english() {
    let polish = Filling { language: "pl", ..filling() };
    let half = with(Part::Sms, "czekamy na Ciebie {when}:");
    let found = faults(Template::BookingConfirmed, &half, &polish, &names());
    let missing: Vec<Part> = found.iter().map(|wrong| wrong.part).collect();
    assert_eq!(missing, [Part::Subject, Part::Body, Part::Action, Part::Push]);
    assert!(found.iter().all(|wrong| wrong.fault == Fault::NotWritten));
    assert_eq!(faults(Template::BookingConfirmed, &Texts::default(), &polish, &names()), [], "given up");
    let whole = Texts {
        subject: "Twoja wizyta".into(),
        sms: "czekamy na Ciebie {when}:".into(),
        body: "Wizyta: {when}.".into(),
        action: "Zobacz".into(),
        push: "Jest wiadomość.".into(),
    };
    assert_eq!(faults(Template::BookingConfirmed, &whole, &polish, &names()), []);
    let said = render(Template::BookingConfirmed, &whole, &polish);
    assert_eq!(
        said.sms,
        format!(
            "North Harbour Hospitals Trust: Ann, czekamy na Ciebie 22.09.2027, 12:10: {LINK} Tel 020 7946 0018"
        )
    );
    assert_eq!(
        said.text,
        format!(
            "Ann,\n\nWizyta: 22.09.2027, 12:10.\n\nZobacz: {LINK}\n\nNorth Harbour Hospitals Trust: 020 7946 0018\n"
        )
    );
    assert!(
        said.html.contains("<html lang=\"pl\">")
            && !said.html.contains("Hello")
            && !said.html.contains("Questions")
    );
}

#[test]
fn all_that_is_wrong_with_a_text_is_said_at_once() {
    let found = wrong(Template::TimeOffered, Part::Sms, "we offer you {day} in the heart clinic");
    let unknown = Fault::UnknownPlace { name: "day".to_owned(), known: vec![Place::When, Place::Until] };
    let revealing = Fault::Revealing { word: "heart".to_owned() };
    assert_eq!(found, [revealing, unknown, Fault::MissingPlace(Place::When)]);
}

#[test]
fn a_message_with_a_code_begins_with_it_and_has_no_address() {
    let code = |text: &str| wrong(Template::OneTimeCode, Part::Sms, text);
    assert_eq!(code("{code}: your code from {organisation}"), []);
    assert_eq!(code("Code {code} from {organisation}"), [Fault::CodeNotFirst]);
    assert_eq!(code("{code} {organisation} www.a.example"), [Fault::Address]);
    assert_eq!(code("{code} works"), [Fault::MissingPlace(Place::Organisation)]);
    assert!(matches!(
        wrong(Template::OneTimeCode, Part::Subject, "{code} is your code")[0],
        Fault::UnknownPlace { .. }
    ));
}

#[test]
fn own_words_are_said_in_every_channel_and_escaped_in_the_page() {
    let message =
        said(Template::BookingConfirmed, Part::Body, "See <b>you</b>\non {when}.\n\n\n& bring   a pen.");
    let when = "Wednesday 22 September 2027, 12:10pm";
    assert!(
        message.text.starts_with(&format!("Hello Ann,\n\nSee <b>you</b> on {when}.\n\n& bring a pen.\n\n"))
    );
    assert!(message.html.contains("<p dir=\"auto\">See &lt;b&gt;you&lt;/b&gt; on "), "{}", message.html);
    assert!(message.html.contains("&amp; bring a pen."));
    assert_eq!(message.subject, "Your appointment is booked", "what is not written is the product's");
    let message = said(Template::BookingConfirmed, Part::Sms, "come on {when}:");
    assert_eq!(
        message.sms,
        format!("North Harbour Hospitals Trust: come on {when}: {LINK} Tel 020 7946 0018")
    );
    let message = said(Template::StaffNotice, Part::Action, "Look at it");
    assert!(message.text.contains(&format!("Look at it: {LINK}")), "{}", message.text);
}

#[test]
fn what_fills_a_place_is_never_looked_through_for_places() {
    let to = To { organisation: "{until} {", ..filling().to };
    let own = with(Part::Body, "{organisation}: {when} until {until}");
    let message = render(Template::TimeOffered, &own, &Filling { to, ..filling() });
    assert!(message.text.contains("\n\n{until} {: Wednesday"), "{}", message.text);
}

#[test]
fn stored_words_that_cannot_be_used_any_more_leave_the_product_s_in_their_place() {
    let ours = render(Template::TimeOffered, &Texts::default(), &filling());
    for (part, text) in [
        (Part::Sms, "come {whenever}"),
        (Part::Sms, "come {when"),
        (Part::Sms, "come soon"),
        (Part::Body, "We hold {when}."),
        (Part::Body, "{when} {until} }"),
        (Part::Push, "{when}"),
        (Part::Subject, "{code}"),
    ] {
        assert_eq!(said(Template::TimeOffered, part, text), ours, "{part} {text}");
    }
    let ours = render(Template::StaffInvitation, &Texts::default(), &filling());
    assert_eq!(said(Template::StaffInvitation, Part::Sms, "a text that it does not have"), ours);
}
