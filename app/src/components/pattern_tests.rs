//! Pages with every component on them, to be looked at and checked as a whole.
//!
//! With `PATTERN_PAGE=/some/folder` the test writes the pages there; put the joined style sheet beside them as `pattern.css`.

use super::*;
use leptos::prelude::*;
use std::collections::BTreeSet;

fn step(when: &str, what: &str, kind: TimelineKind) -> TimelineItem {
    TimelineItem { when: when.into(), what: what.into(), detail: None, kind }
}

fn patient_page() -> AnyView {
    let nav = vec![
        NavItem::new("Your referral", "/my").here(),
        NavItem::new("What we sent you", "/my/messages"),
        NavItem::new("Who looked", "/my/access"),
    ];
    let sign_out = SignOut { action: "/sign-out".into(), name: "key".into(), value: "1".into() };
    let items = vec![
        step("12 Feb", "Dr Amara Osei sent it", TimelineKind::Past),
        step("13 Feb", "St Aidan’s Hospital received it", TimelineKind::Past),
        TimelineItem {
            detail: Some("The clinic read the letter and agreed to see you.".into()),
            ..step("16 Feb", "Accepted, soon (2 weeks)", TimelineKind::Past)
        },
        step("Next", "You choose a time", TimelineKind::Next),
        step("Then", "Your visit, report to your GP", TimelineKind::Then),
    ];
    view! {
        <div class="app-frame">
            <PatientHeader nav sign_out=Some(sign_out)/>
            <main id="main" tabindex="-1" class="app-main app-main--patient">
                <h1>"Hello Margaret"</h1>
                <Card title="Kidney clinic, St Aidan’s Hospital" meaning=Meaning::Attention>
                    <p><StatusTag meaning=Meaning::Attention label="Accepted – choose a time"/></p>
                    <p>"Next: choose your appointment by Friday 6 March."</p>
                    <div class="app-actions"><LinkButton label="Choose a time" href="/my/times"/></div>
                    <p class="app-quiet">
                        "Looked after by the kidney team, "<a href="tel:01134960123">"0113 496 0123"</a>
                    </p>
                </Card>
                <section class="app-stack"><h2>"What has happened"</h2><Timeline items/></section>
                <ul class="app-links">
                    <li><a href="/my/documents">"Add a document"</a></li>
                    <li><a href="/my/questions">"Ask a question"</a></li>
                </ul>
                <p class="app-quiet">"Updated just now"</p>
                <h2>"Choose a time"</h2>
                <Filters action="/my/times" label="Filters"><TextField name="after" label="After" kind=TextKind::Day/></Filters>
                <div class="app-offer">
                    <p class="app-offer__when">"Tuesday 3 March, 2:15pm"</p>
                    <p class="app-offer__why">"Earliest"</p>
                    <form method="post" action="/my/hold"><Button label="Hold this time" look=Look::Secondary/></form>
                </div>
                <ul class="app-days">
                    <li>
                        <details class="app-days__day" open>
                            <summary>"Tue 3 March" <span class="app-days__count">"4 times"</span></summary>
                            <ul class="app-slots">
                                <li><button class="app-slots__time">"2:15pm"</button></li>
                                <li><button class="app-slots__time">"2:45pm"</button></li>
                                <li><button class="app-slots__time" disabled>"3:15pm"</button></li>
                            </ul>
                        </details>
                    </li>
                </ul>
                <Empty title="No times are free this week">
                    <p>"Look at next week, or ask us to tell you when one comes free."</p>
                    <LinkButton label="Join the waiting list" href="/my/waitlist" look=Look::Secondary/>
                </Empty>
            </main>
            <PageFooter links=vec![NavItem::new("Privacy", "/privacy"), NavItem::new("Help", "/help")] note="Waymark at St Aidan’s Hospital"/>
        </div>
    }
    .into_any()
}

