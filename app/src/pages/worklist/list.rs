use contract::{StateCount, WorklistLine, WorklistPage, WorklistQuery};
use domain::Priority;
use domain::referral::{AgeBand, Kind, Waiting};
use leptos::prelude::*;

use super::{bulk, keys, views};
use crate::components::{
    Align, Caption, Choice, Column, DataTable, Density, Disclosure, Empty, Filters, HiddenField, Href, Need,
    Pager, Row, SelectField, StatusTag, TextField, TextKind,
};
use crate::pages::console::{choices, key, to, with_query};
use crate::web::Kept;
use crate::words;

/// In the address: rows stand close together.
const CLOSE: &str = "close";

/// Heading of the rows.
const TITLE: &str = "The most pressing first";

/// A list of referrals with its counts, filters and pages; both sides' lists look the same.
#[derive(Clone)]
pub struct List {
    /// The list's own address.
    pub path: &'static str,
    /// Heading of the empty list.
    pub empty: &'static str,
    pub query: WorklistQuery,
    pub data: WorklistPage,
    /// What the last form of the page left to say.
    pub kept: Kept,
}

/// Counts by state on the left, filters and rows on the right.
pub fn list(shown: &List) -> AnyView {
    view! {
        <div class="app-split app-split--list">
            <nav aria-label="Referrals by state">{counts(shown)}</nav>
            <div class="app-stack">
                <div class="app-tools">
                    {tasks(shown)} {overdue(shown)} {filters(shown)} {views::keep(shown)} {more(shown)}
                    {views::links(shown)}
                </div>
                {rows(shown)} {bulk::bar(shown)} {pager(shown)} {bulk::to_many(shown)}
            </div>
        </div>
    }
    .into_any()
}

/// Where the list is read just now, with its page.
pub fn here(shown: &List) -> String {
    address(shown, &[("after", &shown.query.after)])
}

