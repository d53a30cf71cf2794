//! Calendars that busy times come from: how fresh each is, what happens when it is not, and three ways to add one.

use contract::{AvailabilityPage, CalendarLine};
use leptos::prelude::*;

use crate::components::{
    Button, Choice, Empty, FileField, HiddenField, Level, Look, Need, RadioGroup, TextField, TextKind, Width,
};
use crate::pages::console::{key, to};
use crate::web::Kept;
use crate::words;

/// Each calendar, and the forms to add another one.
pub fn calendars(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let list = if data.calendars.is_empty() {
        view! {
            <Empty title="No calendar yet" level=Level::Three>
                <p>"Add one, so that nobody books a time at which this clinician is busy."</p>
            </Empty>
        }
        .into_any()
    } else {
        data.calendars.iter().map(|line| card(line, &data.resource, kept)).collect_view().into_any()
    };
    view! {
        <section class="app-stack" id="calendars">
            <h2>"Calendars"</h2>
            <p class="app-hint">
                "Times in them are busy. A subscribed one is read every few minutes, and once more before a time is given \
                 away; a file stays as it is until you replace it."
            </p>
            {list}
            {subscribe(data, kept)}
            {collection(data, kept)}
            {upload(data, kept)}
        </section>
    }
    .into_any()
}

/// One calendar: where it comes from, how fresh it is, and what is done about it.
fn card(line: &CalendarLine, resource: &str, kept: &Kept) -> AnyView {
    let path = |act: &str| to(format!("/availability/{resource}/calendars/{}/{act}", line.id));
    let is_read = line.kind != "file";
    // Several cards stand on the page, and each control has its own id.
    let form = format!("calendar-{}", line.id);
    let field = |name: &str| format!("{form}-{name}");
    let next = line.next.clone().filter(|_| is_read).map(|next| format!(", next {next}")).unwrap_or_default();
    let trouble = line.error.clone().map(|error| view! { <p class="app-late">{error}</p> });
    let stale = line.stale.then(|| {
        let words = words::calendar_is_old(&line.rule.when_stale);
        view! { <p class="app-late">{words}</p> }
    });
    let again = is_read.then(|| {
        let action = path("read");
        let name = line.name.clone();
        let error = kept.error(&field("calendar")).map(|words| view! { <p class="app-late">{words}</p> });
        view! {
            {error}
            <form method="post" action=action>
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value=form.clone() />
                <button type="submit" class="app-button app-button--link">
                    "Read it now" <span class="app-visually-hidden">{format!(": {name}")}</span>
                </button>
            </form>
        }
    });
    let rule = is_read.then(|| {
        let action = path("settings");
        let (hours, when) = (field("stale_hours"), field("when_stale"));
        let is_refused = kept.error(&hours).or(kept.error(&when)).is_some();
        let choices = words::WHEN_STALE.map(|(value, label)| Choice::new(value, label)).to_vec();
        view! {
            <details class="app-act" open=is_refused>
                <summary class="app-act__summary">"When it cannot be read for long"</summary>
                <form class="app-act__body app-stack" method="post" action=action>
                    <HiddenField name="key" value=key() />
                    <HiddenField name="form" value=form.clone() />
                    <TextField
                        name=hours.clone()
                        label="Hours after which what was read counts as old"
                        kind=TextKind::Digits
                        width=Width::Short
                        value=kept.value(&hours, &line.rule.stale_hours)
                        error=kept.error(&hours)
                    />
                    <RadioGroup
                        name=when.clone()
                        label="Then"
                        choices
                        value=kept.value(&when, &line.rule.when_stale)
                        error=kept.error(&when)
                    />
                    <Button label="Save" look=Look::Secondary />
                </form>
            </details>
        }
    });
    let plain = line.is_plain.then(|| view! { <p class="app-late">{words::CALENDAR_IS_PLAIN}</p> });
    let renewal =
        if is_read { source(line, &path("source"), kept) } else { newer(line, &path("calendar"), kept) };
    let (remove, name) = (path("remove"), line.name.clone());
    view! {
        <article class="app-card app-stack">
            <h3>{line.name.clone()}</h3>
            <p>
                {words::calendar_from(&line.kind, &line.host)} " – " {line.fresh.clone()} {next}
            </p>
            {plain}
            {trouble}
            {stale}
            {again}
            {renewal}
            {rule}
            <details class="app-act">
                <summary class="app-act__summary">"Take it away"</summary>
                <form class="app-act__body app-stack" method="post" action=remove>
                    <HiddenField name="key" value=key() />
                    <p>"Its busy times no longer count: times that it keeps free of visits are offered from then on."</p>
                    <button type="submit" class="app-button app-button--warning">
                        "Take this calendar away" <span class="app-visually-hidden">{format!(": {name}")}</span>
                    </button>
                </form>
            </details>
        </article>
    }
    .into_any()
}