fn form_page() -> AnyView {
    let errors = vec![
        FieldError { field_id: field_id("dob"), message: "Enter a date of birth, like 31 3 1948".into() },
        FieldError { field_id: field_id("reason"), message: "Say why in a sentence or two".into() },
    ];
    let times = || {
        vec![
            Choice::new("morning", "Morning").hint("Before 12"),
            Choice::new("afternoon", "Afternoon"),
            Choice::new("any", "Any time"),
        ]
    };
    view! {
        <div class="app-stack">
            <ErrorSummary errors/>
            <Notice title="We are reading your letter"/>
            <Notice kind=NoticeKind::Success title="Tuesday 3 March, 2:15pm is held for you">"Confirm within 5 minutes."</Notice>
            <Notice kind=NoticeKind::Warning title="Someone just took 2:15. These are still free:"/>
            <form method="post" action="/x">
                <HiddenField name="key" value="1"/>
                <TextField name="name" label="Name" value="Margaret Ó Briain"/>
                <DateOfBirthField name="dob" error=Some("Enter a date of birth, like 31 3 1948".to_owned())
                    value=DateParts { day: "31".into(), month: "13".into(), year: "1948".into() }/>
                <TextField name="code" label="Code" kind=TextKind::Code width=Width::Short hint="6 digits, in the text message we sent"/>
                <TextField name="email" label="E-mail" kind=TextKind::Email need=Need::Optional width=Width::Medium/>
                <SelectField name="service" label="Service" choices=times() value="any"/>
                <RadioGroup name="when" label="When suits you?" choices=times() value="afternoon"/>
                <CheckboxGroup name="need" label="What helps you on the day?" choices=times()/>
                <SafeTextarea name="reason" label="Reason" hint="What you want the clinic to answer"
                    error=Some("Say why in a sentence or two".to_owned()) value="</textarea>\nTired for 3 weeks"/>
                <FileField name="file" label="Document" hint="PDF or photograph, up to 20 MB" accept=".pdf,image/*" files=Files::Many/>
                <div class="app-actions">
                    <Button label="Send referral"/>
                    <Button label="Save and come back" look=Look::Secondary name="act" value="save"/>
                    <Button label="Cancel the referral" look=Look::Warning/>
                    <Button label="Not now" look=Look::Link/>
                </div>
            </form>
        </div>
    }
    .into_any()
}

fn worklist_rows() -> Vec<Row> {
    let row = |name: &str, meaning, status: &str, due: &str, age: &str| {
        Row::new(vec![
            view! { <a href="/r/1">{name.to_owned()}</a> }.into_any(),
            "Kidney clinic".into_any(),
            view! { <StatusTag meaning label=status.to_owned()/> }.into_any(),
            "Dr Okafor".into_any(),
            due.to_owned().into_any(),
            age.to_owned().into_any(),
        ])
    };
    vec![
        row("Margaret Ó Briain", Meaning::Attention, "Waiting for you", "3 days late", "12"),
        row("Tomasz Wójcik", Meaning::Waiting, "Being read", "Friday 6 March", "4"),
        row("Aaliyah Khan-Robertson", Meaning::Done, "Booked", "Tuesday 10 March", "21"),
        row("Jean Fletcher", Meaning::Stopped, "Not taken on", "", "2"),
    ]
}