/// The list's address with some parts of the query changed; a change of filter starts at the first page.
fn address(shown: &List, changes: &[(&'static str, &str)]) -> String {
    let mut pairs: Vec<(&str, &str)> = shown.query.pairs().to_vec();
    pairs.push(("q", &shown.query.q));
    for (name, value) in changes {
        match pairs.iter_mut().find(|(known, _)| known == name) {
            Some(pair) => pair.1 = value,
            None => pairs.push((name, value)),
        }
    }
    with_query(shown.path, &pairs)
}

fn counts(shown: &List) -> AnyView {
    let open = shown.data.counts.iter().filter(|count| !count.state.is_ended());
    let (total, late) = open.fold((0, 0), |(total, late), count| (total + count.count, late + count.overdue));
    let query = &shown.query;
    let line = |label: String, href: String, number: i64, here: bool| {
        view! {
            <li>
                <a class="app-counts__link" href=to(href) aria-current=here.then_some("true")>
                    <span>{label}</span>
                    <span class="app-counts__number">{number}</span>
                </a>
            </li>
        }
        .into_any()
    };
    let all_open = query.state.is_empty() && query.overdue.is_empty();
    // The numbers count the whole list, so their links drop what would show fewer.
    let whole = |state: &str, overdue: &str| {
        address(shown, &[("state", state), ("overdue", overdue), ("age", ""), ("waiting", "")])
    };
    let mut lines = vec![
        line("All open".to_owned(), whole("", ""), total, all_open),
        line("Late".to_owned(), whole("", "1"), late, query.state.is_empty() && query.overdue == "1"),
    ];
    lines.extend(shown.data.counts.iter().map(|count: &StateCount| {
        let (_, label) = words::status_staff(count.state);
        let code = count.state.code();
        line(label.to_owned(), whole(code, ""), count.count, query.state == code)
    }));
    view! { <ul class="app-counts">{lines}</ul> }.into_any()
}

/// How long what is open has waited, by state; every number leads to its rows.
fn ageing(shown: &List) -> Option<AnyView> {
    let open: Vec<&StateCount> =
        shown.data.counts.iter().filter(|count| !count.state.is_ended() && count.count > 0).collect();
    if open.is_empty() || !shown.query.after.is_empty() {
        return None;
    }
    let number = |n: i64, words: String, changes: &[(&'static str, &str)]| match n {
        0 => "–".into_any(),
        _ => {
            let only =
                [("service", ""), ("site", ""), ("owner", ""), ("priority", ""), ("waiting", ""), ("q", "")];
            let href = address(shown, &[&only[..], changes].concat());
            view! { <a href=to(href) aria-label=format!("{n} {words}")>{n}</a> }.into_any()
        }
    };
    let rows = open
        .iter()
        .map(|count| {
            let (_, label) = words::status_staff(count.state);
            let state = count.state.code();
            let mut cells = vec![label.into_any()];
            for (band, n) in AgeBand::ALL.iter().zip(count.ages) {
                let words = format!("{label}, {}", words::age(*band));
                cells.push(number(n, words, &[("state", state), ("age", band.code()), ("overdue", "")]));
            }
            let words = format!("{label}, late");
            cells.push(number(count.overdue, words, &[("state", state), ("overdue", "1"), ("age", "")]));
            Row::new(cells)
        })
        .collect();
    let mut columns = vec![Column::new("Status")];
    columns.extend(AgeBand::ALL.iter().map(|band| Column::number(words::age(*band))));
    columns.push(Column::number("Late"));
    let table = view! {
        <section class="app-stack app-stack--tight">
            <h2>"How long they have waited"</h2>
            <DataTable
                caption="Open referrals by days since they were sent, the whole list"
                columns
                rows
                density=Density::Dense
            />
        </section>
    };
    Some(table.into_any())
}

/// What is needed now and then, behind one button: the rows come first.
fn more(shown: &List) -> AnyView {
    let parts: Vec<_> = [ageing(shown), views::change_forms(shown), bulk::hand_over_form(shown)]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() {
        return ().into_any();
    }
    let is_open = views::is_refused(&shown.kept) || bulk::is_refused(&shown.kept);
    view! {
        <details class="app-filters app-tools__more" open=is_open>
            <summary class="app-filters__summary">
                "More" <span class="app-visually-hidden">" for this list"</span>
            </summary>
            <div class="app-filters__form app-stack">{parts}</div>
        </details>
    }
    .into_any()
}

/// What colleagues ask of the reader, before everything else: the number is always seen, the words behind it.
fn tasks(shown: &List) -> AnyView {
    let tasks = &shown.data.tasks;
    if tasks.is_empty() || !shown.query.after.is_empty() {
        return ().into_any();
    }
    let items: Vec<_> = tasks
        .iter()
        .map(|task| {
            view! {
                <li class="app-note">
                    <p class="app-quiet">{format!("{} asks, {}", task.asked_by, task.when)}</p>
                    {(!task.kind.is_empty()).then(|| view! { <p>{words::task(&task.kind)}</p> })}
                    {(!task.text.is_empty())
                        .then(|| view! { <p class="app-note__text">{task.text.clone()}</p> })}
                    <p>
                        <a href=to(format!("/referrals/{}", task.referral))>
                            {format!("{}, {}", task.patient, task.reference)}
                        </a>
                        {task.message.clone().map(|id| view! {
                            " "
                            <a href=to(format!("/messages/{id}"))>"The message"</a>
                        })}
                    </p>
                    <form method="post" action=to(format!("/tasks/{}/done", task.id))>
                        <HiddenField name="key" value=key() />
                        <HiddenField name="back" value=shown.path />
                        <button type="submit" class="app-button app-button--link">
                            "Done" <span class="app-visually-hidden">{format!(": {}", task.patient)}</span>
                        </button>
                    </form>
                </li>
            }
        })
        .collect();
    view! {
        <details class="app-filters app-filters--pressing">
            <summary class="app-filters__summary">{format!("Asked of you ({})", tasks.len())}</summary>
            <ul class="app-filters__form app-notes">{items}</ul>
        </details>
    }
    .into_any()
}

/// Follow-ups that are due within a week, or late; as the tasks are.
fn overdue(shown: &List) -> AnyView {
    let lines = &shown.data.overdue;
    if lines.is_empty() || !shown.query.after.is_empty() {
        return ().into_any();
    }
    let items: Vec<_> = lines
        .iter()
        .map(|line| {
            view! {
                <li class="app-note">
                    <p class="app-note__text">{line.what.clone()}</p>
                    <p>
                        <a href=to(format!("/referrals/{}", line.referral))>
                            {format!("{}, {}", line.patient, line.reference)}
                        </a>
                    </p>
                    <p class="app-quiet">
                        <span class=line.is_late.then_some("app-late")>{line.due.clone()}</span>
                        {format!(" – {}", line.owner)}
                    </p>
                </li>
            }
        })
        .collect();
    view! {
        <details class="app-filters app-filters--pressing">
            <summary class="app-filters__summary">{words::follow_ups_due(lines.len(), lines.iter().filter(|line| line.is_late).count())}</summary>
            <ul class="app-filters__form app-notes">{items}</ul>
        </details>
    }
    .into_any()
}

fn filters(shown: &List) -> AnyView {
    let query = &shown.query;
    let on = query
        .pairs()
        .iter()
        .filter(|(name, _)| !matches!(*name, "state" | "rows"))
        .map(|(_, value)| *value)
        .chain([query.q.as_str()])
        .filter(|value| !value.is_empty())
        .count();
    let label = if on == 0 { "Search and filter".to_owned() } else { format!("Search and filter ({on} on)") };
    // Whoever found something reads it; whoever found nothing looks for another word.
    let is_missed = on > 0 && shown.data.lines.is_empty();
    let disclosure = if is_missed { Disclosure::Open } else { Disclosure::Closed };
    let clear = (on > 0).then(|| {
        let all = with_query(shown.path, &[("state", &query.state), ("rows", &query.rows)]);
        view! { <a class="app-tools__link" href=to(all)>"Clear filters"</a> }
    });
    let services = choices(&shown.data.services);
    let due = vec![
        Choice::new("1", "Only late ones"),
        Choice::new("today", "Late, or due today"),
        Choice::new("week", "Late, or due within a week"),
    ];
    let mut owners = vec![Choice::new("me", "Me"), Choice::new("team", "The team, nobody by name")];
    owners.extend(choices(&shown.data.colleagues));
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind.code(), words::kind(*kind))).collect::<Vec<_>>();
    let whose = vec![
        Choice::new("own", "Mine, and those I act for"),
        Choice::new("act", "Mine, where something waits for me"),
    ];
    let sent = shown.path == "/referrals";
    let (kind, mine) = (query.kind.clone(), query.mine.clone());
    let has_owners = !shown.data.colleagues.is_empty();
    let sites = choices(&shown.data.sites);
    let priorities = Priority::ALL
        .iter()
        .map(|priority| Choice::new(priority.code(), words::priority(*priority)))
        .collect();
    let waits = Waiting::ALL.iter().map(|who| Choice::new(who.code(), words::waiting(*who))).collect();
    let ages = AgeBand::ALL.iter().map(|band| Choice::new(band.code(), words::age(*band))).collect();
    let WorklistQuery {
        state, overdue, owner, service, site, priority, waiting, age, rows, q: words, ..
    } = query.clone();
    view! {
        {clear}
        <Filters action=Href::from(shown.path) label disclosure>
            <HiddenField name="state" value=state />
            <HiddenField name="rows" value=rows />
            <TextField
                name="q"
                label="Name, reference, date of birth or phone"
                kind=TextKind::Search
                value=words
                need=Need::Unsaid
            />
            {(!services.is_empty())
                .then(|| {
                    view! {
                        <SelectField
                            name="service"
                            label="Service"
                            choices=services
                            value=service
                            need=Need::Unsaid
                            empty="Any"
                        />
                    }
                })}
            {(sites.len() > 1)
                .then(|| {
                    view! {
                        <SelectField
                            name="site"
                            label="Site"
                            choices=sites
                            value=site
                            need=Need::Unsaid
                            empty="All sites"
                        />
                    }
                })}
            {has_owners
                .then(|| {
                    view! {
                        <SelectField
                            name="owner"
                            label="Owner"
                            choices=owners
                            value=owner
                            need=Need::Unsaid
                            empty="Anybody"
                        />
                    }
                })}
            {sent
                .then(|| {
                    view! {
                        <SelectField
                            name="mine"
                            label="Whose"
                            choices=whose
                            value=mine
                            need=Need::Unsaid
                            empty="Everybody’s here"
                        />
                    }
                })}
            <SelectField
                name="kind"
                label="What is asked"
                choices=kinds
                value=kind
                need=Need::Unsaid
                empty="Anything"
            />
            <SelectField
                name="overdue"
                label="Due"
                choices=due
                value=overdue
                need=Need::Unsaid
                empty="Any time"
            />
            <SelectField
                name="priority"
                label="Priority"
                choices=priorities
                value=priority
                need=Need::Unsaid
                empty="Any"
            />
            <SelectField
                name="waiting"
                label="Waits for"
                choices=waits
                value=waiting
                need=Need::Unsaid
                empty="Anybody or anything"
            />
            <SelectField name="age" label="Sent" choices=ages value=age need=Need::Unsaid empty="Any day" />
        </Filters>
    }
    .into_any()
}

fn rows(shown: &List) -> AnyView {
    if shown.data.lines.is_empty() {
        let filtered = !shown.query.q.is_empty() || shown.query.kept() != WorklistQuery::default();
        let what = if filtered {
            view! {
                <p>
                    "No referral fits these filters. "
                    <a href=to(shown.path)>"Show all open referrals"</a>
                </p>
            }
            .into_any()
        } else {
            view! { <p>"When something has to be done, it appears here with its owner and its due day."</p> }
                .into_any()
        };
        let title = if filtered { "Nothing found" } else { shown.empty };
        return view! { <Empty title>{what}</Empty> }.into_any();
    }
    let columns = ["Patient", "Service", "Status", "Next step and owner", "Due"].map(Column::new);
    let mut columns = columns.to_vec();
    columns.push(Column { heading: "Days old".to_owned(), align: Align::End });
    let chooses = bulk::is_possible(shown);
    let rows = shown.data.lines.iter().map(|line| row(line, chooses)).collect();
    let density = if shown.query.rows == CLOSE { Density::Close } else { Density::Dense };
    view! {
        <div class="app-list-head">
            <h2>{TITLE}</h2>
            {looks(shown, chooses)}
        </div>
        <DataTable caption=TITLE columns rows density caption_is=Caption::Heard />
    }
    .into_any()
}

/// How close rows stand, and the keys that go through them.
fn looks(shown: &List, chooses: bool) -> AnyView {
    let (label, rows) = match shown.query.rows.as_str() {
        CLOSE => ("More room between rows", ""),
        _ => ("Rows closer together", CLOSE),
    };
    let after = shown.query.after.as_str();
    let href = to(address(shown, &[("rows", rows), ("after", after)]));
    view! {
        <div class="app-actions app-screen-only">
            {chooses.then(bulk::tick_all)}
            <a href=href>{label}</a>
            {keys::help()}
        </div>
    }
    .into_any()
}

fn row(line: &WorklistLine, chooses: bool) -> Row {
    let (meaning, label) = words::status_staff(line.state);
    let pressing = (line.priority != Priority::Routine).then(|| {
        view! {
            <p>
                <strong>{words::priority(line.priority)}</strong>
            </p>
        }
    });
    let due_class = if line.overdue { "app-late app-unbroken" } else { "app-unbroken" };
    let ended = line.state.is_ended();
    Row::new(vec![
        view! {
            {chooses.then(|| bulk::tick(line))}
            <a href=to(format!("/referrals/{}", line.id))>{line.patient.clone()}</a>
            <p class="app-quiet app-own-line">
                <span class="app-unbroken">{format!("born {}", line.birth_date)}</span>
                " "
                <span class="app-unbroken">{line.reference.clone()}</span>
            </p>
        }
        .into_any(),
        view! {
            {line.service.clone()}
            {(line.kind == Kind::Advice).then(|| view! { <p class="app-quiet">{words::kind(line.kind)}</p> })}
        }
        .into_any(),
        view! {
            <StatusTag meaning label />
            {line.is_coming.then(|| view! { <p class="app-quiet">"The patient is coming"</p> })}
            {pressing}
        }
        .into_any(),
        view! {
            <p>{words::next_action(&line.next)}</p>
            <p class="app-quiet">{line.owner.clone()}</p>
        }
        .into_any(),
        (!ended)
            .then(|| {
                view! {
                    <p class=due_class>{line.due_words.clone()}</p>
                    <p class="app-quiet app-unbroken app-own-line">{line.due.clone()}</p>
                }
            })
            .into_any(),
        line.age_days.to_string().into_any(),
    ])
}

fn pager(shown: &List) -> AnyView {
    let query = &shown.query;
    let page = |after: &str| Href::from(address(shown, &[("after", after)]));
    let next = shown.data.next.as_deref().map(page);
    let first = (!query.after.is_empty()).then(|| page(""));
    let showing = total(shown).map(|total| {
        let lines = shown.data.lines.len();
        format!("{lines} of {total} referrals on this page")
    });
    match showing {
        Some(showing) => view! { <Pager next first showing /> }.into_any(),
        None => view! { <Pager next first /> }.into_any(),
    }
}

/// How many referrals the list has, where the counts tell: by state alone, without filters.
fn total(shown: &List) -> Option<i64> {
    let query = &shown.query;
    let by_state = WorklistQuery { state: query.state.clone(), ..WorklistQuery::default() };
    if query.kept() != by_state || !query.q.is_empty() {
        return None;
    }
    let counts = shown.data.counts.iter().filter(|count| match query.state.as_str() {
        "" => !count.state.is_ended(),
        state => count.state.code() == state,
    });
    Some(counts.map(|count| count.count).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;
    use domain::referral::State;

    fn shown(lines: Vec<WorklistLine>, query: WorklistQuery) -> List {
        let counts = vec![
            StateCount { state: State::Received, count: 3, overdue: 1, ages: [1, 0, 2, 0] },
            StateCount { state: State::Closed, count: 9, overdue: 0, ages: [0; 4] },
        ];
        let data = WorklistPage {
            lines,
            counts,
            services: Vec::new(),
            sites: Vec::new(),
            views: Vec::new(),
            may_share: false,
            colleagues: Vec::new(),
            may_hand_over: false,
            tasks: Vec::new(),
            overdue: Vec::new(),
            next: None,
        };
        List { path: "/worklist", empty: "Nothing is waiting", query, data, kept: Kept::default() }
    }

    #[test]
    fn the_counts_leave_ended_referrals_out_of_what_is_open() {
        let html = render(|| list(&shown(Vec::new(), WorklistQuery::default())));
        assert!(html.contains("All open"), "{html}");
        assert!(html.contains(r#"<span class="app-counts__number">3</span>"#), "{html}");
        assert!(html.contains("Nothing is waiting"), "{html}");
    }

    #[test]
    fn a_late_row_says_so_in_words_and_links_to_the_referral() {
        let line = WorklistLine {
            id: "r1".into(),
            reference: "WM-AAAA-BBBB".into(),
            patient: "<Hart>, Jo".into(),
            birth_date: "2 Mar 1950".into(),
            service: "Kidney clinic".into(),
            kind: Kind::Referral,
            state: State::Received,
            priority: Priority::Urgent,
            owner: "Dr Osei".into(),
            next: "triage".into(),
            due: "Friday 6 March".into(),
            due_words: "3 days late".into(),
            overdue: true,
            age_days: 8,
            is_coming: false,
        };
        let html = render(|| list(&shown(vec![line], WorklistQuery::default())));
        for part in ["&lt;Hart>", "/referrals/r1", "app-late", "3 days late", "Urgent", "Triage"] {
            assert!(html.contains(part) || html.contains(&part.replace('>', "&gt;")), "{part} in {html}");
        }
    }

    #[test]
    fn rows_stand_closer_together_when_the_address_says_so_and_the_page_of_the_list_stays() {
        let line = || WorklistLine {
            id: "r1".into(),
            reference: "WM-AAAA-BBBB".into(),
            patient: "Hart, Jo".into(),
            birth_date: "2 Mar 1950".into(),
            service: "Kidney clinic".into(),
            kind: Kind::Referral,
            state: State::Received,
            priority: Priority::Routine,
            owner: "Dr Osei".into(),
            next: "triage".into(),
            due: "Friday 6 March".into(),
            due_words: "in 3 days".into(),
            overdue: false,
            age_days: 8,
            is_coming: false,
        };
        let query = |rows: &str| WorklistQuery {
            state: "received".into(),
            after: "1.x".into(),
            rows: rows.into(),
            ..WorklistQuery::default()
        };
        let html = render(|| list(&shown(vec![line()], query(""))));
        assert!(!html.contains("app-table--close"), "{html}");
        assert!(html.contains("/worklist?state=received&amp;rows=close&amp;after=1.x"), "{html}");
        let html = render(|| list(&shown(vec![line()], query("close"))));
        assert!(html.contains("app-table--close") && html.contains("More room between rows"), "{html}");
        assert!(!html.contains("Clear filters"), "how rows look is no filter: {html}");
    }

    #[test]
    fn a_long_list_says_how_many_there_are_unless_a_filter_is_on() {
        let said = |query: WorklistQuery| total(&shown(Vec::new(), query));
        assert_eq!(said(WorklistQuery::default()), Some(3));
        assert_eq!(said(WorklistQuery { state: "closed".into(), ..WorklistQuery::default() }), Some(9));
        assert_eq!(
            said(WorklistQuery { rows: CLOSE.into(), after: "1.x".into(), ..WorklistQuery::default() }),
            Some(3)
        );
        assert_eq!(said(WorklistQuery { q: "hart".into(), ..WorklistQuery::default() }), None);
        assert_eq!(said(WorklistQuery { overdue: "1".into(), ..WorklistQuery::default() }), None);
    }

    #[test]
    fn a_filter_keeps_the_others_and_starts_at_the_first_page() {
        let query = WorklistQuery { q: "hart".into(), after: "1.x".into(), ..WorklistQuery::default() };
        assert_eq!(address(&shown(Vec::new(), query), &[("state", "sent")]), "/worklist?state=sent&q=hart");
    }
}