/// Another address or password of a subscribed calendar.
fn source(line: &CalendarLine, action: &str, kept: &Kept) -> AnyView {
    let form = format!("calendar-{}", line.id);
    let [url, user, password] = ["url", "username", "password"].map(|name| format!("{form}-{name}"));
    let is_collection = line.kind == "caldav";
    let is_refused = [&url, &user, &password].into_iter().any(|name| kept.error(name).is_some());
    let sign_in = is_collection.then(|| {
        view! {
            <TextField
                name=user.clone()
                label="User name"
                value=kept.value(&user, &line.username)
                error=kept.error(&user)
            />
            <TextField
                name=password.clone()
                label="Password"
                hint="Also when only the address changes. It is kept encrypted"
                kind=TextKind::Password
                value=""
                error=kept.error(&password)
            />
        }
    });
    let (summary, hint, need) = match is_collection {
        true => ("Change its address or password", "Leave it empty to keep the present one", Need::Optional),
        false => ("Change its address", "Begins with https://, http:// or webcal://", Need::Required),
    };
    view! {
        <details class="app-act" open=is_refused>
            <summary class="app-act__summary">{summary}</summary>
            <form class="app-act__body app-stack" method="post" action=action.to_owned()>
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value=form.clone() />
                <p>"It stays the same calendar: its busy times count until it is read there."</p>
                <TextField
                    name=url.clone()
                    label="New address of the calendar"
                    hint
                    kind=TextKind::Address
                    need
                    value=kept.value(&url, "")
                    error=kept.error(&url)
                />
                {sign_in}
                <Button label="Read it there" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}

/// A newer file in the place of an uploaded one.
fn newer(line: &CalendarLine, action: &str, kept: &Kept) -> AnyView {
    let form = format!("calendar-{}", line.id);
    let file = format!("{form}-file");
    view! {
        <details class="app-act" open=kept.error(&file).is_some()>
            <summary class="app-act__summary">"Replace with a newer file"</summary>
            <form
                class="app-act__body app-stack"
                method="post"
                action=action.to_owned()
                enctype="multipart/form-data"
            >
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value=form.clone() />
                <FileField
                    name=file.clone()
                    label="Newer calendar file"
                    hint="An .ics file. Its busy times take the place of those that are known"
                    accept=".ics,text/calendar"
                    error=kept.error(&file)
                />
                <Button label="Replace" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}

fn subscribe(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let refused = kept.value("form", "") == "feed";
    let action = to(format!("/availability/{}/subscribe", data.resource));
    view! {
        <details class="app-act" open=refused>
            <summary class="app-act__summary">"Subscribe to a calendar"</summary>
            <form class="app-act__body app-stack" method="post" action=action>
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="feed" />
                <HiddenField name="feed-kind" value="feed" />
                <TextField
                    name="feed-url"
                    label="Address of the calendar"
                    hint="Begins with https://, http:// or webcal://. Calendars call it “iCal address”, “publish” or “subscribe”"
                    kind=TextKind::Address
                    value=kept.value("feed-url", "")
                    error=kept.error("feed-url")
                />
                <Button label="Subscribe" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}

fn collection(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let refused = kept.value("form", "") == "caldav";
    let action = to(format!("/availability/{}/subscribe", data.resource));
    view! {
        <details class="app-act" open=refused>
            <summary class="app-act__summary">"Connect a calendar on a CalDAV server"</summary>
            <form class="app-act__body app-stack" method="post" action=action>
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="caldav" />
                <HiddenField name="caldav-kind" value="caldav" />
                <TextField
                    name="caldav-url"
                    label="Address of the calendar on the server"
                    hint="Of one calendar, not of the account. Nothing is ever written there"
                    kind=TextKind::Address
                    value=kept.value("caldav-url", "")
                    error=kept.error("caldav-url")
                />
                <TextField
                    name="caldav-username"
                    label="User name"
                    value=kept.value("caldav-username", "")
                    error=kept.error("caldav-username")
                />
                <TextField
                    name="caldav-password"
                    label="Password"
                    hint="Better one made for this alone (an app password). It is kept encrypted"
                    kind=TextKind::Password
                    value=""
                    error=kept.error("caldav-password")
                />
                <Button label="Connect" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}

fn upload(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let refused = kept.value("form", "") == "calendar";
    let action = to(format!("/availability/{}/calendar", data.resource));
    view! {
        <details class="app-act" open=refused>
            <summary class="app-act__summary">"Upload a calendar file"</summary>
            <form class="app-act__body app-stack" method="post" action=action enctype="multipart/form-data">
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="calendar" />
                <FileField
                    name="file"
                    label="Calendar file"
                    hint="An .ics file. It is read once and does not change by itself"
                    accept=".ics,text/calendar"
                    error=kept.error("file")
                />
                <Button label="Upload" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}
