use leptos::prelude::*;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it stands for: "Renal clinic".
    pub label: String,
    /// Its length, in the chart's unit. Nothing below nought is drawn.
    pub value: f64,
    /// The value in words: "31 days".
    pub shown: String,
}

/// Bars drawn beside their numbers in one table, so that the chart is read by eye and by screen reader alike.
///
/// Put the answer as a sentence in `answer`: "Half of the patients wait less than 31 days."
#[component]
pub fn BarChart(
    #[prop(into)] caption: String,
    #[prop(optional, into)] answer: Option<String>,
    /// Heading of the labels: "Clinic".
    #[prop(into)]
    label_heading: String,
    /// Heading of the values: "Days, half wait less".
    #[prop(into)]
    value_heading: String,
    bars: Vec<Bar>,
) -> impl IntoView {
    let longest = bars.iter().map(|bar| bar.value).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let rows = bars
        .into_iter()
        .map(|bar| {
            let width = format!("{:.1}%", share(bar.value, longest) * 100.0);
            view! {
                <tr class="app-chart__row">
                    <th class="app-chart__label" scope="row">{bar.label}</th>
                    <td class="app-chart__value">{bar.shown}</td>
                    <td class="app-chart__cell" aria-hidden="true">
                        <svg class="app-chart__svg" width="100%" height="16" focusable="false">
                            <rect class="app-chart__bar" x="0" y="0" height="16" width=width></rect>
                        </svg>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <figure class="app-chart">
            {answer.map(|answer| view! { <figcaption class="app-chart__answer">{answer}</figcaption> })}
            <table class="app-chart__table">
                <caption class="app-chart__caption">{caption}</caption>
                <thead class="app-visually-hidden">
                    <tr>
                        <th scope="col">{label_heading}</th>
                        <th scope="col">{value_heading}</th>
                        <td aria-hidden="true"></td>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </figure>
    }
    .into_any()
}

/// The length of a bar as a share of the longest, from 0 to 1.
fn share(value: f64, longest: f64) -> f64 {
    if value.is_finite() && value > 0.0 && longest > 0.0 { (value / longest).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod share_tests {
    use super::share;

    #[test]
    fn bars_are_shares_of_the_longest_and_never_negative_or_endless() {
        assert_eq!(share(5.0, 10.0), 0.5);
        assert_eq!(share(-5.0, 10.0), 0.0);
        assert_eq!(share(0.0, 0.0), 0.0);
        assert_eq!(share(f64::NAN, 10.0), 0.0);
        assert_eq!(share(f64::INFINITY, 10.0), 0.0);
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn every_bar_has_its_number_in_words_beside_it() {
        let bars = vec![Bar { label: "Renal".into(), value: 31.0, shown: "31 days".into() }];
        let html = render(|| {
            view! {
                <BarChart caption="Wait" answer="Half wait less than 31 days." label_heading="Clinic" value_heading="Days" bars/>
            }
        });
        assert!(html.contains("31 days"), "{html}");
        assert!(html.contains(r#"width="100.0%""#), "{html}");
        assert!(html.contains("<tbody"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }
}