fn console_page() -> AnyView {
    let nav = vec![
        NavItem::new("Worklist", "/worklist").here(),
        NavItem::new("New referral", "/referrals/new"),
        NavItem::new("My week", "/week"),
        NavItem::new("Quality", "/quality"),
    ];
    let sign_out = SignOut { action: "/sign-out".into(), name: "key".into(), value: "1".into() };
    let columns = vec![
        Column::new("Patient"),
        Column::new("Service"),
        Column::new("Status"),
        Column::new("Owner"),
        Column::new("Due"),
        Column::number("Days"),
    ];
    let bars = [("Kidney", 31.0), ("Heart", 12.0), ("Skin", 48.0)];
    let bars = bars
        .map(|(label, value)| Bar { label: label.into(), value, shown: format!("{value} days") })
        .to_vec();
    let facts = vec![
        Fact::text("Service", "Kidney clinic"),
        Fact::new("Status", view! { <StatusTag meaning=Meaning::Waiting label="Being read"/> }),
        Fact::text("Due", "Friday 6 March"),
    ];
    let count = |label: &str, number: u32, here: Option<&'static str>| {
        view! {
            <li>
                <a class="app-counts__link" href="/worklist" aria-current=here>
                    {label.to_owned()}<span class="app-counts__number">{number}</span>
                </a>
            </li>
        }
        .into_any()
    };
    view! {
        <div class="app-frame app-frame--console">
            <ConsoleHeader nav who="Dr Chidi Okafor, Kidney clinic" sign_out=Some(sign_out)/>
            <main id="main" tabindex="-1" class="app-main app-main--console">
                <h1>"Worklist"</h1>
                <div class="app-split app-split--list">
                    <ul class="app-counts">
                        {count("To read", 4, Some("true"))}{count("Late", 1, None)}{count("Booked", 38, None)}
                    </ul>
                    <div class="app-stack">
                        <Filters action="/worklist" label="Filters (1 on)" clear=Some("/worklist".into()) disclosure=Disclosure::Open>
                            <TextField name="q" label="Search" kind=TextKind::Search/>
                            <SelectField name="state" label="Status" choices=vec![Choice::new("late", "Late")] empty="Any"/>
                        </Filters>
                        <DataTable caption="Referrals to read" columns rows=worklist_rows() density=Density::Dense/>
                        <Pager next=Some("/worklist?after=1".into()) first=Some("/worklist".into()) showing="50 of 312 referrals"/>
                    </div>
                </div>
                <div class="app-split">
                    <Card title="Letter"><p class="app-letter">"Dear colleague,\n\nTired for "<mark>"3 weeks"</mark>"."</p></Card>
                    <Card title="Facts" meaning=Meaning::Waiting><Facts items=facts/></Card>
                </div>
                <div class="app-panels">
                    <Card title="How long do people wait from accepted to booked?">
                        <BarChart caption="Half wait less than this" answer="Half of the patients wait less than 31 days."
                            label_heading="Clinic" value_heading="Days" bars/>
                    </Card>
                    <Card title="Reminders">
                        <Progress label="Delivered" done=31 total=38/>
                    </Card>
                </div>
                <div class="app-week">
                    <section class="app-week__day">
                        <h3>"Mon 2 March"</h3>
                        <p class="app-week__session">"9am–12 Clinic A"</p>
                        <p class="app-week__booking">"9:30 Follow-up"</p>
                        <p class="app-week__busy">"1–3pm Busy (calendar, 4 minutes ago)"</p>
                    </section>
                    <section class="app-week__day"><h3>"Tue 3 March"</h3><p>"Nothing"</p></section>
                </div>
            </main>
            <PageFooter note="Waymark at St Aidan’s Hospital"/>
        </div>
    }
    .into_any()
}

fn page(title: &str, body: String) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"pattern.css\"></head><body>{body}</body></html>"
    )
}

#[test]
fn every_component_together_has_unique_ids_no_inline_style_and_whole_tables() {
    let forms = || view! { <div class="app-frame"><main id="main" class="app-main app-main--patient">{form_page()}</main></div> };
    let pages =
        [("patient", render(patient_page)), ("forms", render(forms)), ("console", render(console_page))];
    for (name, html) in &pages {
        assert!(!html.contains("style="), "{name}: the security policy forbids inline style");
        assert_eq!(
            html.matches("<table").count(),
            html.matches("<tbody").count(),
            "{name}: every table has a body"
        );
        let mut seen = BTreeSet::new();
        for part in html.split(" id=\"").skip(1) {
            let id = part.split('"').next().unwrap_or_default();
            assert!(seen.insert(id.to_owned()), "{name}: id {id} is used twice");
        }
        for part in html.split("aria-describedby=\"").skip(1) {
            for id in part.split('"').next().unwrap_or_default().split(' ') {
                assert!(seen.contains(id), "{name}: {id} describes a field but is not on the page");
            }
        }
        if let Ok(folder) = std::env::var("PATTERN_PAGE") {
            let path = std::path::Path::new(&folder).join(format!("{name}.html"));
            std::fs::write(path, page(name, html.clone())).expect("the folder can be written");
        }
    }
}
