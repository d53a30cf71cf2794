use super::{Need, field_id, grouped};
use leptos::prelude::*;

/// A date as it was typed, so that a refused form shows it unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateParts {
    /// Day of the month.
    pub day: String,
    /// Month; a number, or what else was typed.
    pub month: String,
    /// Year, four digits.
    pub year: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Birth,
    Other,
}

/// A date of birth in three inputs named `{name}_day`, `{name}_month`, `{name}_year`; easier from memory than a calendar.
#[component]
pub fn DateOfBirthField(
    #[prop(into)] name: String,
    #[prop(default = "Date of birth".to_owned(), into)] label: String,
    #[prop(default = "For example, 31 3 1948".to_owned(), into)] hint: String,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] value: DateParts,
) -> impl IntoView {
    date_inputs(Purpose::Birth, name, label, Some(hint), error, value, Need::Required)
}

/// Any other date, in the same three inputs.
#[component]
pub fn DateField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] value: DateParts,
    #[prop(optional)] need: Need,
) -> impl IntoView {
    date_inputs(Purpose::Other, name, label, hint, error, value, need)
}

fn date_inputs(
    purpose: Purpose,
    name: String,
    label: String,
    hint: Option<String>,
    error: Option<String>,
    value: DateParts,
    need: Need,
) -> AnyView {
    let id = field_id(&name);
    let wrong = super::invalid(&error);
    let part = |part: &'static str,
                label: &'static str,
                class: &'static str,
                maxlength: &'static str,
                value: String| {
        let part_id = if part == "day" { id.clone() } else { format!("{id}-{part}") };
        let autocomplete = (purpose == Purpose::Birth).then(|| format!("bday-{part}"));
        view! {
            <div class="app-date__part">
                <label class="app-date__label" for=part_id.clone()>{label}</label>
                <input
                    class=class
                    id=part_id
                    name=format!("{name}_{part}")
                    type="text"
                    inputmode="numeric"
                    autocomplete=autocomplete
                    maxlength=maxlength
                    aria-invalid=wrong
                    value=value
                />
            </div>
        }
    };
    let controls = view! {
        <div class="app-date">
            {part("day", "Day", "app-input app-date__input", "2", value.day)}
            {part("month", "Month", "app-input app-date__input", "9", value.month)}
            {part("year", "Year", "app-input app-date__input app-date__input--year", "4", value.year)}
        </div>
    }
    .into_any();
    grouped(&id, label, hint, error, need, controls)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::super::render;
    use super::*;

    #[test]
    fn a_date_of_birth_has_three_labelled_inputs_in_one_group() {
        let value = DateParts { day: "31".into(), month: "3".into(), year: "19\"48".into() };
        let html = render(|| {
            view! {
                <DateOfBirthField name="dob" value error=Some("Enter a date of birth, like 31 3 1948".to_owned())/>
            }
        });
        for part in [
            "<fieldset",
            "<legend",
            r#"aria-describedby="f-dob-hint f-dob-error""#,
            r#"id="f-dob""#,
            r#"for="f-dob-year""#,
            r#"name="dob_month""#,
            r#"autocomplete="bday-year""#,
            r#"inputmode="numeric""#,
            r#"value="31""#,
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("19\"48"), "{html}");
    }

    #[test]
    fn another_date_does_not_offer_the_readers_birthday() {
        let html = render(|| view! { <DateField name="seen" label="Date seen"/> });
        assert!(!html.contains("bday"), "{html}");
    }
}
